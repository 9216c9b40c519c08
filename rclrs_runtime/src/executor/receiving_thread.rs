// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Callbacks on the thread of the middleware that receives a message: run to completion, without a
//! change of thread.
//!
//! While the thread of a wait set is blocked in rcl, it lends what reports events to the threads that
//! receive. One of them runs the callbacks of the services for which a program has asked that, and
//! continues its sequences of calls. Everything else is handed over to the thread of the wait set: messages
//! that arrive while a callback runs, what takes too long, errors and panics.
//!
//! A thread of the middleware holds locks when it runs a callback: with rmw_fastrtps those of the
//! receiver, the reader and the listener (`MessageReceiver::mtx_`, the mutex of `StatefulReader`,
//! `on_new_request_m_`). To create or delete an endpoint there waits for them for ever. So a callback has
//! to be `Copy`: it cannot hold a node, a client or anything else that is counted.

pub use super::events::EventQueue;

use super::{
    events::Key,
    undeliverable_responses::{self, LateResponses},
};
use crate::{lock, Error};
use futures_channel::oneshot;
use rclrs::{
    log_warn, Client, Node, Promise, RclPrimitive, RclPrimitiveHandle, RclPrimitiveKind,
    RclrsError, ReadyKind, ServiceIDL, ServiceOptions, ToLogParams, Worker, WorkerService,
};
use std::{
    any::Any,
    cell::{Cell, RefCell},
    collections::HashMap,
    ffi::c_void,
    mem,
    panic::{self, AssertUnwindSafe},
    ptr,
    sync::{Arc, Mutex, Weak},
    thread,
    time::{Duration, Instant},
};

/// After a callback has taken longer than this, others run on the thread of the wait set for a while.
const LONGEST_CALLBACK: Duration = Duration::from_millis(10);

/// For how long.
const PAUSE: Duration = Duration::from_secs(1);

/// The numbers of the callbacks that run on receiving threads of this process, and how many have been started.
static RUNNING: Mutex<(Vec<usize>, usize)> = Mutex::new((Vec::new(), 0));

thread_local! {
    /// Whether this thread runs callbacks now, as a receiving thread.
    static IS_RUNNING: Cell<bool> = const { Cell::new(false) };
}

/// The number of the callback that has been running on a receiving thread for longest.
pub fn running_callback() -> Option<usize> {
    lock(&RUNNING).0.first().copied()
}

/// While this exists, the callback counts as running.
struct Running(usize);

impl Running {
    fn start() -> Self {
        let mut running = lock(&RUNNING);
        running.1 += 1;
        let number = running.1;
        running.0.push(number);
        Self(number)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        lock(&RUNNING).0.retain(|number| *number != self.0);
    }
}

/// A service that runs its callback on the thread that receives the request; see
/// [`create_service_on_receiving_thread`]. It exists until this is dropped.
pub struct ReceivingThreadService<T: ServiceIDL> {
    _service: WorkerService<T, ReceivingThread>,
    _worker: Worker<ReceivingThread>,
}

/// The payload of a worker whose services run on the receiving thread.
pub struct ReceivingThread;

