// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The executor: what its documentation promises.

use futures_channel::{mpsc, oneshot};
use futures_lite::{future, StreamExt};
use rclrs::{
    Client, Context, Executor, IntoNodeOptions, IntoPrimitiveOptions, Node, RclrsError,
    RclrsErrorFilter, SpinOptions, Worker,
};
use rclrs_runtime::{create_node, CreateSingleThreadedExecutor};
use ros_env::example_interfaces::{
    msg::Int64,
    srv::{AddTwoInts, AddTwoInts_Request, AddTwoInts_Response},
};
use std::{
    collections::HashSet,
    future::Future,
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
        mpsc as blocking_mpsc, Arc, Mutex,
    },
    thread,
    time::{Duration, Instant},
};
use test_support::{in_own_process, wait_until, Domain, PATIENCE};

/// A domain, and an executor with one node in it, with a context of their own.
pub fn executor_with_node() -> (Domain, Executor, Node) {
    let domain = Domain::claim();
    let (executor, node) = executor_in(&domain.context(&[]));
    (domain, executor, node)
}

/// One that shares its context with others. With a context of its own it would be another participant, and
/// between two of one process, Fast DDS may deliver nothing: docs/upstream.md, 37.
pub fn executor_in(context: &Context) -> (Executor, Node) {
    // All nodes of this process share one logging system, which needs different names.
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("executor_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let executor = context.create_single_threaded_executor();
    // For /rosout, Cyclone DDS allocates memory for each of the last 1,000 lines of the log, and the test
    // of a client's memory would count that.
    let options = name.as_str().enable_rosout(false);
    let node = create_node(executor.commands(), options).expect("a node");
    (executor, node)
}

/// Spins on this thread until `future` is ready, and returns its output.
pub fn spin_until<T: Send + 'static>(
    executor: &mut Executor,
    future: impl Future<Output = T> + Send + 'static,
) -> T {
    let promise = executor.commands().run(future);
    let (mut output, done) = executor.commands().create_notice(promise);
    let options = SpinOptions::new()
        .until_promise_resolved(done)
        .timeout(PATIENCE);
    executor
        .spin(options)
        .first_error()
        .expect("a spin without errors");
    let output = output.try_recv().expect("a future that ends");
    output.expect("an output when the spin is over")
}

/// Spins on another thread; the function that is returned halts the executor, and waits for the thread.
pub fn spin_on_another_thread(mut executor: Executor) -> impl FnOnce() {
    let commands = Arc::clone(executor.commands());
    let spinning = thread::spawn(move || executor.spin(SpinOptions::default()));
    move || {
        commands.halt_spinning();
        let errors = spinning.join().expect("a thread without panic");
        assert!(errors.is_empty(), "{errors:?}");
    }
}

pub fn add(AddTwoInts_Request { a, b }: AddTwoInts_Request) -> AddTwoInts_Response {
    AddTwoInts_Response { sum: a + b }
}

/// Sends a request at once; the future is the sum.
pub fn call(client: &Client<AddTwoInts>, a: i64) -> impl Future<Output = i64> + Send {
    let response = client
        .call(AddTwoInts_Request { a, b: 1 })
        .expect("a request");
    async {
        let response: AddTwoInts_Response = response.await.expect("a response");
        response.sum
    }
}

/// Spins until something panics, and returns the text of the panic.
pub fn panic_of_spin(executor: &mut Executor) -> &'static str {
    let spin = || executor.spin(SpinOptions::new().timeout(PATIENCE));
    let panic = catch_unwind(AssertUnwindSafe(spin)).expect_err("a panic");
    panic.downcast_ref::<&str>().expect("a text")
}

fn is_timeout(errors: &[RclrsError]) -> bool {
    matches!(errors, [error] if error.is_timeout())
}

fn number_of_threads() -> usize {
    let process = procfs::process::Process::myself().expect("this process");
    process.tasks().expect("its threads").count()
}

