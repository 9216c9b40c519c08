// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Limits what a client that cannot receive its responses costs the others.
//!
//! A client can send a request before the server has discovered its reader, exit before it is
//! answered, or request a quality of service for its responses that the server does not offer. rmw
//! then blocks for a tenth of a second and returns `RMW_RET_TIMEOUT`. The executor logs that and goes
//! on, as rclcpp does; a client that sends more than ten such requests a second would still block the
//! service for good. So the next attempt to respond to the same client is made a second later at the
//! earliest, and its responses in between are dropped.
//!
//! rclrs 0.8 sends a response within the same function as it takes the request, and does not report its
//! client. So this needs `--wrap` of the linker, as `service_client/endpoints.rs` describes; without it,
//! each such request costs a tenth of a second. To be deleted when rclrs reports the client.

use crate::ffi::{SendResponse, Wrapped, ERROR, OK, TIMEOUT};
use rclrs::log_warn;
use std::{
    collections::HashMap,
    ffi::{c_int, c_void},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The time between two attempts to respond to the same client.
const INTERVAL: Duration = Duration::from_secs(1);

/// The first field of `rmw_request_id_t` of `rmw/types.h`: the identifier of the client.
type ClientId = [u8; 16];

/// When the last attempt to respond to a client has failed.
static FAILED: Mutex<Option<HashMap<ClientId, Instant>>> = Mutex::new(None);

/// Logs that a response was dropped.
pub fn warn() {
    log_warn!(
        env!("CARGO_PKG_NAME"),
        "A client cannot receive the response to its request; the response is dropped"
    );
}

/// Does what `rcl_send_response` does, unless the last attempt for this client has just failed.
///
/// # Safety
///
/// That of `rcl_send_response`.
#[no_mangle]
unsafe extern "C" fn __wrap_rcl_send_response(
    service: *const c_void,
    header: *mut c_void,
    response: *mut c_void,
) -> c_int {
    // SAFETY: The type is that of the header.
    static FUNCTION: Wrapped<SendResponse> = unsafe { Wrapped::new(c"rcl_send_response") };
    let Some(function) = FUNCTION.get() else {
        return ERROR;
    };
    // SAFETY: rclrs passes the header that it has received from rcl.
    let client: ClientId = unsafe { *header.cast() };
    if has_just_failed(&client) {
        return OK;
    }
    // SAFETY: The promises of the caller are passed on as they are.
    let code = unsafe { function(service, header, response) };
    if code == TIMEOUT {
        let mut failed = FAILED.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = failed.get_or_insert_default();
        failed.retain(|_, time| time.elapsed() < INTERVAL);
        failed.insert(client, Instant::now());
    }
    code
}

fn has_just_failed(client: &ClientId) -> bool {
    let failed = FAILED.lock().unwrap_or_else(PoisonError::into_inner);
    let failed = failed.as_ref().and_then(|failed| failed.get(client));
    failed.is_some_and(|time| time.elapsed() < INTERVAL)
}
