// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! An executor that runs nodes on the thread that calls `spin`, and starts no thread for it.
//!
//! An executor has two kinds of work. The **wait set** of rcl sleeps until a message, a request, a
//! reply, a timer or a guard condition is ready, and then runs what belongs to it. **Tasks** are
//! futures: those given to [`ExecutorCommands::run`](rclrs::ExecutorCommands::run), and in rclrs
//! also each callback of a service or subscription that was made on a node. The basic executor of
//! rclrs runs tasks on the thread that calls `spin` and starts another thread for the wait set,
//! anew in each spin, so that every request and every reply is handed from one thread to another:
//! about 20 µs each time, where a whole call takes about 100.
//!
//! Here one thread does both, as `rclpy.spin` and the `SingleThreadedExecutor` of rclcpp do:
//!
//! ```text
//! spin:  ┌─> poll the tasks that are ready ──> wait in rcl ──> run what is ready ─┐
//!        └────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! The one difficulty is that this thread sleeps in rcl, where no waker of a future reaches it. So
//! the waker of this executor, `Alarm`, triggers a guard condition of the wait set, which ends
//! the sleep. Nothing is ever polled in the hope that something has happened: an idle executor
//! uses no CPU time at all.
//!
//! # Workers
//!
//! The payload of a worker may be in use for long while the rest of the node goes on, which takes
//! a thread. So each [worker](rclrs::Worker) has one of its own, from its creation until it is
//! dropped; between spins it sleeps. What is created on a node itself, not on a worker, runs on
//! the thread that calls `spin`.
//!
//! # In your own package
//!
//! This file, `readiness.rs` and `timer_thread.rs` need nothing else of this package but
//! `rcl::Original`. Copy them, with the dependencies `async-executor`, `blocking`, `futures-channel`
//! and `futures-lite`, which are in the tree of rclrs already, and `libc`.

use crate::{readiness::is_ready, timer_thread};
use async_executor::Executor as Tasks;
use futures_channel::mpsc::{unbounded, UnboundedReceiver, UnboundedSender};
use futures_lite::{future, stream, FutureExt, StreamExt};
use rclrs::{
    ActivityListenerCallback, Context, Executor, ExecutorChannel, ExecutorRuntime,
    ExecutorWorkerOptions, GuardCondition, PayloadTask, Promise, RclPrimitiveKind, RclReturnCode,
    RclrsError, SpinConditions, WaitSet, Waitable, WeakActivityListener, WorkerChannel,
};
use std::{
    any::Any,
    future::Future,
    panic::{self, AssertUnwindSafe},
    pin::{pin, Pin},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc, Arc, Mutex, MutexGuard, PoisonError, Weak,
    },
    task::{self, Wake, Waker},
    thread::{self, JoinHandle, ThreadId},
    time::{Duration, Instant},
};

/// Lets a [`Context`] create this executor, beside the basic one of rclrs.
pub trait CreateSingleThreadedExecutor {
    /// Creates an executor that runs nodes on the thread that calls `spin`.
    ///
    /// It takes the [`SpinOptions`](rclrs::SpinOptions) of the basic one, with these differences:
    ///
    /// * `spin_once` does what is there to do, tasks included, and waits only if there was nothing.
    ///   It does not wait for every worker to have had something to do.
    /// * The first error of any callback ends the spin, which returns it. The next spin takes up
    ///   where this one ended.
    /// * A panic in a task or a callback goes on in the thread that called `spin`.
    ///
    /// Like that of the basic executor, a spin whose timeout passes returns an error with
    /// [`RclReturnCode::Timeout`].
    fn create_single_threaded_executor(&self) -> Executor;
}

impl CreateSingleThreadedExecutor for Context {
    fn create_single_threaded_executor(&self) -> Executor {
        self.create_executor(SingleThreadedRuntime::default())
    }
}

/// The part of an [`Executor`] that spins. It owns all that the executor runs, so that dropping
/// it drops the tasks and ends the threads of the workers, whoever still holds a node.
#[derive(Default)]
struct SingleThreadedRuntime {
    shared: Arc<Shared>,
}