/// Creates a service that runs its callback on the thread of the middleware that receives the request
/// ("run to completion"), with no change of thread between network and callback.
///
/// For callbacks that compute, for microseconds: meanwhile, this thread receives nothing else, for no
/// entity of the process. A callback
///
/// * is `Copy`, so that it cannot hold a node, a client, a publisher or an `Arc`: to create or drop one of
///   these there would block the process for ever. State is in a `static`, such as an atomic or a `Mutex`;
/// * may panic: the panic goes on in the thread that called `spin`, as in other services;
/// * must not log with rclrs: its macros lock a mutex that a thread which creates or drops an entity holds
///   while it waits for this thread;
/// * must not block. After one that has taken longer than 10 ms, which is logged once, requests are
///   handed to a thread of their own for a second, as in a service of a worker. One that does not return
///   stops the reception of the process, and with Fast DDS a [`Runtime`](crate::Runtime) then exits within
///   12 s, with [`Error::BlockedCallback`].
///
/// With an executor other than that of [`CreateSingleThreadedExecutor`](crate::CreateSingleThreadedExecutor), the
/// service is one of a worker.
///
/// ```no_run
/// # fn example(node: rclrs::Node) -> Result<(), rclrs_runtime::Error> {
/// use rclrs::IntoPrimitiveOptions;
/// use rclrs_runtime::{create_service_on_receiving_thread, SERVICE_QUEUE_DEPTH};
/// use ros_env::example_interfaces::srv::{AddTwoInts, AddTwoInts_Request, AddTwoInts_Response};
///
/// let _service = create_service_on_receiving_thread::<AddTwoInts>(
///     &node,
///     "add_two_ints".keep_last(SERVICE_QUEUE_DEPTH),
///     |request: AddTwoInts_Request| AddTwoInts_Response {
///         sum: request.a.wrapping_add(request.b),
///     },
/// )?;
/// # Ok(())
/// # }
/// ```
///
/// The compiler refuses a callback that holds a node:
///
/// ```compile_fail,E0277
/// # use rclrs_runtime::{create_service_on_receiving_thread, ReceivingThreadService, Error};
/// # use ros_env::rcl_interfaces::srv::{ListParameters, ListParameters_Response};
/// # fn example(node: rclrs::Node) -> Result<ReceivingThreadService<ListParameters>, Error> {
/// let own = std::sync::Arc::clone(&node);
/// create_service_on_receiving_thread::<ListParameters>(&node, "parameters", move |_| {
///     let _ = own.create_client::<ListParameters>("other");
///     ListParameters_Response::default()
/// })
/// # }
/// ```
///
/// # Errors
///
/// [`Error::Rcl`] when rcl refuses the service.
pub fn create_service_on_receiving_thread<'a, T: ServiceIDL>(
    node: &Node,
    options: impl Into<ServiceOptions<'a>>,
    callback: impl Fn(T::Request) -> T::Response + Copy + Send + 'static,
) -> Result<ReceivingThreadService<T>, Error> {
    let worker = node.create_worker(ReceivingThread);
    let service =
        worker.create_service::<T, _>(options, move |request: T::Request| callback(request))?;
    Ok(ReceivingThreadService {
        _service: service,
        _worker: worker,
    })
}

/// What reports events to one queue, and what is done with it.
#[derive(Default)]
pub struct Entities {
    pub primitives: HashMap<Key, Primitive>,
    /// Whether services run on the receiving thread.
    runs_services: bool,
    /// Whether the thread of the wait set is blocked, so that receiving threads run callbacks.
    pub is_lent: bool,
    /// Until when callbacks do not run on the receiving thread.
    paused_until: Option<Instant>,
    pub sequences: Vec<Sequence>,
    pub late_responses: LateResponses,
    /// The type of the responses of each service, for a receiving thread, which must not ask for it.
    response_types: HashMap<Key, Arc<str>>,
    /// What a receiving thread leaves to be logged. It must not log: rclrs locks a mutex for that, which a
    /// thread that creates or drops an entity holds while it waits for this one.
    long_callback: Option<Duration>,
    has_undeliverable: bool,
    /// The first error, or panic, of a callback on a receiving thread.
    pub failure: Option<thread::Result<Result<(), RclrsError>>>,
}

impl Entities {
    pub fn new(runs_services: bool) -> Self {
        Self {
            runs_services,
            ..Self::default()
        }
    }

    /// To be called before a wait, on the thread of the wait set.
    pub fn prepare(&mut self) {
        self.has_undeliverable |= self.late_responses.collect();
        if let Some(duration) = self.long_callback.take() {
            log_warn!(
                env!("CARGO_PKG_NAME").once(),
                "A callback has kept a receiving thread for {} ms; those of the next second run on another thread",
                duration.as_millis()
            );
        }
        if mem::take(&mut self.has_undeliverable) {
            undeliverable_responses::warn();
        }
        // Here, because this may drop the last reference to a client.
        self.sequences.retain_mut(|sequence| sequence());
    }