#[test]
fn service_client_subscription_timer_and_task_share_the_thread_that_spins() {
    let (_domain, mut executor, node) = executor_with_node();
    let threads = Arc::new(Mutex::new(HashSet::new()));
    let seen = Arc::clone(&threads);
    let note_thread = move || {
        let mut threads = threads.lock().expect("no panic");
        threads.insert(thread::current().id());
    };

    let note = note_thread.clone();
    let _service = node.create_service::<AddTwoInts, _>("sum", move |request| {
        note();
        add(request)
    });
    let client = node.create_client::<AddTwoInts>("sum").expect("a client");
    let note = note_thread.clone();
    let (heard_sender, mut heard) = mpsc::unbounded();
    let _subscription = node.create_subscription("sums".reliable(), move |sum: Int64| {
        note();
        heard_sender.unbounded_send(sum.data).expect("a listener");
    });
    let publisher = node
        .create_publisher::<Int64>("sums".reliable())
        .expect("a publisher");
    let is_matched = || publisher.get_subscription_count() == Ok(1);
    wait_until("a subscription", PATIENCE, is_matched);
    let note = note_thread.clone();
    let (tick_sender, mut ticks) = mpsc::unbounded();
    let _timer = node.create_timer_repeating(Duration::from_millis(5), move || {
        note();
        let _ = tick_sender.unbounded_send(());
    });

    let heard = spin_until(&mut executor, async move {
        note_thread();
        client.notify_on_service_ready().await.expect("a service");
        let data = call(&client, 2).await;
        for _ in 0..3 {
            ticks.next().await.expect("a timer that repeats");
        }
        publisher.publish(Int64 { data }).expect("a message");
        heard.next().await
    });
    assert_eq!(heard, Some(3));
    let seen = seen.lock().expect("no panic");
    assert_eq!(*seen, HashSet::from([thread::current().id()]));
}

#[test]
fn no_wake_up_is_lost_in_100_000_from_another_thread() {
    const WAKES: u32 = 100_000;
    let (_domain, mut executor, _node) = executor_with_node();
    let (ask, asked) = blocking_mpsc::channel::<oneshot::Sender<u32>>();
    // Answers each question after another delay, while the executor blocks or is about to.
    let answering = thread::spawn(move || {
        for (number, answer) in (0_u32..).zip(asked) {
            for _ in 0..(number % 64) * (number % 17) {
                std::hint::spin_loop();
            }
            answer
                .send(number)
                .expect("a task that waits for the answer");
        }
    });
    // After a lost wake-up the task is never polled, and the spin ends with a timeout.
    spin_until(&mut executor, async move {
        for number in 0..WAKES {
            let (sender, answer) = oneshot::channel();
            ask.send(sender).expect("a thread that answers");
            assert_eq!(answer.await, Ok(number));
        }
    });
    answering.join().expect("an answer to each question");
}

#[test]
fn no_halt_from_another_thread_is_lost() {
    let (_domain, mut executor, node) = executor_with_node();
    for round in 0_u32..2_000 {
        let (spins, has_begun) = blocking_mpsc::channel();
        let _done = executor
            .commands()
            .run(async move { spins.send(()).expect("a receiver") });
        let commands = Arc::clone(node.commands());
        let halting = thread::spawn(move || {
            has_begun.recv().expect("a spin that begins");
            for _ in 0..(round % 64) * (round % 17) {
                std::hint::spin_loop();
            }
            commands.halt_spinning();
        });
        let errors = executor.spin(SpinOptions::new().timeout(PATIENCE));
        assert!(errors.is_empty(), "round {round}: {errors:?}");
        halting.join().expect("a halt");
    }
}

#[test]
fn a_spin_starts_no_thread() {
    in_own_process(|| {
        let (_domain, mut executor, node) = executor_with_node();
        let worker = node.create_worker(());
        let before = number_of_threads();
        for _ in 0..100 {
            // The spin has begun everywhere when the worker has run a task.
            let task = worker.run(|()| ());
            let during = spin_until(&mut executor, async {
                task.await.expect("a worker");
                number_of_threads()
            });
            assert_eq!(during, before);
        }
        assert_eq!(number_of_threads(), before);
    })
    .expect_code(0);
}

#[test]
fn an_idle_spin_uses_no_cpu_time() {
    let (_domain, mut executor, node) = executor_with_node();
    let _service = node.create_service::<AddTwoInts, _>("sum", add);
    // The callbacks of the start run before the count begins.
    executor.spin(SpinOptions::new().timeout(Duration::from_millis(500)));
    let before = times_put_to_sleep();
    let errors = executor.spin(SpinOptions::new().timeout(Duration::from_secs(2)));
    assert!(is_timeout(&errors), "{errors:?}");
    let rounds = times_put_to_sleep() - before;
    // A spin that polls even once in 10 ms has 200.
    assert!(rounds < 20, "the idle thread woke up {rounds} times in 2 s");
}

