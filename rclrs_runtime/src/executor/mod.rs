// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! An executor that runs nodes on the thread that calls `spin`, and starts no thread for it.
//!
//! An executor has two kinds of work. **Callbacks** run when a message, a request or a response has
//! arrived, which the middleware reports as an event, or when a timer, a guard condition or an action
//! is ready, which the wait set of rcl blocks for. **Tasks** are futures: those given to
//! [`ExecutorCommands::run`](rclrs::ExecutorCommands::run), and in rclrs also each callback of a service or
//! subscription that was created on a node. The basic executor of rclrs hands every request and every
//! response from one thread to another (`docs/upstream.md`, 10). Here one thread does both, as `rclpy.spin`
//! and the `SingleThreadedExecutor` of rclcpp do:
//!
//! ```text
//! spin:  ┌─> poll the tasks that are ready ──> wait in rcl ──> run the callbacks ─┐
//!        └────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! While this thread is blocked in rcl, no event and no waker of a future reaches it. So both, the
//! latter by `SpinWaker`, trigger a guard condition of the wait set, which ends the wait. An idle
//! executor uses no CPU time.
//!
//! # Workers
//!
//! The payload of a worker may be in use for long while the rest of the node goes on, which takes
//! a thread. So each [worker](rclrs::Worker) has one of its own, from its creation until the worker and all
//! that was created on it were dropped; between spins it is blocked, and ends in the next one. What is created
//! on a node itself, not on a worker, runs on the thread that calls `spin`.

mod events;
pub mod receiving_thread;
mod undeliverable_responses;
mod wait_set_runner;
mod worker_thread;

use crate::lock;
use async_executor::Executor as Tasks;
use futures_channel::mpsc::{unbounded, UnboundedReceiver, UnboundedSender};
use futures_lite::{future, stream, FutureExt, StreamExt};
use rclrs::{
    Context, Executor, ExecutorChannel, ExecutorRuntime, ExecutorWorkerOptions, GuardCondition,
    PayloadTask, RclReturnCode, RclrsError, SpinConditions, Waitable, WeakActivityListener,
    WorkerChannel,
};
use std::{
    future::Future,
    panic::{self, AssertUnwindSafe},
    pin::{pin, Pin},
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc, Mutex, Weak,
    },
    task::{self, Wake, Waker},
    thread::{self, ThreadId},
    time::Instant,
};
use undeliverable_responses::LateResponses;
use wait_set_runner::{WaitSetQueues, WaitSetRunner};
use worker_thread::WorkerThread;

/// How often tasks are polled at the end of a spin: more than the requests that wait in a queue.
const TASKS_AT_THE_END: u32 = 20_000;

