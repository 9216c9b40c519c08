// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! How the kernel schedules the threads of a program, those of Fast DDS among them.

use crate::programs::{example, example_path, set_profile};
use procfs::process::Process as ProcessInfo;
use std::process::Command;
use test_support::{is_true_within, skip_without, Domain, Feature, Process, PATIENCE};

/// The thread of Fast DDS that keeps the timers of the first participant of a process.
const TIMERS: &str = "dds.ev.0";

const OTHER: u32 = libc::SCHED_OTHER as u32;
const BATCH: u32 = libc::SCHED_BATCH as u32;
const IDLE: u32 = libc::SCHED_IDLE as u32;

/// Starts the example of a service with a profile of Fast DDS that has `settings` for the thread that
/// keeps the timers, and waits until it answers: it would have changed them by then.
fn service_with_timers(domain: &Domain, settings: &str, mut command: Command) -> Process {
    let settings = format!("<timed_events_thread>{settings}</timed_events_thread>");
    set_profile(domain, &mut command, &settings);
    let server = Process::start(command);
    example(domain, "client", &["true"]).finish().expect_code(0);
    server
}

/// The name of a thread, its policy, and the processors that it may run on.
type Scheduling = (String, Option<u32>, Option<Vec<u32>>);

/// The threads of a process. One that ends meanwhile is left out.
fn threads_of(process: &ProcessInfo) -> Vec<Scheduling> {
    let threads = process.tasks().expect("a process that runs").flatten();
    let scheduling = |thread: procfs::process::Task| {
        let (stat, status) = (thread.stat().ok()?, thread.status().ok()?);
        Some((stat.comm, stat.policy, status.cpus_allowed))
    };
    threads.filter_map(scheduling).collect()
}

/// Waits until the timer thread of a process has `policy`, and all its other threads have the default
/// one. Every thread may run on every processor; while a node is created, that is not so.
#[track_caller]
fn wait_for_timers_with(policy: u32, process: &Process) {
    let own = ProcessInfo::myself().and_then(|own| own.status());
    let everywhere = own.expect("the status of this process").cpus_allowed;
    let is_expected = |(name, found, processors): &Scheduling| {
        let expected = if name == TIMERS { policy } else { OTHER };
        *found == Some(expected) && *processors == everywhere
    };
    let mut threads = Vec::new();
    let are_expected = is_true_within(PATIENCE, || {
        threads = threads_of(&process.info());
        threads.iter().any(|(name, ..)| name == TIMERS) && threads.iter().all(is_expected)
    });
    assert!(
        are_expected,
        "not policy {policy} for {TIMERS} alone, and {everywhere:?} for all: {threads:?}"
    );
}

#[test]
fn timer_threads_of_fast_dds_do_not_preempt_senders() {
    skip_without!(Feature::NamedThreads);
    let domain = Domain::claim();
    let server = example(&domain, "service", &[]);
    wait_for_timers_with(BATCH, &server);

    let other_domain = Domain::claim();
    let client = example(&other_domain, "client", &["true"]);
    wait_for_timers_with(BATCH, &client);
}

#[test]
fn a_policy_from_a_profile_is_kept() {
    skip_without!(Feature::NamedThreads);
    let domain = Domain::claim();
    let command = domain.command(example_path("service"));
    let settings = "<scheduling_policy>5</scheduling_policy><priority>0</priority>";
    let server = service_with_timers(&domain, settings, command);
    wait_for_timers_with(IDLE, &server);
}

#[test]
fn an_affinity_from_a_profile_is_kept() {
    skip_without!(Feature::NamedThreads);
    skip_without!(Feature::TwoProcessors);
    let own = ProcessInfo::myself().and_then(|own| own.status());
    let processors = own
        .expect("the status of this process")
        .cpus_allowed_list
        .expect("processors");
    let mut processors = processors
        .into_iter()
        .flat_map(|(first, last)| first..=last);
    let (first, second) = (processors.next(), processors.next());
    let (first, second) = first.zip(second).expect("two processors");
    let domain = Domain::claim();
    // The service creates its node on the first processor; the timers are to run on the second.
    let mut command = domain.command("taskset");
    command
        .args(["--cpu-list", &first.to_string()])
        .arg(example_path("service"));
    let settings = format!("<affinity>{}</affinity>", 1_u64 << second);
    let server = service_with_timers(&domain, &settings, command);
    let threads = server.info().tasks().expect("its threads").flatten();
    let timers: Vec<_> = threads
        .filter_map(|thread| thread.status().ok())
        .filter(|status| status.name == TIMERS)
        .map(|status| status.cpus_allowed_list)
        .collect();
    assert_eq!(timers, [Some(vec![(second, second)])]);
}
