// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Creates a node so that it receives the replies to its first announcement.
//!
//! Fast DDS announces a participant before its receiving threads deliver what they receive
//! (`docs/upstream.md`, 17). What has arrived waits in the sockets for as long as these threads do not run.
//! So the thread that creates a node is pinned to one processor meanwhile. The threads that it starts
//! inherit that, and with it the policy `SCHED_BATCH`, under which they do not preempt it. They run once
//! the node exists, and then on any processor.
//!
//! To be deleted when Fast DDS delivers before it announces.

use super::event_threads::{change_policy, name_of, threads};
use libc::{cpu_set_t, pid_t, SCHED_BATCH, SCHED_OTHER};
use std::{collections::HashSet, mem};

const SIZE: usize = mem::size_of::<cpu_set_t>();

/// While this lives, the calling thread and the threads that it starts share one processor, and do
/// not preempt each other.
pub struct PinnedThread {
    /// The affinity of the calling thread before.
    before: cpu_set_t,
    pinned: cpu_set_t,
    others: HashSet<pid_t>,
}

impl PinnedThread {
    /// Returns `None`, and changes nothing, for a thread whose policy was set by the program, where the
    /// kernel refuses, and with another middleware.
    pub fn pin() -> Option<Self> {
        if !super::is_in_use() {
            return None;
        }
        let others = threads().collect();
        let before = affinity(0)?;
        // SAFETY: The function has no preconditions.
        let processor = usize::try_from(unsafe { libc::sched_getcpu() }).ok()?;
        // SAFETY: A set of processors is valid when it is all zeros: it is empty then.
        let mut pinned: cpu_set_t = unsafe { mem::zeroed() };
        if !change_policy(0, SCHED_OTHER, SCHED_BATCH) {
            return None;
        }
        // SAFETY: The set outlives the calls.
        let is_pinned = unsafe {
            libc::CPU_SET(processor, &mut pinned);
            libc::sched_setaffinity(0, SIZE, &pinned) == 0
        };
        if !is_pinned {
            change_policy(0, SCHED_BATCH, SCHED_OTHER);
            return None;
        }
        Some(Self {
            before,
            pinned,
            others,
        })
    }
}

impl Drop for PinnedThread {
    fn drop(&mut self) {
        // 0 is the calling thread.
        let started = threads().filter(|thread| !self.others.contains(thread));
        for thread in started.chain([0]) {
            // A thread with another affinity has it from a profile of Fast DDS, or has set it itself. A
            // profile may set the policy alone; any other thread without this one's policy was not
            // started by it.
            // SAFETY: Both sets are valid, and the other function has no preconditions.
            let inherited = affinity(thread).is_some_and(|affinity| unsafe {
                libc::CPU_EQUAL(&affinity, &self.pinned)
                    && (libc::sched_getscheduler(thread) == SCHED_BATCH
                        || name_of(thread).starts_with("dds."))
            });
            if inherited {
                change_policy(thread, SCHED_BATCH, SCHED_OTHER);
                // SAFETY: The set outlives the call; a thread that has ended is refused.
                unsafe {
                    libc::sched_setaffinity(thread, SIZE, &self.before);
                }
            }
        }
    }
}

/// The processors that a thread may run on, 0 for the calling one.
fn affinity(thread: pid_t) -> Option<cpu_set_t> {
    // SAFETY: The set is valid when it is all zeros, and outlives the call.
    unsafe {
        let mut processors: cpu_set_t = mem::zeroed();
        (libc::sched_getaffinity(thread, SIZE, &mut processors) == 0).then_some(processors)
    }
}