/// Lets a [`Context`] create the executor of this library, beside the basic one of rclrs.
///
/// ```no_run
/// # fn main() -> anyhow::Result<()> {
/// use rclrs::{Context, RclrsErrorFilter, SpinOptions};
/// use rclrs_runtime::CreateSingleThreadedExecutor;
///
/// let mut executor = Context::default_from_env()?.create_single_threaded_executor();
/// let node = executor.create_node("talker")?;
/// executor.spin(SpinOptions::default()).first_error()?;
/// # Ok(())
/// # }
/// ```
pub trait CreateSingleThreadedExecutor {
    /// Creates an executor that runs nodes on the thread that calls `spin`.
    ///
    /// It takes the [`SpinOptions`](rclrs::SpinOptions) of the basic one, with these differences:
    ///
    /// * `spin_once` does the work that there is, tasks included, and waits only if there was none.
    ///   It does not wait for every worker to have had work.
    /// * The first error of any callback ends the spin, which returns it. The next spin goes on
    ///   where this one ended. A response that its client cannot receive is no error: it is dropped
    ///   with a warning, as in rclcpp (by a service of a node, with an error in the log), and so are the
    ///   responses to that client for a second; one that comes too early for its client is kept only if
    ///   [`create_node`](crate::create_node) has created a node.
    /// * A panic in a task or a callback goes on in the thread that called `spin`. The worker whose callback has
    ///   panicked runs no more.
    /// * A spin that [`halt_spinning`](rclrs::ExecutorCommands::halt_spinning) ends waits for up to seven seconds
    ///   for clients that have sent a request and were not discovered in full yet.
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

/// The part of an [`Executor`] that spins. It owns all that the executor runs: dropping it drops the
/// tasks and ends the threads of the workers, even while nodes are still referenced.
#[derive(Default)]
struct SingleThreadedRuntime {
    shared: Arc<Shared>,
}

/// What the runtime shares with those who add work to it.
#[derive(Default)]
struct Shared {
    tasks: Tasks<'static>,
    /// The wait set of everything that is created on a node itself.
    nodes: Mutex<Option<WaitSetRunner>>,
    workers: Mutex<Workers>,
}

#[derive(Default)]
struct Workers {
    threads: Vec<WorkerThread>,
    /// What wakes up the wait set of the nodes, once there is one.
    nodes: Option<Weak<GuardCondition>>,
    /// The current spin: a worker that is created now takes part in it.
    spin: Option<Spin>,
}

/// What a wait set has to know of the spin that it takes part in.
#[derive(Clone)]
struct Spin {
    once: bool,
    context: Context,
    halt: Arc<AtomicBool>,
    /// Set before `halt` when a spin ends for another reason than a call of `halt_spinning`.
    ends_otherwise: Arc<AtomicBool>,
    results: UnboundedSender<SpinResult>,
}

/// How a worker, or a task, ended its part of a spin.
type SpinResult = thread::Result<Result<(), RclrsError>>;

impl ExecutorRuntime for SingleThreadedRuntime {
    fn channel(&self) -> Arc<dyn ExecutorChannel> {
        // A strong reference would be a cycle: wait set, callbacks, nodes, this channel.
        Arc::new(Channel(Arc::downgrade(&self.shared)))
    }

