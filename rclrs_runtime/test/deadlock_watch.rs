// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Programs whose middleware no longer works below them log one line, and exit with 75.

use crate::programs::{example, example_path, test_file};
use std::{process::Command, time::Duration};
use test_support::{is_kilted, skip_without, Domain, Feature, Process, SIGINT, SIGTERM};

const DEADLOCKED: &str =
    "Fast DDS is deadlocked, this process no longer discovers other nodes (eProsima/Fast-DDS#6502); restart it";

const UNREACHABLE: &str =
    "No message can reach this process: its shared-memory port file was deleted from /dev/shm; restart it";

/// Starts an example in which Fast DDS blocks at a `moment` of block_fast_dds.c.
fn example_that_blocks(domain: &Domain, moment: &str, name: &str, arguments: &[&str]) -> Process {
    let mut command = domain.command(example_path(name));
    command.args(arguments);
    domain.block_fast_dds(&mut command, moment);
    Process::start(command)
}

#[test]
fn a_deadlocked_service_exits_with_75() {
    skip_without!(Feature::NamedThreads);
    let domain = Domain::claim();
    let server = example_that_blocks(&domain, "departure", "service", &[]);
    // Fast DDS blocks when this client leaves. The service still answers those that it knows, and is
    // not discovered by others.
    example(&domain, "client", &["true"])
        .finish()
        .expect_code(0);
    let server = server.finish().expect_code(75).expect_last_line(DEADLOCKED);
    assert_eq!(server.stderr.lines().count(), 2, "{server:?}");
}

#[test]
fn a_deadlock_is_detected_when_the_middleware_was_loaded_at_run_time() {
    skip_without!(Feature::NamedThreads);
    let domain = Domain::claim();
    let libraries = domain.load_middleware_at_run_time();
    let start = |mut command: Command| {
        command.env("LD_LIBRARY_PATH", &libraries);
        Process::start(command)
    };
    let mut linked = Command::new("ldd");
    linked.arg(example_path("service"));
    let linked = start(linked).finish().expect_code(0).stdout;
    assert!(!linked.contains("librmw_fastrtps"), "{linked}");

    let mut server = domain.command(example_path("service"));
    domain.block_fast_dds(&mut server, "departure");
    let server = start(server);
    let mut client = domain.command(example_path("client"));
    client.arg("true");
    start(client).finish().expect_code(0);
    server.finish().expect_code(75).expect_last_line(DEADLOCKED);
}

#[test]
fn a_deadlocked_client_exits_with_75_though_it_has_no_time_limit() {
    skip_without!(Feature::NamedThreads);
    let domain = Domain::claim();
    let mut client = example_that_blocks(&domain, "departure", "client", &["true"]);
    client.wait_for_log("service not available");
    // Another client, which is discovered and leaves.
    let mut other = example(&domain, "client", &["true"]);
    other.wait_for_log("service not available");
    std::thread::sleep(Duration::from_secs(3));
    other.signal(SIGINT);
    other.finish().expect_code(130);
    client.finish().expect_code(75).expect_last_line(DEADLOCKED);
}

#[test]
fn a_service_whose_port_files_were_deleted_exits_with_75() {
    skip_without!(Feature::FastDds);
    let domain = Domain::claim();
    let mut server = example(&domain, "service", &[]);
    example(&domain, "client", &["true"])
        .finish()
        .expect_code(0);
    server.remove_segments_later();
    for port in domain.port_files() {
        std::fs::remove_file(format!("/dev/shm/{port}")).expect("a port file of the service");
    }
    let segments = server.segments();
    assert!(!segments.is_empty(), "no shared memory in use: {server:?}");
    let server = server
        .finish()
        .expect_code(75)
        .expect_last_line(UNREACHABLE);
    assert_eq!(server.stderr.lines().count(), 2, "{server:?}");
}

#[test]
fn a_program_that_cannot_create_its_node_ends_two_seconds_after_a_signal() {
    for (name, arguments) in [("service", [].as_slice()), ("client", &["true"])] {
        let domain = Domain::claim();
        let program = example_that_blocks(&domain, "creation", name, arguments);
        std::thread::sleep(Duration::from_secs(1));
        program.signal(SIGTERM);
        program
            .finish_within(Duration::from_secs(5))
            .expect_code(143)
            .expect_only_line("Stopped by SIGTERM, by force after 2 s");
    }
}

#[test]
fn a_participant_that_announces_itself_rarely_is_not_deadlocked() {
    skip_without!(Feature::FastDds);
    let domain = Domain::claim();
    let mut command = domain.command(example_path("service"));
    let variable = if is_kilted() {
        "FASTDDS_DEFAULT_PROFILES_FILE"
    } else {
        "FASTRTPS_DEFAULT_PROFILES_FILE"
    };
    command.env(variable, test_file("rare_announcements.xml"));
    let mut server = Process::start(command);
    // Longer than it takes to detect a deadlock.
    std::thread::sleep(Duration::from_secs(30));
    assert!(server.is_running());
    server.signal(SIGINT);
    let server = server.finish().expect_code(0);
    assert_eq!(server.stderr, "", "{server:?}");
}
