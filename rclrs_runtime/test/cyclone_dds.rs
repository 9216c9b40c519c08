// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What only Cyclone DDS needs.

use crate::programs::{example, example_path};
use std::time::{Duration, Instant};
use test_support::{skip_without, Domain, Feature, Process};

#[test]
fn a_client_exits_at_once_when_it_has_its_answer() {
    skip_without!(Feature::CycloneDds);
    let domain = Domain::claim();
    let _service = example(&domain, "service", &[]);
    // Cyclone DDS waited for 150 ms or more, each time. A loaded machine may be as slow at times.
    let exit_times = (0..10).map(|_| {
        let mut client = example(&domain, "client", &["true"]);
        client.wait_for_output("false\n");
        let answered = Instant::now();
        client.finish().expect_code(0);
        answered.elapsed()
    });
    let shortest = exit_times.min().expect("ten times");
    assert!(shortest < Duration::from_millis(100), "{shortest:?}");
}

#[test]
fn a_participant_beyond_the_limit_names_it() {
    skip_without!(Feature::CycloneDds);
    let domain = Domain::claim();
    // Cyclone DDS takes one participant fewer than there are indices.
    let limited = |name, arguments: &[&str]| {
        let limit = "<MaxAutoParticipantIndex>1</MaxAutoParticipantIndex>";
        let mut command = domain.command(example_path(name));
        command.args(arguments);
        command.env("CYCLONEDDS_URI", format!("<Discovery>{limit}</Discovery>"));
        Process::start(command)
    };
    let mut first = limited("client", &["true"]);
    first.wait_for_log("service not available");
    limited("service", &[])
        .finish()
        .expect_code(1)
        .expect_log("Failed to find a free participant index")
        .expect_last_line(
            "Cyclone DDS refused to create a participant, for the reason above; if it found no free participant index, end other nodes of this domain, or set, for all of them, CYCLONEDDS_URI='<Discovery><MaxAutoParticipantIndex>119</MaxAutoParticipantIndex></Discovery>'",
        );
}