/// How often this thread has gone to sleep.
fn times_put_to_sleep() -> i64 {
    // SAFETY: The structure is plain data, and the kernel fills it.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_THREAD, &mut usage), 0);
        usage.ru_nvcsw
    }
}

#[test]
fn callbacks_that_are_not_ready_do_not_run() {
    let (_domain, mut executor, node) = executor_with_node();
    // The callbacks of the start run before the count begins.
    executor.spin(SpinOptions::new().timeout(Duration::from_millis(500)));
    let changes = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&changes);
    let _watching = node.notify_on_graph_change_with_period(PATIENCE, move || {
        counter.fetch_add(1, Ordering::SeqCst);
        false
    });
    let (sender, mut ticks) = mpsc::unbounded();
    let _timer = node.create_timer_repeating(Duration::from_millis(1), move || {
        let _ = sender.unbounded_send(());
    });
    spin_until(&mut executor, async move {
        for _ in 0..200 {
            ticks.next().await.expect("a timer that repeats");
        }
    });
    // A tick is no change of the graph; the creation of the timer may be one.
    let changes = changes.load(Ordering::SeqCst);
    assert!(changes < 20, "{changes} changes of the graph in 200 ticks");
}

#[test]
fn spin_once_runs_what_is_ready_and_waits_only_when_nothing_is() {
    let (_domain, mut executor, node) = executor_with_node();
    // The callbacks of the start run before the count begins.
    executor.spin(SpinOptions::new().timeout(Duration::from_millis(500)));

    // A task is ready: no wait, although nothing in the wait set is ready.
    let done = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&done);
    let _done = executor
        .commands()
        .run(async move { counter.fetch_add(1, Ordering::SeqCst) });
    let errors = executor.spin(SpinOptions::spin_once().timeout(PATIENCE));
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(done.load(Ordering::SeqCst), 1);

    // Nothing is ready, and the timeout is zero.
    let errors = executor.spin(SpinOptions::spin_once().timeout(Duration::ZERO));
    assert!(is_timeout(&errors), "{errors:?}");

    // A timer becomes ready: each spin returns after its callback, and the next one waits again.
    let counter = Arc::clone(&done);
    let _timer = node.create_timer_repeating(Duration::from_millis(50), move || {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let started = Instant::now();
    while done.load(Ordering::SeqCst) < 4 {
        let before = done.load(Ordering::SeqCst);
        let errors = executor.spin(SpinOptions::spin_once().timeout(PATIENCE));
        assert!(errors.is_empty(), "{errors:?}");
        assert!(done.load(Ordering::SeqCst) <= before + 1);
        assert!(started.elapsed() < PATIENCE);
    }
}

#[test]
fn a_spin_with_a_timeout_of_centuries_does_not_end_at_once() {
    let (_domain, mut executor, _node) = executor_with_node();
    let delay = Duration::from_millis(100);
    let promise = executor.commands().run(async move {
        async_io::Timer::after(delay).await;
    });
    let started = Instant::now();
    // More than the nanoseconds of an i64 can hold.
    let options = SpinOptions::new()
        .until_promise_resolved(promise)
        .timeout(Duration::from_secs(9_300_000_000));
    let errors = executor.spin(options);
    assert!(errors.is_empty(), "{errors:?}");
    assert!(started.elapsed() >= delay);
}

#[test]
fn a_task_of_a_worker_that_queues_another_does_not_starve_its_timers() {
    /// Queues a task that queues the next, for as long as `goes_on` is set.
    fn queue(worker: Worker<()>, goes_on: Arc<AtomicBool>) {
        let next = Arc::clone(&worker);
        drop(worker.run(move |_| {
            if goes_on.load(Ordering::Relaxed) {
                queue(next, goes_on);
            }
        }));
    }
    let (_domain, mut executor, node) = executor_with_node();
    let worker = node.create_worker(());
    let goes_on = Arc::new(AtomicBool::new(true));
    queue(Arc::clone(&worker), Arc::clone(&goes_on));
    let (sender, mut ticks) = mpsc::unbounded();
    let _timer = worker.create_timer_repeating(Duration::from_millis(1), move || {
        let _ = sender.unbounded_send(());
    });
    spin_until(&mut executor, async move {
        for _ in 0..20 {
            ticks.next().await.expect("a tick");
        }
    });
    goes_on.store(false, Ordering::Relaxed);
}

#[test]
fn a_spin_ends_when_its_own_promise_is_kept_or_broken() {
    let (_domain, mut executor, _node) = executor_with_node();

    let mut spin = |promise, timeout| {
        let options = SpinOptions::new().until_promise_resolved(promise);
        executor.spin(options.timeout(timeout))
    };

    let (sender, promise) = oneshot::channel();
    let errors = spin(promise, Duration::from_millis(10));
    assert!(is_timeout(&errors), "{errors:?}");
    // Too late for its own spin, this must not end the next one.
    let (_next_sender, next) = oneshot::channel();
    let _ = sender.send(());
    let errors = spin(next, Duration::from_millis(10));
    assert!(is_timeout(&errors), "{errors:?}");

    let (sender, broken) = oneshot::channel();
    let breaking = thread::spawn(move || drop(sender));
    let errors = spin(broken, PATIENCE);
    assert!(errors.is_empty(), "{errors:?}");
    breaking.join().expect("a thread that ends");
}

#[test]
fn a_spin_that_its_promise_ends_runs_the_tasks_that_are_ready() {
    let (_domain, mut executor, _node) = executor_with_node();
    let (sender, kept) = oneshot::channel();
    sender.send(()).expect("a promise that waits");
    let count = Arc::new(AtomicU32::new(0));
    for _ in 0..300 {
        let count = Arc::clone(&count);
        let task = async move { count.fetch_add(1, Ordering::Relaxed) };
        drop(executor.commands().run(task));
    }
    let errors = executor.spin(SpinOptions::new().until_promise_resolved(kept));
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(count.load(Ordering::Relaxed), 300);
}

#[test]
fn workers_created_before_and_during_a_spin_run_on_threads_of_their_own() {
    let (_domain, mut executor, node) = executor_with_node();
    let early = node.create_worker(vec![1]);
    // Twice, since the threads of workers outlive a spin.
    for _ in 0..2 {
        let (early, node) = (Arc::clone(&early), Arc::clone(&node));
        let threads = spin_until(&mut executor, async move {
            let late = node.create_worker(vec![2]);
            let on_early = early.run(|payload| {
                assert_eq!(payload[0], 1);
                thread::current().id()
            });
            let on_late = late.run(|payload| {
                assert_eq!(payload[0], 2);
                thread::current().id()
            });
            // A timer of a worker, so that its wait set has a callback to run.
            let (sender, mut ticks) = mpsc::unbounded();
            let _timer = late.create_timer_repeating(Duration::from_millis(1), move || {
                let _ = sender.unbounded_send(thread::current().id());
            });
            let ticked = ticks.next().await.expect("a tick");
            let late = on_late.await.expect("a worker");
            assert_eq!(ticked, late);
            [
                on_early.await.expect("a worker"),
                late,
                thread::current().id(),
            ]
        });
        assert_ne!(threads[0], threads[1]);
        assert!(!threads[..2].contains(&threads[2]));
    }
}

#[test]
fn a_timer_and_a_task_outlive_the_handle_of_their_worker() {
    let (_domain, mut executor, node) = executor_with_node();
    let task = node.create_worker(1).run(|payload| *payload);
    let (sender, mut ticks) = mpsc::unbounded();
    let tick = move |payload: &mut u32| {
        *payload += 1;
        let _ = sender.unbounded_send(*payload);
    };
    let worker = node.create_worker(0);
    let _timer = worker
        .create_timer_repeating(Duration::from_millis(1), tick)
        .expect("a timer");
    drop(worker);
    spin_until(&mut executor, async move {
        assert_eq!(task.await, Ok(1));
        for count in 1..4 {
            assert_eq!(ticks.next().await, Some(count));
        }
    });
}

#[test]
fn the_thread_of_a_worker_ends_with_the_worker_and_with_the_executor() {
    in_own_process(|| {
        let (_domain, mut executor, node) = executor_with_node();
        let without = number_of_threads();
        let making = Arc::clone(&node);
        spin_until(&mut executor, async move {
            for round in 0..100 {
                let worker = making.create_worker(round);
                let _timer = worker
                    .create_timer_repeating(Duration::from_millis(1), |_: &mut i32| {})
                    .expect("a timer");
                assert_eq!(worker.run(|payload| *payload).await, Ok(round));
            }
        });
        // Threads that had not ended when the spin did end in the next one.
        let ended = || {
            executor.spin(SpinOptions::new().timeout(Duration::from_millis(10)));
            number_of_threads() == without
        };
        wait_until("the threads of dropped workers end", PATIENCE, ended);

        let worker = node.create_worker(());
        assert_eq!(number_of_threads(), without + 1);
        drop(executor);
        assert_eq!(number_of_threads(), without);
        drop(worker);
    })
    .expect_code(0);
}

#[test]
fn dropping_the_executor_drops_its_tasks_and_callbacks() {
    let (_domain, mut executor, node) = executor_with_node();
    let witness = Arc::new(());

    // A task that waits for ever and holds its own node, one that never ran, and a callback.
    let (waiting, held) = (Arc::clone(&witness), Arc::clone(&node));
    let (sender, never) = oneshot::channel::<()>();
    let _done = executor.commands().run(async move {
        let _ = never.await;
        drop((waiting, held));
    });
    let _ = executor.spin(SpinOptions::new().timeout(Duration::from_millis(10)));
    let idle = Arc::clone(&witness);
    let _done = executor.commands().run(async move { drop(idle) });
    let called = Arc::clone(&witness);
    let timer = node.create_timer_repeating(Duration::from_secs(9), move || drop(called.clone()));
    assert_eq!(Arc::strong_count(&witness), 4);

    drop(executor);
    assert!(sender.is_canceled());
    drop(timer);
    assert_eq!(Arc::strong_count(&witness), 1);
    assert_eq!(
        Arc::strong_count(&node),
        1,
        "no other reference to the node"
    );
    // What is added later is dropped as well.
    let late = node.commands().run(async {});
    assert!(future::block_on(late).is_err());
    drop(node.create_worker(()));
}

#[test]
fn a_panic_in_a_task_a_callback_or_a_worker_continues_in_spin() {
    let (_domain, mut executor, node) = executor_with_node();
    let commands = node.commands();
    let _done = commands.run(async { panic!("in a task") });
    assert_eq!(panic_of_spin(&mut executor), "in a task");

    let timer = node.create_timer_oneshot(Duration::ZERO, || panic!("in a callback"));
    assert_eq!(panic_of_spin(&mut executor), "in a callback");
    drop(timer);

    let worker = node.create_worker(());
    let _done = worker.run(|_: &mut ()| panic!("in a worker"));
    assert_eq!(panic_of_spin(&mut executor), "in a worker");

    // The executor still works.
    assert_eq!(spin_until(&mut executor, async { 5 }), 5);
}

#[test]
fn a_callback_may_spin_another_executor() {
    let (_domain, mut executor, node) = executor_with_node();
    let (mut inner, _inner_node) = executor_in(executor.commands().context());
    let _timer = node.create_timer_repeating(Duration::from_millis(2), move || {
        inner.spin(SpinOptions::spin_once().timeout(Duration::from_millis(1)));
    });
    // The graph changes while the callback runs, or between two of them.
    let (other, offering) = executor_in(executor.commands().context());
    let halt = spin_on_another_thread(other);
    spin_until(&mut executor, async move {
        let mut services = Vec::new();
        for number in 0..50 {
            let name = format!("sum_{number}");
            let client = node
                .create_client::<AddTwoInts>(name.as_str())
                .expect("a client");
            let service = offering.create_service::<AddTwoInts, _>(name.as_str(), add);
            services.push(service.expect("a service"));
            client.notify_on_service_ready().await.expect("a service");
            assert_eq!(call(&client, number).await, number + 1);
        }
    });
    halt();
}

#[test]
fn an_executor_spins_as_a_future_that_returns_it() {
    let (_domain, executor, node) = executor_with_node();
    let commands = Arc::clone(node.commands());
    let spinning = executor.spin_async(SpinOptions::new().timeout(PATIENCE));
    let halting = async {
        commands
            .run(async {})
            .await
            .expect("an executor that spins");
        commands.halt_spinning();
    };
    let ((mut executor, errors), ()) = future::block_on(future::zip(spinning, halting));
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(spin_until(&mut executor, async { 5 }), 5);
}
