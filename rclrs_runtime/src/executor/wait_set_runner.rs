// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Waits for what is created on a node, or on a worker, and runs its callbacks.
//!
//! Services, clients and subscriptions report their messages as events. Timers, guard conditions and
//! actions are waited for in rcl, together with a guard condition that an event triggers.
//!
//! rclrs 0.8 gives access to what it creates only through its `WaitSet`, which owns it: after a wait that
//! has ended with something ready, it shows all primitives, but for actions, of which it shows those that
//! are ready. So there are two wait sets. `all` owns everything and serves to list it. `waited` refers
//! to what reports no events; this is the one to wait in. With an action that was not listed, `all` is
//! waited in.

use super::{
    events::{self, EventQueue, Key},
    receiving_thread::{execute, Entities, Primitive, ReceivingThread},
};
use crate::{fast_dds::event_threads::run_timers_after_senders, lock, process::exit};
use futures_channel::mpsc::{unbounded, UnboundedReceiver, UnboundedSender};
use rclrs::{
    ActivityListenerCallback, ExecutorWorkerOptions, GuardCondition, PayloadTask, RclPrimitive,
    RclPrimitiveKind, RclrsError, ReadyKind, WaitSet, Waitable, WaitableCount, WaitableLifecycle,
    WeakActivityListener,
};
use std::{
    any::Any,
    collections::HashSet,
    mem, panic, ptr,
    sync::{Arc, Mutex, MutexGuard, Weak},
    thread,
    time::{Duration, Instant},
};

/// The least time between two runs of the callbacks of guard conditions, and between two searches for
/// what was dropped.
///
/// Guard conditions report a change of the graph. rclrs 0.8 takes everything in a wait set for ready after
/// each wait, so that each timer would report one as well, and its node would query the graph. A wait that
/// a task or an event has ended reports none: the query would end the next wait. When the graph changes
/// at that very moment, its listeners are notified after their period, which rclrs asks them for because
/// rcl may report a change too early.
const INTERVAL: Duration = Duration::from_millis(50);

/// The longest wait that rcl is asked for; its own limit is 292 years.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the end of a spin waits for the readers of clients: an announcement is repeated after three
/// seconds, and again.
const LATE_RESPONSES_TIMEOUT: Duration = Duration::from_secs(7);

/// How many messages of one entity are taken before the others have their turn.
const BATCH: usize = 64;

/// A wait set with the payload that its callbacks share.
pub struct WaitSetRunner {
    // Before what it refers to.
    waited: WaitSet,
    lifecycles: Vec<WaitableLifecycle>,
    /// The subscriptions in `waited`. They stay there: their messages so far are reported by no event.
    waited_subscriptions: HashSet<Key>,
    queue: Arc<EventQueue>,
    all: WaitSet,
    /// What is in `all`, whether that was listed since it has changed, and whether the list is complete.
    count: WaitableCount,
    is_listed: bool,
    is_complete: bool,
    payload: Box<dyn Any + Send>,
    pub guard_condition: Arc<GuardCondition>,
    waitables: UnboundedReceiver<Waitable>,
    payload_tasks: UnboundedReceiver<PayloadTask>,
    activity_listeners: Arc<Mutex<Vec<WeakActivityListener>>>,
    graph: Check,
    dropped: Check,
    /// How many references to the guard condition there were at the last search for what was dropped.
    references: usize,
}

/// What is done from time to time.
#[derive(Default)]
struct Check {
    last: Option<Instant>,
    is_due: bool,
}

impl Check {
    /// How long it must not be done yet.
    fn remaining(&self) -> Duration {
        (self.last).map_or(Duration::ZERO, |last| {
            INTERVAL.saturating_sub(last.elapsed())
        })
    }

    fn is_ready(&self) -> bool {
        self.is_due && self.remaining().is_zero()
    }

    fn done(&mut self) {
        self.is_due = false;
        self.last = Some(Instant::now());
    }
}

/// Where new work for a [`WaitSetRunner`] is put.
pub struct WaitSetQueues {
    pub events: Weak<EventQueue>,
    pub waitables: UnboundedSender<Waitable>,
    pub payload_tasks: UnboundedSender<PayloadTask>,
    pub activity_listeners: Arc<Mutex<Vec<WeakActivityListener>>>,
}

