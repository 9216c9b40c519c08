// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Tells what a wait in rcl has found ready.
//!
//! `rcl_wait` leaves in the wait set what is ready, and puts null pointers in the place of all
//! else. rclrs 0.8 looks at the places instead of the pointers in them, and takes everything for
//! ready after every wait: each reply to a client also tries each parameter service of its node,
//! and reports a change of the ROS graph that did not happen.
//!
//! rclrs keeps its wait sets to itself. So this file defines the function that rclrs calls, in
//! front of the one in the library of rcl, and remembers what that one has left in the wait set.
//! It can go when rclrs tells readiness right.

use crate::rcl::{self, Original};
use rclrs::{RclPrimitive, RclPrimitiveHandle};
use std::{
    cell::RefCell,
    ffi::{c_int, c_void},
    ptr,
};

/// `rcl_wait_set_t` of `rcl/wait.h`, the same from Humble to Rolling: arrays with their lengths.
#[repr(C)]
struct RclWaitSet {
    /// Subscriptions, guard conditions, timers, clients, services, events.
    entities: [Entities; 6],
    implementation: *mut c_void,
}

#[repr(C)]
struct Entities {
    first: *const *const c_void,
    count: usize,
}

type Wait = unsafe extern "C" fn(*mut RclWaitSet, i64) -> c_int;

thread_local! {
    /// What the last wait on this thread has found ready.
    static READY: RefCell<Vec<*const c_void>> = const { RefCell::new(Vec::new()) };
}

/// Waits like the function of this name in rcl, and remembers what is ready.
///
/// # Safety
///
/// That of the original.
#[no_mangle]
unsafe extern "C" fn rcl_wait(wait_set: *mut RclWaitSet, timeout: i64) -> c_int {
    // SAFETY: The type is the one that rcl declares.
    static ORIGINAL: Original<Wait> = unsafe { Original::new(c"rcl_wait") };
    let Some(original) = ORIGINAL.get() else {
        return rcl::ERROR;
    };
    // SAFETY: The caller's promises are handed on as they are.
    let outcome = unsafe { original(wait_set, timeout) };
    READY.with_borrow_mut(|ready| {
        ready.clear();
        // RCL_RET_OK; after anything else, rclrs looks at nothing.
        if outcome == 0 {
            // SAFETY: rcl did not refuse the wait set, so that its arrays are as long as it says.
            for entities in unsafe { &(*wait_set).entities } {
                let entities =
                    (0..entities.count).map(|index| unsafe { *entities.first.add(index) });
                ready.extend(entities.filter(|entity| !entity.is_null()));
            }
        }
    });
    outcome
}

/// Whether `primitive` is among what the last wait on this thread has found ready.
pub fn is_ready(primitive: &dyn RclPrimitive) -> bool {
    let entity: *const c_void = match primitive.handle() {
        RclPrimitiveHandle::Subscription(handle) => ptr::from_ref(&*handle).cast(),
        RclPrimitiveHandle::GuardCondition(handle) => {
            handle.use_handle(|handle| ptr::from_ref(handle).cast())
        }
        RclPrimitiveHandle::Timer(handle) => ptr::from_ref(&*handle).cast(),
        RclPrimitiveHandle::Client(handle) => ptr::from_ref(&*handle).cast(),
        RclPrimitiveHandle::Service(handle) => ptr::from_ref(&*handle).cast(),
        RclPrimitiveHandle::Event(handle) => ptr::from_ref(&*handle).cast(),
        // These consist of several entities, and rclrs asks rcl about them.
        RclPrimitiveHandle::ActionServer(_) | RclPrimitiveHandle::ActionClient(_) => return true,
    };
    READY.with_borrow(|ready| ready.contains(&entity))
}
