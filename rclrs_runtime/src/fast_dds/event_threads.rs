// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Lets the threads that keep the timers of Fast DDS run after those that send.
//!
//! Each message sets a timer, which wakes the thread that keeps them (`dds.ev.N`). Linux may run that one
//! at once, in place of the sender, on whose lock it then blocks (`docs/upstream.md`, 21). With the policy
//! `SCHED_BATCH` (sched(7)), a thread has the same share of the processors as any other, but does not
//! preempt another one when it wakes up. A policy from a profile of Fast DDS (`timed_events_thread`) is
//! respected. Fast DDS before 2.10 (Humble) does not name its threads, so that nothing is changed there.
//!
//! To be deleted when setting a timer does not wake that thread.

use libc::{pid_t, SCHED_BATCH, SCHED_OTHER};

/// How Fast DDS 2.14 and 3.2 begin the names of these threads.
const NAME: &str = "dds.ev.";

/// Gives the timer threads of all participants of this process the policy `SCHED_BATCH`.
///
/// To be called when there is a node: its participant starts the thread. Without such a thread,
/// because another middleware is in use, it does nothing.
pub fn run_timers_after_senders() {
    for thread in event_threads() {
        change_policy(thread, SCHED_OTHER, SCHED_BATCH);
    }
}

/// The threads of this process that keep timers of Fast DDS.
pub fn event_threads() -> impl Iterator<Item = pid_t> {
    threads().filter(|thread| name_of(*thread).starts_with(NAME))
}

/// The name of a thread of this process, empty for one that has ended.
pub fn name_of(thread: pid_t) -> String {
    std::fs::read_to_string(format!("/proc/self/task/{thread}/comm")).unwrap_or_default()
}

/// The identifiers of the threads of this process.
pub fn threads() -> impl Iterator<Item = pid_t> {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let identifier = |task: std::fs::DirEntry| task.file_name().to_str()?.parse().ok();
    tasks.flatten().filter_map(identifier)
}

/// Gives a thread of this process, 0 for the calling one, the policy `to` in place of `from`; one
/// that has another policy keeps it. Returns whether the policy was changed.
pub fn change_policy(thread: pid_t, from: i32, to: i32) -> bool {
    let parameters = libc::sched_param { sched_priority: 0 };
    // SAFETY: The parameters are valid and outlive the calls. A thread that has ended is refused.
    unsafe {
        libc::sched_getscheduler(thread) == from
            && libc::sched_setscheduler(thread, to, &parameters) == 0
    }
}