    /// To be called when `primitives` has changed, on the thread of the wait set.
    pub fn update_response_types(&mut self) {
        let mut before = mem::take(&mut self.response_types);
        if self.runs_services {
            let types = self.primitives.iter().filter_map(|(key, primitive)| {
                let query = || undeliverable_responses::response_type(&primitive.handle());
                Some((*key, before.remove(key).or_else(query)?))
            });
            self.response_types = types.collect();
        }
    }

    pub fn add_sequence(&mut self, mut sequence: Sequence) {
        sequence();
        self.sequences.push(sequence);
    }

    /// Whether there is something that a receiving thread leaves to that of the wait set.
    pub fn needs_other_thread(&self) -> bool {
        self.failure.is_some()
            || self.has_undeliverable
            || self.long_callback.is_some()
            || self.late_responses.remaining().is_some()
    }

    /// Runs the callback for up to `count` messages of an entity, if it is lent and the callback is one for
    /// the receiving thread, which calls this. Returns how many messages are left.
    pub fn run_at_once(&mut self, key: Key, mut count: usize) -> usize {
        // A callback may send a message to an entity of this process, which the middleware delivers within
        // that call: this thread has locked the entity that it sends from, and the callback would lock it again.
        if !self.is_lent || self.failure.is_some() || IS_RUNNING.get() {
            return count;
        }
        if let Some(time) = self.paused_until {
            if Instant::now() < time {
                return count;
            }
            self.paused_until = None;
        }
        let Some(primitive) = self.primitives.get_mut(&key) else {
            return count;
        };
        let runs = match primitive.kind() {
            RclPrimitiveKind::Service => self.runs_services,
            // A client runs no code of the user, but that of a sequence.
            RclPrimitiveKind::Client => !self.sequences.is_empty(),
            _ => false,
        };
        if !runs {
            return count;
        }
        let _late_responses =
            LateResponses::accept_on_receiving_thread(self.response_types.get(&key).cloned());
        IS_RUNNING.set(true);
        while count > 0 && self.failure.is_none() && self.paused_until.is_none() {
            count -= 1;
            let running = Running::start();
            let started = Instant::now();
            let ran = run(primitive, ReadyKind::Basic, &mut ReceivingThread);
            drop(running);
            if is_undeliverable(primitive.kind(), &ran) {
                self.has_undeliverable = true;
            } else if !matches!(ran, Ok(Ok(()))) {
                self.failure = Some(ran);
            } else if let Err(panic) = proceed(&mut self.sequences) {
                self.failure = Some(Err(panic));
            }
            if self.failure.is_none() && started.elapsed() > LONGEST_CALLBACK {
                self.paused_until = Some(Instant::now() + PAUSE);
                self.long_callback = Some(started.elapsed());
            }
        }
        IS_RUNNING.set(false);
        self.has_undeliverable |= self.late_responses.collect();
        count
    }

    /// Sends responses to late clients, when it is time.
    pub fn send_late_responses(&mut self) {
        if self.late_responses.remaining() != Some(Duration::ZERO) {
            return;
        }
        let primitives = &self.primitives;
        self.late_responses.send(|service| {
            let mut handles = primitives.values().map(Primitive::handle);
            handles.find(|handle| match handle {
                RclPrimitiveHandle::Service(handle) => {
                    ptr::from_ref(&**handle).cast::<c_void>() == service
                }
                _ => false,
            })
        });
    }
}

/// A primitive that `all` owns, in a box of its own. It stays there until `all` removes it, which is
/// followed by a new list.
pub struct Primitive(*mut dyn RclPrimitive);

// SAFETY: Every primitive is `Send` and `Sync`.
unsafe impl Send for Primitive {}
// SAFETY: As above.
unsafe impl Sync for Primitive {}

