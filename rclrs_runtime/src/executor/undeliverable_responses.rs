// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Responses whose client the middleware has not matched with the server (`docs/upstream.md`, 16).
//!
//! rmw waits a tenth of a second for the client's reader of responses, and then returns
//! `RMW_RET_TIMEOUT`. There are two cases:
//!
//! * **Too early.** The announcement of that reader was lost on the way, and is repeated within three
//!   seconds. Here the executor keeps a copy of the response, and sends it once the reader was discovered,
//!   in a process that has a node of [`create_node`](crate::create_node), which knows of both. Other
//!   clients are served meanwhile.
//! * **Never.** The client has exited, or requests a quality of service for its responses that the
//!   server does not offer. The executor logs that and goes on, as rclcpp does.
//!
//! A client that sends more than ten requests a second and receives no response would block the service
//! for good. So each attempt to send to it is made a second after the last one at the earliest.
//!
//! rclrs 0.8 sends a response within the same function as it takes the request, and tells its client to the
//! callback only. So this needs `--wrap` of the linker, as `endpoints.rs` describes. To be deleted when
//! rclrs tells the executor the client.

use crate::{
    endpoints::{Discovery, Gid, ServiceEndpoints},
    ffi::{
        are_compatible, rcl_service_get_service_name,
        rcl_service_response_publisher_get_actual_qos, reset_error, ByName, MessageCopy, RequestId,
        SendResponse, ERROR, OK, TIMEOUT,
    },
    lock,
};
use rclrs::{log_warn, RclPrimitiveHandle};
use std::{
    cell::RefCell,
    collections::HashMap,
    ffi::{c_int, c_void, CStr},
    mem, ptr,
    sync::{Arc, LazyLock, Mutex},
    time::{Duration, Instant},
};

/// For how long a response is kept. The announcement of a reader is repeated after three seconds, and
/// again; with 64 clients that start at once on two processors, one took over seven seconds.
const LONGEST: Duration = Duration::from_secs(60);

/// The time between two polls whether readers were discovered.
const PERIOD: Duration = Duration::from_millis(20);

/// The time between two attempts to send to the same client.
const INTERVAL: Duration = Duration::from_secs(1);

/// How many responses a thread keeps at most.
const CAPACITY: usize = 10_000;

/// The last attempt to send to a client, which has failed.
struct Failure {
    time: Instant,
    reader_was_discovered: bool,
}

static FAILURES: LazyLock<Mutex<HashMap<Gid, Failure>>> = LazyLock::new(Mutex::default);

/// Whether an attempt to send to a client has failed less than a second ago; with `discovered`, only one
/// that was made after its reader was discovered.
fn has_just_failed(client: &Gid, discovered: bool) -> bool {
    (lock(&FAILURES).get(client)).is_some_and(|failure| {
        failure.time.elapsed() < INTERVAL && (failure.reader_was_discovered || !discovered)
    })
}

fn record_failure(client: Gid, reader_was_discovered: bool) {
    let failure = Failure {
        time: Instant::now(),
        reader_was_discovered,
    };
    let mut failures = lock(&FAILURES);
    failures.retain(|_, failure| failure.time.elapsed() < INTERVAL);
    failures.insert(client, failure);
}

thread_local! {
    /// The responses of this thread that were not sent; `None` on a thread that does not send later.
    static NOT_SENT: RefCell<Option<NotSent>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct NotSent {
    responses: Vec<Response>,
    /// The type of the responses on a receiving thread, if it is known. Such a thread must not query the
    /// graph: that locks the node, as a thread that creates an entity on it does while it waits for this one.
    message_type: Option<Option<Arc<str>>>,
}

/// Logs that a response was dropped.
pub fn warn() {
    log_warn!(
        env!("CARGO_PKG_NAME"),
        "A client cannot receive the response to its request; the response is dropped"
    );
}

/// A response that waits for the reader of its client.
struct Response {
    service: *const c_void,
    request: RequestId,
    message: MessageCopy,
    since: Instant,
}

// SAFETY: The service is not accessed, but compared with those of the executor.
unsafe impl Send for Response {}

/// What is done with a response.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    Wait,
    Send,
    Drop,
}

/// The responses of one wait set that wait for the readers of their clients.
#[derive(Default)]
pub struct LateResponses {
    responses: Vec<Response>,
    last_poll: Option<Instant>,
}

impl LateResponses {
    /// Lets responses that are sent on this thread wait, until the guard is dropped.
    pub fn accept() -> AcceptGuard {
        AcceptGuard(NOT_SENT.replace(Some(NotSent::default())))
    }

    /// The same on a receiving thread, for responses of this type.
    pub fn accept_on_receiving_thread(message_type: Option<Arc<str>>) -> AcceptGuard {
        AcceptGuard(NOT_SENT.replace(Some(NotSent {
            message_type: Some(message_type),
            ..NotSent::default()
        })))
    }

    /// Takes over those that were not sent on this thread. Returns whether there were too many.
    #[must_use]
    pub fn collect(&mut self) -> bool {
        let not_sent = NOT_SENT.with_borrow_mut(|not_sent| {
            let not_sent = not_sent.as_mut();
            not_sent.map(|not_sent| mem::take(&mut not_sent.responses))
        });
        let not_sent = not_sent.unwrap_or_default();
        let free = CAPACITY.saturating_sub(self.responses.len());
        let too_many = not_sent.len() > free;
        self.responses.extend(not_sent.into_iter().take(free));
        too_many
    }

    /// How long until the next poll, while there are responses.
    pub fn remaining(&self) -> Option<Duration> {
        let elapsed = self.last_poll.map_or(PERIOD, |time| time.elapsed());
        (!self.responses.is_empty()).then(|| PERIOD.saturating_sub(elapsed))
    }