/// What the runtime shares with those who add work to it.
#[derive(Default)]
struct Shared {
    tasks: Tasks<'static>,
    /// The wait set of everything that is created on a node itself.
    nodes: Mutex<Option<Looker>>,
    workers: Mutex<Workers>,
}

#[derive(Default)]
struct Workers {
    threads: Vec<WorkerThread>,
    /// What wakes up the wait set of the nodes, once there is one.
    nodes: Option<Weak<GuardCondition>>,
    /// The spin that is under way: a worker that is created now takes part in it.
    spin: Option<Spin>,
}

/// What a wait set has to know of the spin that it takes part in.
#[derive(Clone)]
struct Spin {
    once: bool,
    context: Context,
    halt: Arc<AtomicBool>,
    outcomes: UnboundedSender<Outcome>,
}

/// How a worker, or a task, came to the end of its part in a spin.
type Outcome = thread::Result<Result<(), RclrsError>>;

impl ExecutorRuntime for SingleThreadedRuntime {
    fn channel(&self) -> Arc<dyn ExecutorChannel> {
        // A strong reference would be a circle: the wait set holds callbacks, callbacks hold
        // nodes, and nodes hold this channel.
        Arc::new(Channel(Arc::downgrade(&self.shared)))
    }

    fn spin(&mut self, mut conditions: SpinConditions) -> Vec<RclrsError> {
        let until = conditions.options.until_promise_resolved.take();
        let once = conditions.options.only_next_available_work;
        // A timeout too long for the clock is none.
        let stop_time =
            (conditions.options.timeout).and_then(|timeout| Instant::now().checked_add(timeout));

        let mut nodes = lock(&self.shared.nodes);
        let nodes = (nodes.as_mut()).expect("an executor makes its first wait set when it is made");
        let alarm = Arc::new(Alarm {
            guard_condition: Arc::clone(&nodes.guard_condition),
            rung: AtomicBool::new(false),
            spinning: thread::current().id(),
        });
        let waker = Waker::from(Arc::clone(&alarm));
        let mut spinning = Spinning::start(&self.shared, conditions);

        let mut ends: Vec<Outcome> = Vec::new();
        {
            let outcomes = &mut spinning.outcomes;
            let end = async { resolved(until).or(outcomes.next()).await };
            // All tasks in one future, which is ready when something ends the spin.
            let mut tasks = pin!(self.shared.tasks.run(end));
            let mut worked = once && self.shared.tasks.try_tick();
            loop {
                alarm.rung.store(false, Ordering::SeqCst);
                let mut context = task::Context::from_waker(&waker);
                if let task::Poll::Ready(end) = tasks.as_mut().poll(&mut context) {
                    ends.extend(end);
                    break;
                }
                // Asked only now that the tasks were polled, so that a request which was taken
                // out of its queue also gets its response.
                if !ends.is_empty() || (once && worked) || spinning.spin.is_halted() {
                    break;
                }
                // Tasks that have more to do let the wait set have its turn, but not sleep.
                let busy = alarm.rung.load(Ordering::SeqCst);
                let wait_until = if busy {
                    Some(Instant::now())
                } else {
                    stop_time
                };
                match nodes.look(wait_until) {
                    Ok(ran) => worked |= ran || alarm.rung.load(Ordering::SeqCst),
                    Err(error) => ends.push(Ok(Err(error))),
                }
                if stop_time.is_some_and(|time| time <= Instant::now()) && !(once && worked) {
                    ends.push(Ok(Err(timeout())));
                }
            }
        }
        ends.extend(spinning.stop());

        let mut errors = Vec::new();
        for end in ends {
            match end {
                Ok(result) => errors.extend(result.err()),
                Err(panic) => panic::resume_unwind(panic),
            }
        }
        errors
    }

    fn spin_async(
        mut self: Box<Self>,
        conditions: SpinConditions,
    ) -> Pin<Box<dyn Future<Output = (Box<dyn ExecutorRuntime>, Vec<RclrsError>)> + Send>> {
        // Whatever polls this future must not be put to sleep in rcl, so that this spin does need
        // a thread of its own.
        Box::pin(blocking::unblock(move || {
            let errors = self.spin(conditions);
            (self as Box<dyn ExecutorRuntime>, errors)
        }))
    }
}