    fn spin(&mut self, mut conditions: SpinConditions) -> Vec<RclrsError> {
        let until = conditions.options.until_promise_resolved.take();
        let once = conditions.options.only_next_available_work;
        // A timeout too long for the clock is none.
        let stop_time =
            (conditions.options.timeout).and_then(|timeout| Instant::now().checked_add(timeout));

        let mut nodes = lock(&self.shared.nodes);
        let nodes = (nodes.as_mut()).expect("an executor creates its first wait set at the start");
        let spin_waker = Arc::new(SpinWaker {
            guard_condition: Arc::clone(&nodes.guard_condition),
            notified: AtomicBool::new(false),
            spinning: thread::current().id(),
        });
        let waker = Waker::from(Arc::clone(&spin_waker));
        let _late_responses = LateResponses::accept();
        let mut guard = SpinGuard::start(&self.shared, conditions);

        let mut results: Vec<SpinResult> = Vec::new();
        {
            let from_others = &mut guard.results;
            // Without a result when the promise is kept or broken; without a promise, never.
            let resolved = async {
                match until {
                    Some(promise) => drop(promise.await),
                    None => future::pending().await,
                }
                None
            };
            let end = resolved.or(from_others.next());
            // All tasks in one future, which is ready when something ends the spin.
            let mut tasks = pin!(self.shared.tasks.run(end));
            let mut worked = once && self.shared.tasks.try_tick();
            loop {
                spin_waker.notified.store(false, Ordering::SeqCst);
                let mut context = task::Context::from_waker(&waker);
                if let task::Poll::Ready(end) = tasks.as_mut().poll(&mut context) {
                    results.extend(end);
                    break;
                }
                if !results.is_empty() || (once && worked) || guard.spin.is_halted() {
                    break;
                }
                // While tasks have more to do, the wait set has its turn, but does not block.
                let was_woken = || spin_waker.notified.load(Ordering::SeqCst);
                let wait_until = if was_woken() {
                    Some(Instant::now())
                } else {
                    stop_time
                };
                match nodes.wait_and_run(wait_until, was_woken, || guard.spin.is_halted()) {
                    Ok(ran) => worked |= ran || was_woken(),
                    Err(error) => results.push(Ok(Err(error))),
                }
                if stop_time.is_some_and(|time| time <= Instant::now()) && !(once && worked) {
                    results.push(Ok(Err(timeout())));
                }
            }
        }
        // A request that was taken out of its queue also gets its response. Tasks that go on for ever do not
        // keep the spin from its end. With `once`, they were polled after the wait.
        let polls = if once { 0 } else { TASKS_AT_THE_END };
        for _ in 0..polls {
            if !self.shared.tasks.try_tick() {
                break;
            }
        }
        let was_halted = !once && guard.spin.is_halted();
        (guard.spin.ends_otherwise).store(!was_halted, Ordering::Release);
        nodes.finish_responses(was_halted);
        results.extend(guard.stop());

        let mut errors = Vec::new();
        for result in results {
            match result {
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
        // The thread that polls this future must not block in rcl, so that this spin does need a
        // thread of its own.
        Box::pin(blocking::unblock(move || {
            let errors = self.spin(conditions);
            (self as Box<dyn ExecutorRuntime>, errors)
        }))
    }
}

/// The waker of all tasks: ends the wait of the spinning thread in rcl.
struct SpinWaker {
    guard_condition: Arc<GuardCondition>,
    /// Whether a task was woken since the tasks were last polled.
    notified: AtomicBool,
    spinning: ThreadId,
}

impl Wake for SpinWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // The first wake does it for all. The spinning thread itself is not blocked, and reads
        // `notified` before it blocks; when a callback of the wait set wakes a task, it polls the
        // tasks next anyway. A guard condition that is triggered while no thread waits ends the next
        // wait at once, so that no wake is lost in between.
        if !self.notified.swap(true, Ordering::SeqCst) && thread::current().id() != self.spinning {
            // Fails only for a guard condition that rclrs does not own.
            let _ = self.guard_condition.trigger();
        }
    }
}

impl Spin {
    fn is_halted(&self) -> bool {
        self.halt.load(Ordering::Acquire) || !self.context.ok()
    }
}

/// The current spin, which the workers take part in until this is stopped or dropped.
struct SpinGuard<'a> {
    shared: &'a Shared,
    spin: Spin,
    results: UnboundedReceiver<SpinResult>,
}

impl<'a> SpinGuard<'a> {
    fn start(shared: &'a Shared, conditions: SpinConditions) -> Self {
        let (sender, results) = unbounded();
        let spin = Spin {
            once: conditions.options.only_next_available_work,
            context: conditions.context,
            halt: conditions.halt_spinning,
            ends_otherwise: Arc::default(),
            results: sender,
        };
        let mut workers = lock(&shared.workers);
        workers.threads.retain(WorkerThread::is_alive);
        for worker in &workers.threads {
            worker.join_spin(&spin);
        }
        workers.spin = Some(spin.clone());
        Self {
            shared,
            spin,
            results,
        }
    }

    /// Halts the workers, waits for them, and returns their results.
    fn stop(&mut self) -> Vec<SpinResult> {
        // Set before the workers are woken up, so that they read it when they are. rclrs resets it
        // before the next spin.
        self.spin.halt.store(true, Ordering::Release);
        let mut workers = lock(&self.shared.workers);
        workers.spin = None;
        for worker in &workers.threads {
            wake(&worker.guard_condition);
        }
        drop(workers);
        // With the last sender, the stream of results ends.
        self.spin.results = unbounded().0;
        stream::block_on(&mut self.results).collect()
    }
}

impl Drop for SpinGuard<'_> {
    fn drop(&mut self) {
        // Also when a callback has panicked: no worker runs while its executor does not spin.
        self.spin.ends_otherwise.store(true, Ordering::Release);
        self.stop();
    }
}

