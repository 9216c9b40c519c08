// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Lets a node that has just started hear the answers to its first announcement.
//!
//! With the first node of a context, Fast DDS starts the threads that receive, then announces the
//! newcomer, and only then makes those threads hand on what they receive. Others on the same machine
//! answer in between. They are not heard and do not answer again, so that both sides find each other
//! by the next regular announcement, up to three seconds later: half of all starts.
//!
//! But what has arrived waits in the sockets for as long as the receiving threads do not run. So the
//! thread that makes a node keeps to one processor meanwhile. The threads that it starts inherit
//! that, and with it a policy of Linux for threads that nobody waits for (`SCHED_BATCH`), under
//! which they do not interrupt it. They run once the node is there, and then where they like.
//!
//! rclrs and rmw offer no place to step in. So this file defines the function that rclrs makes nodes
//! with, in front of the one in the library of rcl, which it hands every call on to. It can go when
//! Fast DDS listens before it speaks.

use crate::rcl::{self, Original};
use std::ffi::{c_char, c_int, c_void};

/// `rcl_node_init` of `rcl/node.h`, as seen from here: node, name, namespace, context, options.
type NodeInit = unsafe extern "C" fn(
    *mut c_void,
    *const c_char,
    *const c_char,
    *mut c_void,
    *const c_void,
) -> c_int;

/// Makes a node like the function of this name in rcl, and lets it hear the first answers.
///
/// # Safety
///
/// That of the original.
#[no_mangle]
unsafe extern "C" fn rcl_node_init(
    node: *mut c_void,
    name: *const c_char,
    namespace: *const c_char,
    context: *mut c_void,
    options: *const c_void,
) -> c_int {
    // SAFETY: The type is the one that rcl declares.
    static ORIGINAL: Original<NodeInit> = unsafe { Original::new(c"rcl_node_init") };
    let Some(original) = ORIGINAL.get() else {
        return rcl::ERROR;
    };
    #[cfg(target_os = "linux")]
    let _one_by_one = one_by_one::OneByOne::start();
    // SAFETY: The caller's promises are handed on as they are.
    unsafe { original(node, name, namespace, context, options) }
}

#[cfg(target_os = "linux")]
mod one_by_one {
    use crate::timer_thread::{change_policy, threads};
    use libc::{cpu_set_t, pid_t, SCHED_BATCH, SCHED_OTHER};
    use std::{collections::HashSet, mem};

    const SIZE: usize = mem::size_of::<cpu_set_t>();

    /// For as long as this lives, the calling thread and those that it starts take turns on one
    /// processor, and do not interrupt each other.
    pub struct OneByOne {
        // Where the threads ran before, and may run afterwards.
        processors: cpu_set_t,
        others: HashSet<pid_t>,
    }

    impl OneByOne {
        /// Returns `None`, and changes nothing, for a thread whose policy somebody has chosen, and
        /// where the kernel refuses.
        pub fn start() -> Option<Self> {
            let others = threads().collect();
            // SAFETY: All pointers are to values that outlive the calls, and a set of processors
            // is valid when it is all zeros: it is then empty.
            unsafe {
                let mut processors: cpu_set_t = mem::zeroed();
                let mut this_one: cpu_set_t = mem::zeroed();
                libc::CPU_SET(usize::try_from(libc::sched_getcpu()).ok()?, &mut this_one);
                if libc::sched_getscheduler(0) != SCHED_OTHER
                    || libc::sched_getaffinity(0, SIZE, &mut processors) != 0
                    || libc::sched_setaffinity(0, SIZE, &this_one) != 0
                {
                    return None;
                }
                change_policy(0, SCHED_OTHER, SCHED_BATCH);
                Some(Self { processors, others })
            }
        }
    }

    impl Drop for OneByOne {
        fn drop(&mut self) {
            // 0 is the calling thread.
            let started = threads().filter(|thread| !self.others.contains(thread));
            for thread in started.chain([0]) {
                // A profile may have given a thread of Fast DDS a policy of its own.
                change_policy(thread, SCHED_BATCH, SCHED_OTHER);
                // SAFETY: As above; a thread that has just ended is refused.
                unsafe {
                    libc::sched_setaffinity(thread, SIZE, &self.processors);
                }
            }
        }
    }
}
