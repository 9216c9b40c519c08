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
//! rclrs offers no place to step in. So this file defines the function that rclrs calls, in front
//! of the one in the library of rcl, which it hands every call on to. It can go when a worker of
//! rclrs outlives an undeliverable reply.

use crate::rcl;
use rclrs::log_warn;
use std::{
    ffi::{c_int, c_void},
    mem,
    sync::OnceLock,
};

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
    static ORIGINAL: OnceLock<Option<SendResponse>> = OnceLock::new();
    let original = ORIGINAL.get_or_init(|| {
        // SAFETY: The name is NUL-terminated. What is found under it in the libraries behind this
        // program has the type that rcl declares.
        unsafe {
            let found = libc::dlsym(libc::RTLD_NEXT, c"rcl_send_response".as_ptr());
            mem::transmute::<*mut c_void, Option<SendResponse>>(found)
        }
    });
    let Some(original) = original else {
        // Cannot happen: without the library there would be no service to send for. 1 is
        // RCL_RET_ERROR.
        return 1;
    };
    // SAFETY: The caller's promises are handed on as they are.
    let outcome = unsafe { original(service, header, response) };
    if outcome != TIMEOUT {
        return outcome;
    }
    rcl::forget_last_error();
    log_warn!(
        env!("CARGO_PKG_NAME"),
        "A client cannot receive the reply to its request, the reply is dropped"
    );
    0
}
