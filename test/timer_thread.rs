// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! How the kernel schedules the threads of our nodes, those of Fast DDS among them.

use crate::support::{wait_until, Domain, Process};
use std::{fs, time::Duration};

const OTHER: u32 = libc::SCHED_OTHER as u32;
const BATCH: u32 = libc::SCHED_BATCH as u32;
const IDLE: u32 = libc::SCHED_IDLE as u32;

/// A profile of Fast DDS, with a policy for the thread that keeps the timers.
const PROFILE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<profiles xmlns="http://www.eprosima.com">
  <participant profile_name="idle_timers" is_default_profile="true">
    <rtps>
      <timed_events_thread>
        <scheduling_policy>5</scheduling_policy>
        <priority>0</priority>
      </timed_events_thread>
    </rtps>
  </participant>
</profiles>
"#;

/// The names of the threads of a process, each with its policy.
fn policies(process: &Process) -> Vec<(String, u32)> {
    let folder = format!("/proc/{}/task", process.id());
    let threads = fs::read_dir(folder).expect("the process runs");
    let policy = |thread: fs::DirEntry| {
        let name = fs::read_to_string(thread.path().join("comm")).ok()?;
        let stat = fs::read_to_string(thread.path().join("stat")).ok()?;
        // The 41st field; the name before the third may have blanks in it.
        let (_, fields) = stat.rsplit_once(')')?;
        let policy = fields.split_whitespace().nth(41 - 3)?.parse().ok()?;
        Some((name.trim().to_owned(), policy))
    };
    threads.flatten().filter_map(policy).collect()
}

#[track_caller]
fn assert_timers_have(policy: u32, process: &Process) {
    let mut threads = Vec::new();
    wait_until(
        "the timers have their policy",
        Duration::from_secs(30),
        || {
            threads = policies(process);
            threads.contains(&("dds.ev.0".to_owned(), policy))
        },
    );
    threads.retain(|(name, _)| name != "dds.ev.0");
    assert!(!threads.is_empty());
    let changed: Vec<_> = threads
        .iter()
        .filter(|(_, policy)| *policy != OTHER)
        .collect();
    assert!(
        changed.is_empty(),
        "threads that nobody asked for: {changed:?}"
    );
}

#[test]
fn timers_of_fast_dds_do_not_interrupt_those_who_send() {
    let domain = Domain::claim();
    let server = domain.server(&[]);
    assert_timers_have(BATCH, &server);

    let nobody_else = Domain::claim();
    let client = nobody_else.client(&["2", "3"]);
    assert_timers_have(BATCH, &client);
}

#[test]
fn policy_that_a_profile_gives_to_the_timers_is_kept() {
    let domain = Domain::claim();
    let profile = domain.file("idle_timers.xml", PROFILE);
    let mut command = domain.command(crate::support::SERVER);
    command
        .env("FASTRTPS_DEFAULT_PROFILES_FILE", &profile)
        .env("FASTDDS_DEFAULT_PROFILES_FILE", &profile);
    let server = Process::start(command);
    // By the time that it answers, it would have been changed.
    domain.client(&["2", "3"]).finish().expect_code(0);
    assert_timers_have(IDLE, &server);
}
