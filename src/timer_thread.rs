// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Keeps the timers of Fast DDS from interrupting those who send.
//!
//! Fast DDS sets a timer for each message that it sends or receives, to ask later whether it has
//! arrived, and keeps its timers on a thread of their own. Setting one wakes that thread up, and
//! Linux may let a thread that wakes up run at once, in place of the one that has woken it: the
//! sender is stopped in the middle of sending. The thread that took its place then finds that the
//! sender holds the lock that it needs, and the processor goes back and forth between the two,
//! more than two times per message: a quarter of the time that a whole call takes.
//!
//! Linux has a policy for threads which nobody waits for, `SCHED_BATCH`: such a thread has the same
//! share of the processors as any other, but does not interrupt another one when it wakes up.
//! A heartbeat a millisecond later does no harm.
//!
//! Whoever chooses a policy for this thread in a profile of Fast DDS (`timed_events_thread`) keeps it.

/// How Fast DDS 2.14 and 3.2 begin the names of the threads that keep the timers.
#[cfg(target_os = "linux")]
const NAME: &str = "dds.ev.";

/// Lets the timers of all participants of this process wait for those who send.
///
/// Call it when there is a node: its participant starts the thread. Where there is no such thread,
/// because of another middleware or operating system, it does nothing.
pub fn let_senders_finish() {
    #[cfg(target_os = "linux")]
    for thread in timer_threads() {
        change_policy(thread, libc::SCHED_OTHER, libc::SCHED_BATCH);
    }
}

/// The threads of this process that keep timers of Fast DDS.
#[cfg(target_os = "linux")]
pub(crate) fn timer_threads() -> impl Iterator<Item = libc::pid_t> {
    threads().filter(|thread| {
        let name = std::fs::read_to_string(format!("/proc/self/task/{thread}/comm"));
        name.is_ok_and(|name| name.starts_with(NAME))
    })
}

/// The numbers of the threads of this process.
#[cfg(target_os = "linux")]
pub(crate) fn threads() -> impl Iterator<Item = libc::pid_t> {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let number = |task: std::fs::DirEntry| task.file_name().to_str()?.parse().ok();
    tasks.flatten().filter_map(number)
}

/// Gives a thread of this process, 0 for the calling one, the policy `to` in place of `from`; one
/// that has another policy keeps it.
#[cfg(target_os = "linux")]
pub(crate) fn change_policy(thread: libc::pid_t, from: i32, to: i32) {
    // SAFETY: The parameters are valid and outlive the calls, which change nothing but how the kernel
    // chooses the next thread to run. A thread that has just ended is refused.
    unsafe {
        if libc::sched_getscheduler(thread) == from {
            let parameters = libc::sched_param { sched_priority: 0 };
            libc::sched_setscheduler(thread, to, &parameters);
        }
    }
}