impl WaitSetRunner {
    pub fn new(options: ExecutorWorkerOptions) -> (Self, WaitSetQueues) {
        let (waitable_sender, waitables) = unbounded();
        let (payload_task_sender, payload_tasks) = unbounded();
        let activity_listeners = Arc::default();
        let entities = Entities::new(options.payload.is::<ReceivingThread>());
        let queue = Arc::new(EventQueue::new(
            Arc::clone(&options.guard_condition),
            entities,
        ));
        let queues = WaitSetQueues {
            events: Arc::downgrade(&queue),
            waitables: waitable_sender,
            payload_tasks: payload_task_sender,
            activity_listeners: Arc::clone(&activity_listeners),
        };
        let wait_set = || WaitSet::new(&options.context).expect("rcl creates a wait set");
        let runner = Self {
            waited: wait_set(),
            lifecycles: Vec::new(),
            waited_subscriptions: HashSet::new(),
            queue,
            all: wait_set(),
            count: WaitableCount::new(),
            is_listed: true,
            is_complete: true,
            payload: options.payload,
            guard_condition: options.guard_condition,
            waitables,
            payload_tasks,
            activity_listeners,
            graph: Check::default(),
            dropped: Check::default(),
            references: 0,
        };
        (runner, queues)
    }

    /// Waits until something is ready, but not longer than until `wait_until`, and runs the
    /// callbacks. Returns whether there was anything to run. `was_woken` tells after the wait whether
    /// the executor has ended it, `is_halted` whether the spin is to end: a callback may have halted it.
    ///
    /// `WaitSetRunner` of rclrs 0.8 is made for this, but a callback that returns an error, or
    /// panics, leaves its wait set half filled: the next wait in it reads a null pointer.
    pub fn wait_and_run(
        &mut self,
        wait_until: Option<Instant>,
        was_woken: impl Fn() -> bool,
        is_halted: impl Fn() -> bool,
    ) -> Result<bool, RclrsError> {
        // The list consumes the trigger of the guard condition, which may have meant a halt.
        let may_block = self.is_listed && !self.add_new_waitables()?;
        if !may_block {
            self.list()?;
        }
        // Tasks that these add are for the next time, so that they cannot keep the others waiting.
        let tasks: Vec<_> = std::iter::from_fn(|| self.payload_tasks.try_recv().ok()).collect();
        let mut worked = !tasks.is_empty();
        for task in tasks {
            task(&mut *self.payload);
        }
        self.queue.entities().prepare();
        let timeout = if self.queue.begin_wait() && may_block && !worked {
            self.timeout(wait_until)
        } else {
            Duration::ZERO
        };
        worked |= self.wait(timeout, was_woken)?;
        if self.references_changed() || !self.is_listed {
            self.remove_dropped()?;
        }
        let mut entities = self.queue.entities();
        entities.send_late_responses();
        // What has failed on a thread of the middleware ends the spin here.
        let failure = entities.failure.take().unwrap_or(Ok(Ok(())));
        drop(entities);
        failure.unwrap_or_else(|panic| panic::resume_unwind(panic))?;
        worked |= self.run_events(is_halted)?;
        if self.dropped.is_ready() {
            self.remove_dropped()?;
        }
        if worked {
            self.notify_listeners();
        }
        Ok(worked)
    }

    /// Whether there is nothing to wait for but its own guard condition.
    pub fn is_empty(&self) -> bool {
        self.all.count() == count_of(RclPrimitiveKind::GuardCondition)
    }

    /// Takes over the responses that wait for their client, at the end of a spin, and sends them if the spin
    /// was halted, by something else than a signal.
    pub fn finish_responses(&mut self, was_halted: bool) {
        let start = Instant::now();
        let mut entities = self.queue.entities();
        entities.prepare();
        // Without the list, a service may have been dropped.
        if !was_halted || !self.is_listed {
            return;
        }
        while let Some(remaining) = entities.late_responses.remaining() {
            if start.elapsed() > LATE_RESPONSES_TIMEOUT || exit::is_signaled() {
                break;
            }
            thread::sleep(remaining);
            entities.send_late_responses();
        }
    }

    fn add_new_waitables(&mut self) -> Result<bool, RclrsError> {
        let new: Vec<_> = std::iter::from_fn(|| self.waitables.try_recv().ok()).collect();
        if new.is_empty() {
            return Ok(false);
        }
        self.is_listed = false;
        self.all.add(new)?;
        // A new waitable may belong to a new participant, which has new threads.
        run_timers_after_senders();
        Ok(true)
    }