/// Ends without an outcome when the promise is kept or broken; without a promise, never.
async fn resolved(promise: Option<Promise<()>>) -> Option<Outcome> {
    match promise {
        Some(promise) => {
            let _ = promise.await;
            None
        }
        None => future::pending().await,
    }
}

/// The waker of all tasks: gets the spinning thread out of its sleep in rcl.
struct Alarm {
    guard_condition: Arc<GuardCondition>,
    /// Whether it was rung since the tasks were last polled.
    rung: AtomicBool,
    spinning: ThreadId,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // The first to ring does it for all. The spinning thread itself is not asleep, and looks
        // whether it was rung for before it goes to sleep; when a callback of the wait set rings,
        // it polls the tasks next anyway. A guard condition that is triggered while nobody waits
        // ends the next wait at once, so that no alarm gets lost in between.
        if !self.rung.swap(true, Ordering::SeqCst) && thread::current().id() != self.spinning {
            // Fails only for a guard condition that belongs to somebody else.
            let _ = self.guard_condition.trigger();
        }
    }
}

/// A wait set, and all that is needed to run what is in it.
struct Looker {
    wait_set: WaitSet,
    payload: Box<dyn Any + Send>,
    guard_condition: Arc<GuardCondition>,
    waitables: UnboundedReceiver<Waitable>,
    payload_tasks: UnboundedReceiver<PayloadTask>,
    activity_listeners: Arc<Mutex<Vec<WeakActivityListener>>>,
}

impl Looker {
    /// Waits until something is ready, but not longer than until `wait_until`, and runs all that
    /// is ready. Returns whether there was anything to run.
    ///
    /// `WaitSetRunner` of rclrs 0.8 is made for this, but it runs everything at each wait (see
    /// [`readiness`](crate::readiness)), and a callback that returns an error, or panics, leaves
    /// its wait set half filled: the next wait in it reads a null pointer.
    fn look(&mut self, wait_until: Option<Instant>) -> Result<bool, RclrsError> {
        let mut new = Vec::new();
        while let Ok(waitable) = self.waitables.try_recv() {
            new.push(waitable);
        }
        if !new.is_empty() {
            self.wait_set.add(new)?;
            // What is new may have come with a participant, and its threads.
            timer_thread::let_senders_finish();
        }
        let mut worked = false;
        while let Ok(task) = self.payload_tasks.try_recv() {
            task(&mut *self.payload);
            worked = true;
        }

        let timeout = if worked {
            Some(Duration::ZERO)
        } else {
            wait_until.map(|time| time.saturating_duration_since(Instant::now()))
        };
        let mut outcome: Outcome = Ok(Ok(()));
        let payload = &mut self.payload;
        let waiting = self.wait_set.wait(timeout, |ready, primitive| {
            if !is_ready(primitive) {
                return Ok(());
            }
            worked |= primitive.kind() != RclPrimitiveKind::GuardCondition;
            // SAFETY: What is in this wait set came through the channel of this worker, so that
            // its payload is of the type that this worker was created with.
            let run = || unsafe { primitive.execute(ready, &mut **payload) };
            let ran = panic::catch_unwind(AssertUnwindSafe(run));
            // The first failure is kept until the wait set is in order again.
            if matches!(outcome, Ok(Ok(()))) {
                outcome = ran;
            }
            Ok(())
        });
        match outcome {
            Ok(result) => result?,
            Err(panic) => panic::resume_unwind(panic),
        }
        match waiting {
            Ok(()) => {}
            Err(error) if is_timeout(&error) => {}
            Err(error) => return Err(error),
        }
        if worked {
            self.tell_listeners();
        }
        Ok(worked)
    }

    /// Tells those who listen to the activity of this worker that its payload may have changed.
    fn tell_listeners(&mut self) {
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

impl Spin {
    fn is_halted(&self) -> bool {
        self.halt.load(Ordering::Acquire) || !self.context.ok()
    }
}

/// A spin that is under way, which the workers take part in until this is stopped or dropped.
struct Spinning<'a> {
    shared: &'a Shared,
    spin: Spin,
    outcomes: UnboundedReceiver<Outcome>,
}

impl<'a> Spinning<'a> {
    fn start(shared: &'a Shared, conditions: SpinConditions) -> Self {
        let (sender, outcomes) = unbounded();
        let spin = Spin {
            once: conditions.options.only_next_available_work,
            context: conditions.context,
            halt: conditions.halt_spinning,
            outcomes: sender,
        };
        let mut workers = lock(&shared.workers);
        workers.threads.retain(WorkerThread::is_alive);
        for worker in &workers.threads {
            worker.join_in(&spin);
        }
        workers.spin = Some(spin.clone());
        Self {
            shared,
            spin,
            outcomes,
        }
    }