    /// Sends those whose reader was discovered, with what `find` returns for the address of the service,
    /// and drops those that no client will receive.
    pub fn send<'a>(&mut self, find: impl Fn(*const c_void) -> Option<RclPrimitiveHandle<'a>>) {
        let mut services: HashMap<_, Vec<_>> = HashMap::new();
        for response in mem::take(&mut self.responses) {
            services.entry(response.service).or_default().push(response);
        }
        for (service, responses) in services {
            // A service that was dropped sends no more. The guard keeps this one.
            let Some(_guard) = find(service) else {
                continue;
            };
            let endpoints = ServiceEndpoints::of(&name_of(service));
            for response in responses {
                match response.next(&endpoints) {
                    Next::Wait => self.responses.push(response),
                    Next::Drop => warn(),
                    Next::Send => match response.send() {
                        OK => {}
                        TIMEOUT => self.responses.push(response),
                        _ => warn(),
                    },
                }
            }
        }
        self.last_poll = Some(Instant::now());
    }
}

/// Ends what [`LateResponses::accept`] begins. A callback that spins another executor has its own.
pub struct AcceptGuard(Option<NotSent>);

impl Drop for AcceptGuard {
    fn drop(&mut self) {
        NOT_SENT.set(self.0.take());
    }
}

impl Response {
    /// What to do with it, as long as its service is locked.
    fn next(&self, endpoints: &ServiceEndpoints) -> Next {
        // SAFETY: The quality of service is valid for as long as the service.
        let qos = unsafe { rcl_service_response_publisher_get_actual_qos(self.service).as_ref() };
        match (endpoints.discovery(&self.request.client), qos) {
            _ if self.since.elapsed() > LONGEST => Next::Drop,
            (Discovery::InPart, _) => Next::Wait,
            (Discovery::Complete(reader), Some(writer)) if are_compatible(writer, reader) => {
                if has_just_failed(&self.request.client, true) {
                    Next::Wait
                } else {
                    Next::Send
                }
            }
            _ => Next::Drop,
        }
    }

    /// Sends it, as long as its service is locked. The middleware lists a reader up to 0.4 s before it
    /// sends to it (seen on Kilted), so that this may time out once more.
    fn send(&self) -> c_int {
        let mut request = self.request;
        // SAFETY: The message is of the type of the responses of the service.
        let send =
            |send: SendResponse| unsafe { send(self.service, &mut request, self.message.message) };
        let code = SEND_RESPONSE.get().map_or(ERROR, send);
        if code != OK {
            record_failure(self.request.client, true);
            reset_error();
        }
        code
    }
}

// SAFETY: The type is that of the header.
static SEND_RESPONSE: ByName<SendResponse> = unsafe { ByName::new(c"rcl_send_response") };

/// Does what `rcl_send_response` does, as described above.
///
/// # Safety
///
/// That of `rcl_send_response`.
#[no_mangle]
unsafe extern "C" fn __wrap_rcl_send_response(
    service: *const c_void,
    request: *mut RequestId,
    message: *mut c_void,
) -> c_int {
    let Some(send) = SEND_RESPONSE.get() else {
        return ERROR;
    };
    // SAFETY: rclrs passes the header that it has received from rcl.
    let id = unsafe { *request };
    let was_tried = has_just_failed(&id.client, false);
    if !was_tried {
        // SAFETY: The promises of the caller are passed on as they are.
        let code = unsafe { send(service, request, message) };
        if code != TIMEOUT {
            return code;
        }
    }
    // SAFETY: rclrs has locked the service, and the message is of the type of its responses.
    let kept = unsafe { keep(service, id, message) };
    if !was_tried {
        record_failure(id.client, kept != Some(Next::Wait));
    }
    if kept.is_none() && !was_tried {
        // rclrs reports that.
        return TIMEOUT;
    }
    reset_error();
    OK
}

/// Keeps a response when its client may receive it later, and returns what to do with it.
///
/// # Safety
///
/// `service` is valid, and the message is of the type of its responses.
unsafe fn keep(service: *const c_void, request: RequestId, message: *const c_void) -> Option<Next> {
    NOT_SENT.with_borrow_mut(|not_sent| {
        let not_sent = not_sent.as_mut()?;
        let response = |message_type: &str| {
            Some(Response {
                service,
                request,
                // SAFETY: Every server of this name has responses of this type, this one among them.
                message: unsafe { MessageCopy::new(message_type, message)? },
                since: Instant::now(),
            })
        };
        if let Some(message_type) = &not_sent.message_type {
            // The thread of the wait set finds out what to do with it.
            let response = response(message_type.as_ref()?)?;
            not_sent.responses.push(response);
            return Some(Next::Wait);
        }
        let endpoints = ServiceEndpoints::of(&name_of(service));
        let response = response(endpoints.response_type()?)?;
        let next = response.next(&endpoints);
        (next != Next::Drop).then(|| {
            not_sent.responses.push(response);
            next
        })
    })
}

/// The type of the responses of a service.
pub fn response_type(service: &RclPrimitiveHandle) -> Option<Arc<str>> {
    let RclPrimitiveHandle::Service(service) = service else {
        return None;
    };
    let service = ptr::from_ref(&**service).cast();
    let endpoints = ServiceEndpoints::of(&name_of(service));
    endpoints.response_type().map(Arc::from)
}

/// The full name of a service, which must be valid.
fn name_of(service: *const c_void) -> String {
    // SAFETY: The name is valid for as long as the service.
    let name = unsafe { CStr::from_ptr(rcl_service_get_service_name(service)) };
    name.to_string_lossy().into_owned()
}
