// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Responses whose client the middleware has not matched with the server.
//!
//! rmw waits a tenth of a second for the client's reader of responses, and then returns
//! `RMW_RET_TIMEOUT`. There are two cases:
//!
//! * **Too early.** The request arrived before the announcement of that reader, which was lost on the
//!   way and is repeated within three seconds. rclcpp drops the response, and the client waits for ever
//!   (<https://github.com/ros2/rmw_fastrtps/issues/842>). Here the service waits for the reader, in a
//!   process that has a node of [`create_node`](crate::create_node), which knows of both.
//! * **Never.** The client has exited, or requests a quality of service for its responses that the
//!   server does not offer. The executor logs that and goes on, as rclcpp does. But a client that sends
//!   more than ten such requests a second would block the service for good. So the next attempt to
//!   respond to the same client is made a second later at the earliest, and its responses in between
//!   are dropped.
//!
//! rclrs 0.8 sends a response within the same function as it takes the request, and does not report its
//! client. So this needs `--wrap` of the linker, as `endpoints.rs` describes; without it, each such
//! request costs a tenth of a second. To be deleted when rclrs reports the client.

use crate::{
    endpoints::{discovery_of, Discovery, Gid},
    ffi::{
        are_compatible, rcl_service_get_service_name,
        rcl_service_response_publisher_get_actual_qos, reset_error, ByName, QosProfile,
        SendResponse, ERROR, OK, TIMEOUT,
    },
    process::exit,
};
use rclrs::log_warn;
use std::{
    collections::HashMap,
    ffi::{c_int, c_void, CStr},
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// How long to wait for a reader: an announcement is repeated after three seconds, and again.
const READER_TIMEOUT: Duration = Duration::from_secs(7);

/// The time between two looks whether it is there.
const READER_PERIOD: Duration = Duration::from_millis(10);

/// The time between two attempts to respond to the same client.
const INTERVAL: Duration = Duration::from_secs(1);

/// For how long a client whose reader did not come in time is not waited for again.
const MEMORY: Duration = Duration::from_secs(60);

/// When the last attempt to respond to a client has failed.
static FAILED: LazyLock<Mutex<HashMap<Gid, Instant>>> = LazyLock::new(Mutex::default);

/// Logs that a response was dropped.
pub fn warn() {
    log_warn!(
        env!("CARGO_PKG_NAME"),
        "A client cannot receive the response to its request; the response is dropped"
    );
}

/// Does what `rcl_send_response` does, as described above.
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
    static FUNCTION: ByName<SendResponse> = unsafe { ByName::new(c"rcl_send_response") };
    let Some(function) = FUNCTION.get() else {
        return ERROR;
    };
    // SAFETY: rclrs passes the header that it has received from rcl; the first field of
    // `rmw_request_id_t` of `rmw/types.h` is the identifier of the client.
    let client: Gid = unsafe { *header.cast() };
    let last_failure = failed().get(&client).copied();
    if last_failure.is_some_and(|time| time.elapsed() < INTERVAL) {
        return OK;
    }
    // SAFETY: The promises of the caller are passed on as they are.
    let send = || unsafe { function(service, header, response) };
    let mut code = send();
    if code == TIMEOUT && last_failure.is_none() {
        // SAFETY: The service is valid, and its name and quality of service for as long as that.
        let (name, qos) = unsafe {
            (
                CStr::from_ptr(rcl_service_get_service_name(service)),
                rcl_service_response_publisher_get_actual_qos(service).as_ref(),
            )
        };
        if let Some(qos) = qos {
            code = send_late(&name.to_string_lossy(), *qos, &client, send);
        }
    }
    if code == TIMEOUT {
        let mut failed = failed();
        failed.retain(|_, time| time.elapsed() < MEMORY);
        failed.insert(client, Instant::now());
    } else if last_failure.is_some() {
        failed().remove(&client);
    }
    code
}

/// Waits for the reader of a client that was discovered in part, or a moment ago, and sends then.
fn send_late(service: &str, qos: QosProfile, client: &Gid, send: impl Fn() -> c_int) -> c_int {
    let started = Instant::now();
    while started.elapsed() < READER_TIMEOUT && !exit::is_signaled() {
        match discovery_of(service, client) {
            Discovery::InPart => thread::sleep(READER_PERIOD),
            // The middleware lists a reader up to 0.4 s before it sends to it (seen on Kilted).
            Discovery::Complete(reader_qos) if are_compatible(qos, reader_qos) => {
                reset_error();
                match send() {
                    TIMEOUT => {}
                    code => return code,
                }
            }
            _ => break,
        }
    }
    TIMEOUT
}

fn failed() -> MutexGuard<'static, HashMap<Gid, Instant>> {
    FAILED.lock().unwrap_or_else(PoisonError::into_inner)
}
