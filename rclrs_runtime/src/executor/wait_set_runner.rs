// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A wait set, and what is needed to run the callbacks of what is in it.

use super::{lock, undeliverable_responses};
use crate::fast_dds::event_threads::run_timers_after_senders;
use futures_channel::mpsc::{unbounded, UnboundedReceiver, UnboundedSender};
use rclrs::{
    ActivityListenerCallback, ExecutorWorkerOptions, GuardCondition, PayloadTask, RclPrimitiveKind,
    RclrsError, WaitSet, Waitable, WeakActivityListener,
};
use std::{
    any::Any,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// The least time between two runs of the callbacks of guard conditions.
///
/// They report a change of the graph. rclrs 0.8 takes everything in a wait set for ready after each
/// wait, so that each reply to a client would report one as well, and its node would query the graph. A
/// wait that the executor itself has ended reports none: the query would end the next wait. When the
/// graph changes at that very moment, its listeners are notified after their period, which rclrs asks
/// them for because rcl may report a change too early.
const GRAPH_INTERVAL: Duration = Duration::from_millis(50);

/// The longest wait that rcl is asked for; its own limit is 292 years.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// A wait set with the payload that its callbacks share.
pub struct WaitSetRunner {
    wait_set: WaitSet,
    payload: Box<dyn Any + Send>,
    pub guard_condition: Arc<GuardCondition>,
    waitables: UnboundedReceiver<Waitable>,
    payload_tasks: UnboundedReceiver<PayloadTask>,
    activity_listeners: Arc<Mutex<Vec<WeakActivityListener>>>,
    /// When the callbacks of guard conditions ran last, and whether they are due again.
    graph_checked: Option<Instant>,
    graph_is_due: bool,
}

/// Where new work for a [`WaitSetRunner`] is put.
pub struct WaitSetQueues {
    pub waitables: UnboundedSender<Waitable>,
    pub payload_tasks: UnboundedSender<PayloadTask>,
    pub activity_listeners: Arc<Mutex<Vec<WeakActivityListener>>>,
}

impl WaitSetRunner {
    pub fn new(options: ExecutorWorkerOptions) -> (Self, WaitSetQueues) {
        let (waitable_sender, waitables) = unbounded();
        let (payload_task_sender, payload_tasks) = unbounded();
        let activity_listeners = Arc::default();
        let queues = WaitSetQueues {
            waitables: waitable_sender,
            payload_tasks: payload_task_sender,
            activity_listeners: Arc::clone(&activity_listeners),
        };
        let runner = Self {
            wait_set: WaitSet::new(&options.context).expect("rcl creates a wait set"),
            payload: options.payload,
            guard_condition: options.guard_condition,
            waitables,
            payload_tasks,
            activity_listeners,
            graph_checked: None,
            graph_is_due: false,
        };
        (runner, queues)
    }

    /// Waits until something is ready, but not longer than until `wait_until`, and runs the
    /// callbacks. Returns whether there was anything to run. `was_woken` tells after the wait whether
    /// the executor has ended it.
    ///
    /// `WaitSetRunner` of rclrs 0.8 is made for this, but a callback that returns an error, or
    /// panics, leaves its wait set half filled: the next wait in it reads a null pointer.
    pub fn wait_and_run(
        &mut self,
        wait_until: Option<Instant>,
        was_woken: impl Fn() -> bool,
    ) -> Result<bool, RclrsError> {
        self.add_new_waitables()?;
        // Tasks that these add are for the next time, so that they cannot keep the others waiting.
        let tasks: Vec<_> = std::iter::from_fn(|| self.payload_tasks.try_recv().ok()).collect();
        let mut worked = !tasks.is_empty();
        for task in tasks {
            task(&mut *self.payload);
        }
        let timeout = if worked {
            Duration::ZERO
        } else {
            self.timeout(wait_until)
        };

        let mut result = Ok(Ok(()));
        let Self {
            wait_set,
            payload,
            graph_checked,
            graph_is_due,
            ..
        } = self;
        let mut runs_graph = None;
        let waiting = wait_set.wait(Some(timeout), |ready, primitive| {
            let kind = primitive.kind();
            // Before the first callback, which may wake tasks itself.
            let runs = *runs_graph.get_or_insert_with(|| {
                *graph_is_due |= !was_woken();
                *graph_is_due
                    && graph_checked.is_none_or(|checked| checked.elapsed() >= GRAPH_INTERVAL)
            });
            if kind == RclPrimitiveKind::GuardCondition && !runs {
                return Ok(());
            }
            worked |= kind != RclPrimitiveKind::GuardCondition;
            // SAFETY: What is in this wait set came through the channel of this worker, so that
            // its payload is of the type that this worker was created with.
            let run = || unsafe { primitive.execute(ready, &mut **payload) };
            let ran = match panic::catch_unwind(AssertUnwindSafe(run)) {
                Ok(Err(error)) if kind == RclPrimitiveKind::Service && error.is_timeout() => {
                    undeliverable_responses::warn();
                    Ok(Ok(()))
                }
                ran => ran,
            };
            // The first failure is kept until the wait set is complete again.
            if matches!(result, Ok(Ok(()))) {
                result = ran;
            }
            Ok(())
        });
        if runs_graph == Some(true) {
            *graph_is_due = false;
            *graph_checked = Some(Instant::now());
        }
        match result {
            Ok(result) => result?,
            Err(panic) => panic::resume_unwind(panic),
        }
        match waiting {
            Err(error) if !error.is_timeout() => return Err(error),
            _ => {}
        }
        if worked {
            self.notify_listeners();
        }
        Ok(worked)
    }

    fn add_new_waitables(&mut self) -> Result<(), RclrsError> {
        let new: Vec<_> = std::iter::from_fn(|| self.waitables.try_recv().ok()).collect();
        if !new.is_empty() {
            self.wait_set.add(new)?;
            // A new waitable may belong to a new participant, which has new threads.
            run_timers_after_senders();
        }
        Ok(())
    }

    /// How long the next wait may take.
    fn timeout(&mut self, wait_until: Option<Instant>) -> Duration {
        let left = wait_until.map_or(LONGEST_WAIT, |time| {
            time.saturating_duration_since(Instant::now())
        });
        let left = left.min(LONGEST_WAIT);
        if !self.graph_is_due {
            return left;
        }
        let interval = self.graph_checked.map_or(Duration::ZERO, |checked| {
            GRAPH_INTERVAL.saturating_sub(checked.elapsed())
        });
        if interval.is_zero() {
            // A wait that times out runs no callback, so that it must not time out.
            let _ = self.guard_condition.trigger();
        }
        left.min(interval)
    }

    /// Tells those who listen to the activity of this worker that its payload may have changed.
    fn notify_listeners(&mut self) {
        // Neither list nor listener is locked during a call, in which a listener may add another
        // one or replace itself.
        let listeners: Vec<_> = lock(&self.activity_listeners)
            .drain(..)
            .filter_map(|listener| listener.upgrade())
            .collect();
        for listener in &listeners {
            let callback = lock(listener).take();
            if let Some(ActivityListenerCallback::Listen(mut listen)) = callback {
                listen(&mut *self.payload);
                lock(listener).get_or_insert(ActivityListenerCallback::Listen(listen));
            }
        }
        lock(&self.activity_listeners).extend(listeners.iter().map(Arc::downgrade));
    }
}
