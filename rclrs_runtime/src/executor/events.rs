// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Which entities have received messages, as the middleware reports it.
//!
//! rmw calls a function of this file on a thread of the middleware for each new request, response or
//! message. It counts them and wakes up the thread that runs the callbacks, unless they are to run at once:
//! `receiving_thread.rs`. Unlike a wait set, which asks every entity after each wait, this costs the same
//! however many entities there are.

use super::receiving_thread::Entities;
use crate::{
    ffi::{self, OK},
    lock,
};
use rclrs::{GuardCondition, RclPrimitiveHandle};
use std::{
    collections::{HashMap, VecDeque},
    ffi::c_void,
    mem, ptr,
    sync::{Arc, LazyLock, Mutex, MutexGuard, TryLockError},
};

/// Identifies an entity; the address of its primitive.
pub type Key = usize;

/// The messages that wait to be taken by one thread, in the order in which entities received them.
pub struct EventQueue {
    state: Mutex<State>,
    entities: Mutex<Entities>,
    guard_condition: Arc<GuardCondition>,
}

#[derive(Default)]
struct State {
    /// Each entity once, with the number of its messages.
    messages: VecDeque<(Key, usize)>,
    /// Whether the thread waits, or is about to, and whether the last wait was ended by an event.
    waits: bool,
    has_woken: bool,
}

impl EventQueue {
    pub fn new(guard_condition: Arc<GuardCondition>, entities: Entities) -> Self {
        Self {
            state: Mutex::default(),
            entities: Mutex::new(entities),
            guard_condition,
        }
    }

    /// The entities that report to this queue, for the thread that runs their callbacks.
    pub fn entities(&self) -> MutexGuard<'_, Entities> {
        lock(&self.entities)
    }

    /// Ends the wait of the thread, or else its next one.
    pub fn wake(&self) {
        // Fails only for a guard condition that rclrs does not own.
        let _ = self.guard_condition.trigger();
    }

    /// Runs the callback for messages of an entity at once, on this thread of the middleware, if that is
    /// asked for and possible. Returns how many messages are left.
    fn run_at_once(&self, key: Key, count: usize) -> usize {
        // Locked while the other thread runs callbacks: no two run at the same time.
        let mut entities = match self.entities.try_lock() {
            Ok(entities) => entities,
            Err(TryLockError::Poisoned(error)) => error.into_inner(),
            Err(TryLockError::WouldBlock) => return count,
        };
        let left = entities.run_at_once(key, count);
        if entities.needs_other_thread() {
            self.wake();
        }
        left
    }

    /// Adds messages of an entity, and ends the wait of the thread.
    pub fn push(&self, key: Key, count: usize) {
        let mut state = lock(&self.state);
        match state.messages.iter_mut().find(|(other, _)| *other == key) {
            Some((_, messages)) => *messages += count,
            None => state.messages.push_back((key, count)),
        }
        if mem::take(&mut state.waits) {
            state.has_woken = true;
            drop(state);
            self.wake();
        }
    }

    pub fn pop(&self) -> Option<(Key, usize)> {
        lock(&self.state).messages.pop_front()
    }

    /// How many entities have messages.
    pub fn len(&self) -> usize {
        lock(&self.state).messages.len()
    }

    /// Whether there is no message, so that the thread may wait: the next message will end that.
    pub fn begin_wait(&self) -> bool {
        let mut state = lock(&self.state);
        state.has_woken = false;
        state.waits = state.messages.is_empty();
        state.waits
    }

    pub fn end_wait(&self) {
        lock(&self.state).waits = false;
    }

    /// Whether an event has ended the current wait, or the last one.
    pub fn has_woken(&self) -> bool {
        lock(&self.state).has_woken
    }
}

/// The queue of each entity that reports events.
///
/// rmw keeps what it is given for as long as the entity exists, which may be longer than the wait set of
/// an executor: a task may hold the entity. So rmw is given no pointer, but a key of this table.
static QUEUES: LazyLock<Mutex<HashMap<Key, Arc<EventQueue>>>> = LazyLock::new(Mutex::default);

/// Lets an entity report its messages to `queue`, those included that it has already. Returns whether it
/// does: timers, guard conditions and actions do not.
pub fn report(handle: &RclPrimitiveHandle, key: Key, queue: &Arc<EventQueue>) -> bool {
    let (set_callback, entity): (ffi::SetEventCallback, *const c_void) = match handle {
        RclPrimitiveHandle::Service(service) => (
            ffi::rcl_service_set_on_new_request_callback,
            ptr::from_ref(&**service).cast(),
        ),
        RclPrimitiveHandle::Client(client) => (
            ffi::rcl_client_set_on_new_response_callback,
            ptr::from_ref(&**client).cast(),
        ),
        RclPrimitiveHandle::Subscription(subscription) => (
            ffi::rcl_subscription_set_on_new_message_callback,
            ptr::from_ref(&**subscription).cast(),
        ),
        _ => return false,
    };
    lock(&QUEUES).insert(key, Arc::clone(queue));
    // rmw_fastrtps reports what has arrived, and then begins to listen. What arrives in between is
    // reported by the second call.
    let set = |callback| {
        // SAFETY: The entity is locked; the callback does not take the key for a pointer.
        let code = unsafe { set_callback(entity, callback, key as *const c_void) };
        code == OK
    };
    let is_set = (0..2).all(|_| set(Some(on_messages)));
    // Not when a message has come without a number, as below.
    let reports = is_set && lock(&QUEUES).contains_key(&key);
    if !reports {
        set(None);
        ffi::reset_error();
        forget(key, queue);
    }
    reports
}

/// Drops what an entity of `queue` reports from now on.
pub fn forget(key: Key, queue: &Arc<EventQueue>) {
    let mut queues = lock(&QUEUES);
    // The primitive may no longer exist, and its address belong to one of another queue.
    if (queues.get(&key)).is_some_and(|other| Arc::ptr_eq(other, queue)) {
        queues.remove(&key);
    }
}

/// Called by rmw, on a thread that holds locks of the middleware.
extern "C" fn on_messages(key: *const c_void, count: usize) {
    let key = key as Key;
    // Not locked any more when the callback runs.
    let queue = lock(&QUEUES).get(&key).cloned();
    let Some(queue) = queue else {
        return;
    };
    if count == 0 {
        // rmw_cyclonedds does not say how many messages of a subscription with "keep all" have arrived
        // before (ros2/rmw_cyclonedds#509). It is waited for in rcl instead.
        forget(key, &queue);
        return;
    }
    match queue.run_at_once(key, count) {
        0 => {}
        left => queue.push(key, left),
    }
}