impl Primitive {
    pub fn new(primitive: &mut dyn RclPrimitive) -> Self {
        let pointer: *mut (dyn RclPrimitive + '_) = primitive;
        // SAFETY: Only the lifetime changes: what a waitable owns borrows nothing.
        Self(unsafe {
            mem::transmute::<*mut (dyn RclPrimitive + '_), *mut dyn RclPrimitive>(pointer)
        })
    }
}

impl RclPrimitive for Primitive {
    unsafe fn execute(
        &mut self,
        ready: ReadyKind,
        payload: &mut dyn Any,
    ) -> Result<(), RclrsError> {
        // SAFETY: See above; `all` is not in use meanwhile. The caller vouches for the payload.
        unsafe { (*self.0).execute(ready, payload) }
    }

    fn kind(&self) -> RclPrimitiveKind {
        // SAFETY: As above.
        unsafe { (*self.0).kind() }
    }

    fn handle(&self) -> RclPrimitiveHandle<'_> {
        // SAFETY: As above.
        unsafe { (*self.0).handle() }
    }
}

/// Runs the callback of a primitive, on the thread of the wait set, and continues the sequences.
pub fn execute(
    primitive: &mut dyn RclPrimitive,
    ready: ReadyKind,
    payload: &mut dyn Any,
    sequences: &mut [Sequence],
) -> thread::Result<Result<(), RclrsError>> {
    let mut ran = run(primitive, ready, payload);
    if is_undeliverable(primitive.kind(), &ran) {
        undeliverable_responses::warn();
        ran = Ok(Ok(()));
    }
    let continued = proceed(sequences);
    ran.and_then(|ran| continued.map(|()| ran))
}

fn run(
    primitive: &mut dyn RclPrimitive,
    ready: ReadyKind,
    payload: &mut dyn Any,
) -> thread::Result<Result<(), RclrsError>> {
    // SAFETY: It came through the channel of this worker, so that its payload is of the type that
    // this worker was created with.
    let run = || unsafe { primitive.execute(ready, payload) };
    panic::catch_unwind(AssertUnwindSafe(run))
}

/// Whether a response was dropped because its client cannot receive it.
fn is_undeliverable(kind: RclPrimitiveKind, ran: &thread::Result<Result<(), RclrsError>>) -> bool {
    kind == RclPrimitiveKind::Service && matches!(ran, Ok(Err(error)) if error.is_timeout())
}

/// Calls that follow one another, each made as soon as the response to the last one has arrived. The
/// function makes the next call if the response has arrived, and returns whether the sequence goes on.
pub type Sequence = Box<dyn FnMut() -> bool + Send>;

/// Continues the sequences whose response has arrived.
fn proceed(sequences: &mut [Sequence]) -> thread::Result<()> {
    panic::catch_unwind(AssertUnwindSafe(|| {
        for sequence in sequences {
            sequence();
        }
    }))
}

/// The calls of one client that follow `response`; the second value resolves at their end.
pub fn call_sequence<T: ServiceIDL>(
    client: &Client<T>,
    mut response: Promise<T::Response>,
    mut next: impl FnMut(T::Response) -> Option<T::Request> + Send + 'static,
) -> (Sequence, Promise<Result<(), RclrsError>>) {
    let client = Arc::clone(client);
    let (sender, result) = oneshot::channel();
    // `None` after the end.
    let mut sender = Some(sender);
    let proceed = move || {
        while (sender.as_ref()).is_some_and(|sender| !sender.is_canceled()) {
            // Broken only when the client was dropped, which this refers to.
            let Ok(Some(received)) = response.try_recv() else {
                return true;
            };
            let end = match next(received).map(|request| client.call(request)) {
                None => Ok(()),
                Some(Err(error)) => Err(error),
                Some(Ok(promise)) => {
                    response = promise;
                    continue;
                }
            };
            if let Some(sender) = sender.take() {
                // Fails when the caller has dropped its future.
                let _ = sender.send(end);
            }
        }
        false
    };
    (Box::new(proceed), result)
}

thread_local! {
    /// The queue of what this thread has created last.
    static LAST_QUEUE: RefCell<Option<Weak<EventQueue>>> = const { RefCell::new(None) };
}

/// Records where something that is created on this thread reports its events.
pub fn record_queue(queue: &Weak<EventQueue>) {
    LAST_QUEUE.set(Some(Weak::clone(queue)));
}

/// Creates one entity, and returns the queue it reports to; `None` with another executor.
pub fn with_queue<T>(create: impl FnOnce() -> T) -> (T, Option<Weak<EventQueue>>) {
    LAST_QUEUE.take();
    let created = create();
    (created, LAST_QUEUE.take())
}