    /// Makes the workers come to an end, waits for them, and returns how they ended.
    fn stop(mut self) -> Vec<Outcome> {
        self.halt();
        stream::block_on(&mut self.outcomes).collect()
    }

    fn halt(&mut self) {
        // Set before the workers are woken up, so that they see it when they are. The executor
        // takes it back before its next spin.
        self.spin.halt.store(true, Ordering::Release);
        let mut workers = lock(&self.shared.workers);
        workers.spin = None;
        for worker in &workers.threads {
            wake(&worker.guard_condition);
        }
        drop(workers);
        // With the last sender, the stream of outcomes ends.
        self.spin.outcomes = unbounded().0;
    }
}

impl Drop for Spinning<'_> {
    fn drop(&mut self) {
        // Also when a callback has panicked: no worker goes on behind the back of its executor.
        self.halt();
        stream::block_on(&mut self.outcomes).for_each(drop);
    }
}

/// The thread of a worker. It ends when this is dropped, or the worker is.
struct WorkerThread {
    spins: mpsc::Sender<Spin>,
    guard_condition: Weak<GuardCondition>,
    thread: JoinHandle<()>,
}

impl WorkerThread {
    fn start(mut looker: Looker, retired: Arc<AtomicBool>) -> Self {
        let (spins, to_join) = mpsc::channel::<Spin>();
        let guard_condition = Arc::downgrade(&looker.guard_condition);
        let work = move || {
            for spin in to_join {
                let look = || loop {
                    if spin.is_halted() || retired.load(Ordering::Acquire) {
                        return Ok(());
                    }
                    if looker.look(None)? && spin.once {
                        return Ok(());
                    }
                };
                let outcome = panic::catch_unwind(AssertUnwindSafe(look));
                let panicked = outcome.is_err();
                if retired.load(Ordering::Acquire) && !panicked {
                    // The others go on with their spin.
                    return;
                }
                // Nobody receives it when the spin is over already.
                let _ = spin.outcomes.unbounded_send(outcome);
                if panicked {
                    return;
                }
            }
        };
        let thread = thread::Builder::new()
            .name("worker".to_owned())
            .spawn(work)
            .expect("a worker needs a thread, and the operating system refused it one");
        Self {
            spins,
            guard_condition,
            thread,
        }
    }

    fn is_alive(&self) -> bool {
        !self.thread.is_finished()
    }

    fn join_in(&self, spin: &Spin) {
        // A thread that has just ended has no part in the spin.
        let _ = self.spins.send(spin.clone());
    }
}

impl Shared {
    /// Takes over a new wait set: the first is that of the nodes, each other one that of a worker.
    fn adopt(&self, looker: Looker, retired: Arc<AtomicBool>) {
        let mut workers = lock(&self.workers);
        if workers.nodes.is_none() {
            workers.nodes = Some(Arc::downgrade(&looker.guard_condition));
            *lock(&self.nodes) = Some(looker);
            return;
        }
        let worker = WorkerThread::start(looker, retired);
        if let Some(spin) = &workers.spin {
            worker.join_in(spin);
        }
        workers.threads.retain(WorkerThread::is_alive);
        workers.threads.push(worker);
    }

    fn wake_all(&self) {
        let workers = lock(&self.workers);
        let threads = workers.threads.iter().map(|worker| &worker.guard_condition);
        workers.nodes.iter().chain(threads).for_each(wake);
    }

    /// Ends the spin that is under way.
    fn end_spin(&self, outcome: Outcome) {
        if let Some(spin) = &lock(&self.workers).spin {
            let _ = spin.outcomes.unbounded_send(outcome);
        }
    }
}