    /// Finds out what is in `all`, and how it will be waited for.
    fn list(&mut self) -> Result<(), RclrsError> {
        self.waited.clear();
        self.lifecycles.clear();
        let stay = mem::take(&mut self.waited_subscriptions);
        let Self {
            lifecycles,
            waited_subscriptions,
            queue,
            ..
        } = self;
        let mut entities = queue.entities();
        let mut before = mem::take(&mut entities.primitives);
        let mut count = WaitableCount::new();
        let mut waited = Vec::new();
        // A wait that times out shows nothing.
        self.guard_condition.trigger()?;
        self.references = Arc::strong_count(&self.guard_condition);
        self.all.wait(Some(Duration::ZERO), |_, primitive| {
            count += count_of(primitive.kind());
            let key = key_of(primitive);
            let reports = before.remove(&key).is_some()
                || (!stay.contains(&key) && events::report(&primitive.handle(), key, queue));
            if reports {
                entities.primitives.insert(key, Primitive::new(primitive));
            } else {
                if primitive.kind() == RclPrimitiveKind::Subscription {
                    waited_subscriptions.insert(key);
                }
                let (waitable, lifecycle) =
                    Waitable::new(Box::new(Primitive::new(primitive)), None);
                waited.push(waitable);
                lifecycles.push(lifecycle);
            }
            Ok(())
        })?;
        entities.update_response_types();
        drop(entities);
        (before.keys()).for_each(|key| events::forget(*key, queue));
        self.waited.add(waited)?;
        self.count = self.all.count();
        self.is_complete = self.count == count;
        self.is_listed = true;
        // Guard conditions may have been triggered.
        self.graph.is_due = true;
        Ok(())
    }

    /// Waits in rcl, and runs the callbacks of what is ready there.
    fn wait(
        &mut self,
        timeout: Duration,
        was_woken: impl Fn() -> bool,
    ) -> Result<bool, RclrsError> {
        let Self {
            queue,
            payload,
            graph,
            dropped,
            ..
        } = self;
        let queue: &EventQueue = queue;
        // A wait in `all` drops what its owner has dropped, which must not be in use meanwhile.
        if !timeout.is_zero() && self.is_complete {
            queue.entities().is_lent = true;
        }
        let mut entities: Option<MutexGuard<Entities>> = None;
        let mut worked = false;
        let mut result = Ok(Ok(()));
        let mut runs_graph = None;
        let run = |ready, primitive: &mut dyn RclPrimitive| {
            let entities = entities.get_or_insert_with(|| take_back(queue));
            // Before the first callback, which may wake tasks itself.
            let runs = *runs_graph.get_or_insert_with(|| {
                graph.is_due |= !was_woken() && !queue.has_woken();
                dropped.is_due = true;
                graph.is_ready()
            });
            let kind = primitive.kind();
            if (kind == RclPrimitiveKind::GuardCondition && !runs)
                || entities.primitives.contains_key(&key_of(primitive))
            {
                return Ok(());
            }
            worked |= kind != RclPrimitiveKind::GuardCondition;
            let ran = execute(primitive, ready, &mut **payload, &mut entities.sequences);
            // The first failure is kept until the wait set is complete again.
            if matches!(result, Ok(Ok(()))) {
                result = ran;
            }
            Ok(())
        };
        let wait_set = if self.is_complete {
            &mut self.waited
        } else {
            &mut self.all
        };
        let waiting = wait_set.wait(Some(timeout), run);
        drop(entities.unwrap_or_else(|| take_back(queue)));
        queue.end_wait();
        if !self.is_complete {
            self.is_listed = self.all.count() == self.count;
        }
        if runs_graph == Some(true) {
            self.graph.done();
        }
        result.unwrap_or_else(|panic| panic::resume_unwind(panic))?;
        match waiting {
            Err(error) if !error.is_timeout() => Err(error),
            _ => Ok(worked),
        }
    }

    /// Drops what the owner of a service, a client or the like has dropped.
    ///
    /// rclrs then triggers the guard condition, which an event may have done as well, and drops a
    /// reference to it. On the same thread, that shows at once: no callback runs after its owner was dropped.
    fn remove_dropped(&mut self) -> Result<(), RclrsError> {
        self.references = Arc::strong_count(&self.guard_condition);
        match self.all.wait(Some(Duration::ZERO), |_, _| Ok(())) {
            // This may have consumed the trigger of a guard condition.
            Ok(()) => self.graph.is_due = true,
            Err(error) if error.is_timeout() => {}
            Err(error) => {
                // Something may have been dropped all the same.
                self.is_listed = false;
                return Err(error);
            }
        }
        self.dropped.done();
        if self.all.count() != self.count {
            self.is_listed = false;
            self.list()?;
        }
        Ok(())
    }

