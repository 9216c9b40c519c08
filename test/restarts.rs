// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A supervisor that restarts a program when it exits with 75, and at no other end.
//!
//! More about the faults of Fast DDS that make a program exit so is in rclrs_runtime/test/deadlock_watch.rs.

use crate::nodes::{client, CLIENT, SERVER};
use test_support::{
    send_signal, skip_without, wait_until, Domain, Feature, Process, PATIENCE, SIGINT, SIGTERM,
};

/// The supervisor: the exit code 75, `EX_TEMPFAIL` of sysexits.h, asks for a restart.
const SUPERVISOR: &str = r#"
while true; do
  "$@" &
  echo "started $!"
  wait $!
  code=$?
  [ $code -eq 75 ] || exit $code
done
"#;

/// The processes that a supervisor has started so far.
fn started(supervisor: &Process) -> Vec<i32> {
    let lines = supervisor.stdout();
    let numbers = lines
        .lines()
        .filter_map(|line| line.strip_prefix("started "));
    numbers
        .map(|number| number.parse().expect("a number"))
        .collect()
}

#[test]
fn a_server_that_exits_with_75_answers_again_after_a_restart_and_is_not_restarted_when_stopped() {
    skip_without!(Feature::FastDds);
    let domain = Domain::claim();
    let supervisor = domain.start("bash", ["-c", SUPERVISOR, "supervisor", SERVER]);
    client(&domain, &["2", "3"]).finish().expect_code(0);
    for port in domain.port_files() {
        std::fs::remove_file(format!("/dev/shm/{port}")).expect("a port file of the server");
    }
    wait_until("the server is restarted", PATIENCE, || {
        started(&supervisor).len() == 2
    });
    client(&domain, &["4", "5"]).finish().expect_code(0);
    send_signal(started(&supervisor)[1], SIGINT);
    let finished = supervisor.finish().expect_code(0);
    assert_eq!(finished.stdout.lines().count(), 2, "{finished:?}");
    let fault = "No message can reach this process: its shared-memory port file was deleted";
    assert_eq!(finished.stderr.matches(fault).count(), 1, "{finished:?}");
}

#[test]
fn a_client_that_was_stopped_by_a_signal_is_not_restarted() {
    for (signal, code) in [(SIGINT, 130), (SIGTERM, 143)] {
        let domain = Domain::claim();
        let arguments = ["-c", SUPERVISOR, "supervisor", CLIENT, "2", "3"];
        let mut supervisor = domain.start("bash", arguments);
        supervisor.wait_for_log("service not available, waiting again...");
        send_signal(started(&supervisor)[0], signal);
        let finished = supervisor.finish().expect_code(code);
        assert_eq!(finished.stdout.lines().count(), 1, "{finished:?}");
    }
}