impl Drop for SingleThreadedRuntime {
    fn drop(&mut self) {
        let threads = std::mem::take(&mut lock(&self.shared.workers).threads);
        for WorkerThread { spins, thread, .. } in threads {
            drop(spins);
            // An executor that is dropped by one of its own workers cannot wait for it.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join();
            }
        }
        // Not dropped under the lock, because callbacks may hold the last reference to a worker.
        let nodes = lock(&self.shared.nodes).take();
        drop(nodes);
        // The tasks end with the last reference to what is shared, which is this one.
    }
}

/// How nodes reach the executor; the executor may be gone.
struct Channel(Weak<Shared>);

impl ExecutorChannel for Channel {
    fn create_worker(&self, options: ExecutorWorkerOptions) -> Arc<dyn WorkerChannel> {
        let (waitable_sender, waitables) = unbounded();
        let (payload_task_sender, payload_tasks) = unbounded();
        let looker = Looker {
            wait_set: WaitSet::new(&options.context).expect("rcl makes a wait set"),
            payload: options.payload,
            guard_condition: options.guard_condition,
            waitables,
            payload_tasks,
            activity_listeners: Arc::default(),
        };
        let retired = Arc::new(AtomicBool::new(false));
        let channel = LookerChannel {
            shared: Weak::clone(&self.0),
            waitables: waitable_sender,
            payload_tasks: payload_task_sender,
            activity_listeners: Arc::clone(&looker.activity_listeners),
            guard_condition: Arc::downgrade(&looker.guard_condition),
            retired: Arc::clone(&retired),
        };
        if let Some(shared) = self.0.upgrade() {
            shared.adopt(looker, retired);
        }
        Arc::new(channel)
    }

    fn wake_all_wait_sets(&self) {
        if let Some(shared) = self.0.upgrade() {
            shared.wake_all();
        }
    }
}

/// How that which was created on a node, or on a worker, reaches its wait set.
struct LookerChannel {
    shared: Weak<Shared>,
    waitables: UnboundedSender<Waitable>,
    payload_tasks: UnboundedSender<PayloadTask>,
    activity_listeners: Arc<Mutex<Vec<WeakActivityListener>>>,
    guard_condition: Weak<GuardCondition>,
    retired: Arc<AtomicBool>,
}

impl WorkerChannel for LookerChannel {
    fn add_async_task(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        let Some(shared) = self.shared.upgrade() else {
            return;
        };
        let for_panic = Weak::clone(&self.shared);
        let task = async move {
            if let Err(panic) = AssertUnwindSafe(task).catch_unwind().await {
                if let Some(shared) = for_panic.upgrade() {
                    shared.end_spin(Err(panic));
                }
            }
        };
        shared.tasks.spawn(task).detach();
    }

    // Sending fails when the executor is gone, and with it everything that could be done. rclrs
    // itself wakes the wait set up after each of these.

    fn add_to_wait_set(&self, new_entity: Waitable) {
        let _ = self.waitables.unbounded_send(new_entity);
    }

    fn send_payload_task(&self, task: PayloadTask) {
        let _ = self.payload_tasks.unbounded_send(task);
    }

    fn add_activity_listener(&self, listener: WeakActivityListener) {
        lock(&self.activity_listeners).push(listener);
    }
}

impl Drop for LookerChannel {
    fn drop(&mut self) {
        // Nothing of the worker is left: neither itself nor anything that was created on it.
        self.retired.store(true, Ordering::Release);
        wake(&self.guard_condition);
    }
}

/// Ends the wait of the wait set that this guard condition is in, or else its next one.
fn wake(guard_condition: &Weak<GuardCondition>) {
    if let Some(guard_condition) = guard_condition.upgrade() {
        // Fails only for a guard condition that belongs to somebody else.
        let _ = guard_condition.trigger();
    }
}

/// A panic elsewhere is reported elsewhere, and leaves nothing half-changed under these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_timeout(error: &RclrsError) -> bool {
    let code = RclReturnCode::Timeout;
    matches!(error, RclrsError::RclError { code: found, .. } if *found == code)
}

fn timeout() -> RclrsError {
    RclrsError::RclError {
        code: RclReturnCode::Timeout,
        msg: None,
    }
}