impl Shared {
    /// Registers a new wait set: the first is that of the nodes, each other one that of a worker.
    fn register(&self, runner: WaitSetRunner, stopped: Arc<AtomicBool>) {
        let mut workers = lock(&self.workers);
        if workers.nodes.is_none() {
            workers.nodes = Some(Arc::downgrade(&runner.guard_condition));
            *lock(&self.nodes) = Some(runner);
            return;
        }
        let worker = WorkerThread::start(runner, stopped);
        if let Some(spin) = &workers.spin {
            worker.join_spin(spin);
        }
        workers.threads.retain(WorkerThread::is_alive);
        workers.threads.push(worker);
    }

    fn wake_all(&self) {
        let workers = lock(&self.workers);
        let threads = workers.threads.iter().map(|worker| &worker.guard_condition);
        workers.nodes.iter().chain(threads).for_each(wake);
    }

    /// Ends the current spin with a result.
    fn end_spin(&self, result: SpinResult) {
        if let Some(spin) = &lock(&self.workers).spin {
            let _ = spin.results.unbounded_send(result);
        }
    }
}

impl Drop for SingleThreadedRuntime {
    fn drop(&mut self) {
        let threads = std::mem::take(&mut lock(&self.shared.workers).threads);
        threads.into_iter().for_each(WorkerThread::join);
        // Not dropped under the lock, because callbacks may hold the last reference to a worker.
        let nodes = lock(&self.shared.nodes).take();
        drop(nodes);
        // The tasks end with the last reference to what is shared, which is this one.
    }
}

/// How nodes reach the executor, which may have been dropped.
struct Channel(Weak<Shared>);

impl ExecutorChannel for Channel {
    fn create_worker(&self, options: ExecutorWorkerOptions) -> Arc<dyn WorkerChannel> {
        let guard_condition = Arc::downgrade(&options.guard_condition);
        let (runner, queues) = WaitSetRunner::new(options);
        let stopped = Arc::new(AtomicBool::new(false));
        if let Some(shared) = self.0.upgrade() {
            shared.register(runner, Arc::clone(&stopped));
        }
        Arc::new(WaitSetChannel {
            shared: Weak::clone(&self.0),
            queues,
            guard_condition,
            stopped,
        })
    }

    fn wake_all_wait_sets(&self) {
        if let Some(shared) = self.0.upgrade() {
            shared.wake_all();
        }
    }
}

/// How what is created on a node, or on a worker, reaches its wait set.
struct WaitSetChannel {
    shared: Weak<Shared>,
    queues: WaitSetQueues,
    guard_condition: Weak<GuardCondition>,
    stopped: Arc<AtomicBool>,
}

impl WorkerChannel for WaitSetChannel {
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

    // Sending fails after the executor was dropped, when there is nothing left to do. rclrs itself
    // wakes the wait set up after each of these.

    fn add_to_wait_set(&self, new_entity: Waitable) {
        receiving_thread::record_queue(&self.queues.events);
        let _ = self.queues.waitables.unbounded_send(new_entity);
    }

    fn send_payload_task(&self, task: PayloadTask) {
        let _ = self.queues.payload_tasks.unbounded_send(task);
    }

    fn add_activity_listener(&self, listener: WeakActivityListener) {
        lock(&self.queues.activity_listeners).push(listener);
    }
}

impl Drop for WaitSetChannel {
    fn drop(&mut self) {
        // The worker was dropped, and all that was created on it but timers.
        self.stopped.store(true, Ordering::Release);
        wake(&self.guard_condition);
    }
}

/// Ends the wait of the wait set that this guard condition is in, or else its next one.
fn wake(guard_condition: &Weak<GuardCondition>) {
    if let Some(guard_condition) = guard_condition.upgrade() {
        // Fails only for a guard condition that rclrs does not own.
        let _ = guard_condition.trigger();
    }
}

fn timeout() -> RclrsError {
    RclrsError::RclError {
        code: RclReturnCode::Timeout,
        msg: None,
    }
}
