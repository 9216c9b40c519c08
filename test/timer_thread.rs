// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! How the kernel schedules the threads of our nodes, those of Fast DDS among them.

use crate::support::{Domain, Process, PATIENCE};
use std::{
    fs, thread,
    time::{Duration, Instant},
};

/// The thread of Fast DDS that keeps the timers of the first participant of a process.
const TIMERS: &str = "dds.ev.0";

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

/// The threads of a process, each with its name, its policy and the processors it may run on.
fn threads_of(process: &Process) -> Vec<(String, u32, String)> {
    let folder = format!("/proc/{}/task", process.id());
    let threads = fs::read_dir(folder).expect("the process runs");
    let look = |thread: fs::DirEntry| {
        let read = |file| fs::read_to_string(thread.path().join(file)).ok();
        let stat = read("stat")?;
        // The 41st field; the name before the third may have blanks in it.
        let (_, fields) = stat.rsplit_once(')')?;
        let policy = fields.split_whitespace().nth(41 - 3)?.parse().ok()?;
        let name = read("comm")?.trim().to_owned();
        Some((name, policy, processors(&read("status")?)))
    };
    threads.flatten().filter_map(look).collect()
}

/// The line of `/proc/*/status` that says on which processors a thread may run.
fn processors(status: &str) -> String {
    let mut lines = status.lines();
    let line = lines.find(|line| line.starts_with("Cpus_allowed:"));
    line.expect("what Linux always says").to_owned()
}

/// Waits until the timers of a process have a policy, and all its other threads are as any thread
/// is: a node that is about to start has changed more than that.
#[track_caller]
fn wait_for_timers_with(policy: u32, process: &Process) {
    let everywhere = processors(&fs::read_to_string("/proc/self/status").expect("our own"));
    let mut threads = Vec::new();
    let limit = Instant::now() + PATIENCE;
    while Instant::now() < limit {
        threads = threads_of(process);
        let usual = |(name, found, where_to): &(String, u32, String)| {
            *found == if name == TIMERS { policy } else { OTHER } && *where_to == everywhere
        };
        if threads.iter().any(|(name, ..)| name == TIMERS) && threads.iter().all(usual) {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("policy {policy} for {TIMERS} alone, and {everywhere} for all: {threads:?}");
}

#[test]
fn timers_of_fast_dds_do_not_interrupt_those_who_send() {
    let domain = Domain::claim();
    let server = domain.server(&[]);
    wait_for_timers_with(BATCH, &server);

    let nobody_else = Domain::claim();
    let client = nobody_else.client(&["2", "3"]);
    wait_for_timers_with(BATCH, &client);
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
    wait_for_timers_with(IDLE, &server);
}
