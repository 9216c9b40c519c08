// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Keeps a server alive when one of its clients cannot receive the reply.
//!
//! A client can send a request before the server has found the way back to it, leave before it is
//! answered, or want a quality of service for its replies that nobody offers. rmw then waits for
//! a tenth of a second and gives up, and `rcl_send_response` returns `RCL_RET_TIMEOUT`. rclcpp
//! logs that and goes on. rclrs 0.8 takes it for a failure of the whole worker: the worker's wait
//! set ends for good, the server stays on the graph, and answers nobody any more. (A service made
//! with `create_service` of a node is spared, and pays with a thread switch for each request.)
//!
//! Most of these clients are only late: on a busy machine, discovery may need more than a tenth of
//! a second to find the way back. So a reply is tried again for a while before it is given up,
//! once for each client, since those that can never receive a reply must not hold up the others.
//!
//! rclrs offers no place to step in. So this file defines the function that rclrs calls, in front
//! of the one in the library of rcl, which it hands every call on to. It can go when a worker of
//! rclrs outlives an undeliverable reply.

use crate::rcl::{self, Original};
use rclrs::log_warn;
use std::{
    collections::VecDeque,
    ffi::{c_int, c_void},
    sync::{Mutex, PoisonError},
};

/// How often a reply is tried; each attempt takes rmw a tenth of a second.
const ATTEMPTS: usize = 20;

/// How many hopeless clients are remembered.
const HOPELESS: usize = 100;

/// What tells clients apart: the first field of `rmw_request_id_t`, of `rmw/types.h`.
type ClientId = [u8; 16];

/// `RCL_RET_TIMEOUT` of `rcl/types.h`.
const TIMEOUT: c_int = 2;

/// `rcl_send_response` of `rcl/service.h`, as seen from here: service, request header, response.
type SendResponse = unsafe extern "C" fn(*const c_void, *mut c_void, *mut c_void) -> c_int;

/// Sends a response like the function of this name in rcl, but an undeliverable one is no error.
///
/// # Safety
///
/// That of the original.
#[no_mangle]
unsafe extern "C" fn rcl_send_response(
    service: *const c_void,
    header: *mut c_void,
    response: *mut c_void,
) -> c_int {
    // SAFETY: The type is the one that rcl declares.
    static ORIGINAL: Original<SendResponse> = unsafe { Original::new(c"rcl_send_response") };
    let Some(original) = ORIGINAL.get() else {
        return rcl::ERROR;
    };
    static HOPELESS_CLIENTS: Mutex<VecDeque<ClientId>> = Mutex::new(VecDeque::new());
    // SAFETY: The caller's promises are handed on as they are.
    let send = || unsafe { original(service, header, response) };

    let outcome = send();
    if outcome != TIMEOUT {
        return outcome;
    }
    // SAFETY: rcl did not refuse the header, so that it points to an rmw_request_id_t.
    let client: ClientId = unsafe { *header.cast() };
    let hopeless = HOPELESS_CLIENTS.lock();
    let mut hopeless = hopeless.unwrap_or_else(PoisonError::into_inner);
    let attempts = if hopeless.contains(&client) {
        1
    } else {
        ATTEMPTS
    };
    for _ in 1..attempts {
        rcl::forget_last_error();
        let outcome = send();
        if outcome != TIMEOUT {
            return outcome;
        }
    }
    rcl::forget_last_error();
    if !hopeless.contains(&client) {
        hopeless.truncate(HOPELESS - 1);
        hopeless.push_front(client);
    }
    log_warn!(
        env!("CARGO_PKG_NAME"),
        "A client cannot receive the reply to its request, the reply is dropped"
    );
    0
}