    fn references_changed(&self) -> bool {
        self.references != Arc::strong_count(&self.guard_condition)
    }

    /// Takes the messages that were reported, and runs their callbacks.
    fn run_events(&mut self, is_halted: impl Fn() -> bool) -> Result<bool, RclrsError> {
        let mut worked = false;
        // Entities that receive messages meanwhile are for the next time.
        for _ in 0..self.queue.len() {
            let Some((key, mut count)) = self.queue.pop() else {
                break;
            };
            let mut ran = Ok(Ok(()));
            for _ in 0..count.min(BATCH) {
                if self.references_changed() || !matches!(ran, Ok(Ok(()))) || is_halted() {
                    break;
                }
                let entities = &mut *self.queue.entities();
                let Some(entity) = entities.primitives.get_mut(&key) else {
                    count = 0;
                    break;
                };
                let sequences = &mut entities.sequences;
                ran = execute(entity, ReadyKind::Basic, &mut *self.payload, sequences);
                count -= 1;
                worked = true;
            }
            if count > 0 {
                self.queue.push(key, count);
            }
            ran.unwrap_or_else(|panic| panic::resume_unwind(panic))?;
        }
        Ok(worked)
    }

    /// How long the next wait may take.
    fn timeout(&mut self, wait_until: Option<Instant>) -> Duration {
        let mut timeout = wait_until.map_or(LONGEST_WAIT, |time| {
            time.saturating_duration_since(Instant::now())
        });
        if self.graph.is_due {
            let remaining = self.graph.remaining();
            if remaining.is_zero() {
                // A wait that times out runs no callback, so that it must not time out.
                let _ = self.guard_condition.trigger();
            }
            timeout = timeout.min(remaining);
        }
        if self.dropped.is_due {
            timeout = timeout.min(self.dropped.remaining());
        }
        if let Some(remaining) = self.queue.entities().late_responses.remaining() {
            timeout = timeout.min(remaining);
        }
        timeout.min(LONGEST_WAIT)
    }

    /// Tells those who listen to the activity of this worker that its payload may have changed.
    fn notify_listeners(&mut self) {
        // Neither list nor listener is locked during a call, in which a listener may add another
        // one or replace itself.
        let listeners: Vec<_> = {
            let mut listeners = lock(&self.activity_listeners);
            listeners.retain(|listener| listener.strong_count() > 0);
            listeners.iter().filter_map(Weak::upgrade).collect()
        };
        for listener in &listeners {
            let callback = lock(listener).take();
            if let Some(ActivityListenerCallback::Listen(mut listen)) = callback {
                listen(&mut *self.payload);
                lock(listener).get_or_insert(ActivityListenerCallback::Listen(listen));
            }
        }
    }
}

fn key_of(primitive: &dyn RclPrimitive) -> Key {
    ptr::from_ref(primitive).cast::<()>() as Key
}

/// How rclrs counts a primitive of this kind; an action has several.
fn count_of(kind: RclPrimitiveKind) -> WaitableCount {
    let mut count = WaitableCount::new();
    match kind {
        RclPrimitiveKind::Subscription => count.subscriptions = 1,
        RclPrimitiveKind::GuardCondition => count.guard_conditions = 1,
        RclPrimitiveKind::Timer => count.timers = 1,
        RclPrimitiveKind::Client => count.clients = 1,
        RclPrimitiveKind::Service => count.services = 1,
        RclPrimitiveKind::Event => count.events = 1,
        // Not listed.
        RclPrimitiveKind::ActionServer | RclPrimitiveKind::ActionClient => {}
    }
    count
}

/// Ends that threads of the middleware run callbacks, after the one that may be running.
fn take_back(queue: &EventQueue) -> MutexGuard<'_, Entities> {
    let mut entities = queue.entities();
    entities.is_lent = false;
    entities
}

impl Drop for WaitSetRunner {
    fn drop(&mut self) {
        // `all` owns them.
        let primitives = mem::take(&mut self.queue.entities().primitives);
        (primitives.keys()).for_each(|key| events::forget(*key, &self.queue));
    }
}
