// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Programs whose middleware no longer works below them log one line, and exit with 75; a new process works.

use crate::programs::{example, example_path, set_profile};
use std::time::Duration;
use test_support::{skip_without, Domain, Feature, Process, SIGINT};

const DEADLOCKED: &str =
    "Fast DDS is deadlocked, this process no longer discovers other nodes (eProsima/Fast-DDS#6502); restart it";

const UNREACHABLE: &str =
    "No message can reach this process: its shared-memory port file was deleted from /dev/shm; restart it";

/// Announces a participant once an hour, after its first three seconds: its timer thread does not run in
/// between.
const RARE_ANNOUNCEMENTS: &str = "\
<builtin><discovery_config>
  <leaseDuration><sec>7200</sec></leaseDuration>
  <leaseAnnouncement><sec>3600</sec></leaseAnnouncement>
  <initialAnnouncements>
    <count>30</count>
    <period><nanosec>100000000</nanosec></period>
  </initialAnnouncements>
</discovery_config></builtin>";

/// Starts an example in which Fast DDS deadlocks when another participant leaves.
fn example_that_deadlocks(domain: &Domain, name: &str, arguments: &[&str]) -> Process {
    domain.start_on_blocking_fast_dds(example_path(name), arguments, "departure")
}

fn call(domain: &Domain) {
    example(domain, "client", &["true"]).finish().expect_code(0);
}

/// Waits until a service that was called once has exited, and calls a new one in its place.
#[track_caller]
fn expect_exit_and_restart(domain: &Domain, service: Process, line: &str) {
    let ended = service.finish().expect_code(75).expect_last_line(line);
    assert_eq!(ended.stderr.lines().count(), 2, "{ended:?}");
    let _restarted = example(domain, "service", &[]);
    call(domain);
}

#[test]
fn a_deadlocked_service_exits_with_75_and_a_new_one_answers() {
    skip_without!(Feature::NamedThreads);
    let domain = Domain::claim();
    let service = example_that_deadlocks(&domain, "service", &[]);
    // Fast DDS blocks when this client leaves. The service still answers those that it knows, and is
    // not discovered by others.
    call(&domain);
    expect_exit_and_restart(&domain, service, DEADLOCKED);
}

#[test]
fn a_deadlocked_client_exits_with_75_though_it_has_no_time_limit() {
    skip_without!(Feature::NamedThreads);
    let domain = Domain::claim();
    let mut client = example_that_deadlocks(&domain, "client", &["true"]);
    client.wait_for_log("service not available");
    // Another client, which is discovered and leaves.
    let mut other = example(&domain, "client", &["true"]);
    other.wait_for_log("service not available");
    std::thread::sleep(Duration::from_secs(3));
    other.stop(SIGINT).expect_code(130);
    client.finish().expect_code(75).expect_last_line(DEADLOCKED);
}

#[test]
fn a_service_whose_port_files_were_deleted_exits_with_75_and_a_new_one_answers() {
    skip_without!(Feature::FastDds);
    let domain = Domain::claim();
    let service = example(&domain, "service", &[]);
    call(&domain);
    let segments = service.segments();
    assert!(!segments.is_empty(), "no shared memory in use: {service:?}");
    for port in domain.port_files() {
        std::fs::remove_file(format!("/dev/shm/{port}")).expect("a port file of the service");
    }
    expect_exit_and_restart(&domain, service, UNREACHABLE);
    let left: Vec<_> = segments.iter().filter(|file| file.exists()).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

#[test]
fn a_participant_that_announces_itself_rarely_is_not_deadlocked() {
    skip_without!(Feature::FastDds);
    let domain = Domain::claim();
    let mut command = domain.command(example_path("service"));
    set_profile(&domain, &mut command, RARE_ANNOUNCEMENTS);
    let mut server = Process::start(command);
    // Longer than it takes to detect a deadlock.
    std::thread::sleep(Duration::from_secs(30));
    assert!(server.is_running());
    let server = server.stop(SIGINT).expect_code(0);
    assert_eq!(server.stderr, "", "{server:?}");
}
