// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Callbacks on the thread that receives a message.

use crate::{
    executor::{
        add, executor_in, executor_with_node, panic_of_spin, spin_on_another_thread, spin_until,
    },
    programs::{example, example_path, AnyArguments},
};
use futures_channel::oneshot;
use futures_lite::{stream, StreamExt};
use rclrs::{IntoPrimitiveOptions, Node, RclrsErrorFilter, SpinOptions};
use rclrs_runtime::{
    create_node, create_service_on_receiving_thread, exit_code, exit_with, Error,
    ReceivingThreadService, Runtime, ServiceClient, SERVICE_QUEUE_DEPTH,
};
use ros_env::example_interfaces::srv::{
    AddTwoInts, AddTwoInts_Request, AddTwoInts_Response, SetBool, SetBool_Request, SetBool_Response,
};
use std::{
    future::Future,
    process::Command,
    sync::{
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
        Arc, Mutex, OnceLock,
    },
    thread,
    time::{Duration, Instant},
};
use test_support::{in_own_process, skip_without, Domain, Feature, Process};

fn add_service(node: &Node, name: &str) -> ReceivingThreadService<AddTwoInts> {
    create_service_on_receiving_thread(node, name.keep_last(SERVICE_QUEUE_DEPTH), add)
        .expect("a service")
}

fn negate(value: bool) -> SetBool_Response {
    SetBool_Response {
        success: !value,
        message: String::new(),
    }
}

/// Calls `negate` from another process, so that the middleware does not deliver on the thread that sends.
fn call_from_another_process(domain: &Domain) -> impl Future<Output = ()> + Send {
    end_of(example(domain, "client", &["true"]))
}

/// Waits for a client to have its response.
fn end_of(client: Process) -> impl Future<Output = ()> + Send {
    let (sender, ended) = oneshot::channel();
    thread::spawn(move || {
        client.finish().expect_code(0);
        let _ = sender.send(());
    });
    async { ended.await.expect("a response") }
}

/// The name of each thread that a callback has run on. The threads of the middleware have none in Rust.
type Names = Mutex<Vec<Option<String>>>;

fn record_thread(names: &Names) {
    let name = thread::current().name().map(str::to_owned);
    names.lock().expect("no panic").push(name);
}

#[test]
fn a_callback_runs_on_the_receiving_thread_and_after_a_long_one_on_that_of_the_worker() {
    static NAMES: Names = Mutex::new(Vec::new());
    let (domain, mut executor, node) = executor_with_node();
    let _service = create_service_on_receiving_thread::<SetBool>(
        &node,
        "negate",
        |request: SetBool_Request| {
            record_thread(&NAMES);
            // The second one takes long.
            if NAMES.lock().expect("no panic").len() == 2 {
                thread::sleep(Duration::from_secs(1));
            }
            negate(request.data)
        },
    )
    .expect("a service");
    let mut call = || spin_until(&mut executor, call_from_another_process(&domain));
    call();
    call();
    assert_eq!(*NAMES.lock().expect("no panic"), [None, None]);
    // Within the second after it, from this process.
    let client = ServiceClient::<SetBool>::new(&node, "negate").expect("a client");
    let response = async move {
        let request = SetBool_Request { data: true };
        client.call(request).await.expect("a response").success
    };
    assert!(!spin_until(&mut executor, response));
    thread::sleep(Duration::from_secs(1));
    spin_until(&mut executor, call_from_another_process(&domain));
    let names = NAMES.lock().expect("no panic").clone();
    assert_eq!(names, [None, None, Some("worker".to_owned()), None]);
}

#[test]
fn a_client_whose_reader_is_announced_late_receives_its_response_in_a_later_spin() {
    static NAMES: Names = Mutex::new(Vec::new());
    static RESPONDED: Mutex<Option<oneshot::Sender<Instant>>> = Mutex::new(None);
    skip_without!(Feature::FastDds);
    let (domain, mut executor, node) = executor_with_node();
    let (sender, responded) = oneshot::channel();
    *RESPONDED.lock().expect("no panic") = Some(sender);
    let callback = |request: SetBool_Request| {
        record_thread(&NAMES);
        if let Some(sender) = RESPONDED.lock().expect("no panic").take() {
            let _ = sender.send(Instant::now());
        }
        negate(request.data)
    };
    let _service = create_service_on_receiving_thread::<SetBool>(&node, "negate", callback)
        .expect("a service");
    // For three seconds.
    let client = domain.start_on_blocking_fast_dds(example_path("client"), &["true"], "reader");
    let time = spin_until(&mut executor, responded).expect("a request");
    // The promise has ended that spin, which does not wait for the client.
    assert!(time.elapsed() < Duration::from_secs(1));
    spin_until(&mut executor, end_of(client));
    assert_eq!(*NAMES.lock().expect("no panic"), [None]);
}

#[test]
fn a_sequence_of_calls_makes_each_call_once() {
    const CALLS: i64 = 20_000;
    static SUM: AtomicI64 = AtomicI64::new(0);
    let (_domain, server, node) = executor_with_node();
    let _service = add_service(&node, "sum");
    let (mut caller, node) = executor_in(server.commands().context());
    let client = ServiceClient::<AddTwoInts>::new(&node, "sum").expect("a client");
    let halt = spin_on_another_thread(server);
    let sequence = async move {
        client.wait_for_service(None).await.expect("a service");
        let first = AddTwoInts_Request { a: 1, b: 0 };
        let next = |AddTwoInts_Response { sum }| {
            SUM.fetch_add(sum, Ordering::Relaxed);
            (sum < CALLS).then_some(AddTwoInts_Request { a: sum, b: 1 })
        };
        client.call_in_sequence(first, next).await
    };
    spin_until(&mut caller, sequence).expect("all responses");
    assert_eq!(SUM.load(Ordering::Relaxed), CALLS * (CALLS + 1) / 2);
    halt();
}

#[test]
fn sequences_run_beside_other_calls_and_bursts() {
    const CALLS: i64 = 5_000;
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let (_domain, mut executor, node) = executor_with_node();
    let _service = add_service(&node, "sum");
    let client = ServiceClient::<AddTwoInts>::new(&node, "sum").expect("a client");
    let calls = async move {
        client.wait_for_service(None).await.expect("a service");
        let next = |AddTwoInts_Response { sum }| {
            COUNT.fetch_add(1, Ordering::Relaxed);
            (sum < CALLS).then_some(AddTwoInts_Request { a: sum, b: 1 })
        };
        let sequence = || client.call_in_sequence(AddTwoInts_Request { a: 0, b: 1 }, next);
        let others = async {
            for start in (0..CALLS).step_by(64) {
                let calls =
                    (start..start + 64).map(|a| client.call(AddTwoInts_Request { a, b: 1 }));
                // All are sent before the first response is awaited.
                let calls: Vec<_> = calls.map(Box::pin).collect();
                let sums = stream::iter(calls).then(|call| async { call.await.map(|r| r.sum) });
                let sums: Vec<_> = sums.try_collect().await.expect("responses");
                assert_eq!(sums, (start + 1..=start + 64).collect::<Vec<_>>());
            }
            Ok(())
        };
        let (first, second) = futures_lite::future::zip(sequence(), sequence()).await;
        first.and(second).expect("all responses");
        let (sequence, others): (_, Result<(), Error>) =
            futures_lite::future::zip(sequence(), others).await;
        sequence.and(others).expect("all responses");
    };
    spin_until(&mut executor, calls);
    assert_eq!(COUNT.load(Ordering::Relaxed), 3 * CALLS as usize);
}

#[test]
fn a_panic_on_the_receiving_thread_goes_on_where_the_executor_spins() {
    let (domain, mut executor, node) = executor_with_node();
    let _service =
        create_service_on_receiving_thread::<SetBool>(&node, "negate", |_| panic!("on purpose"))
            .expect("a service");
    let _client = example(&domain, "client", &["true"]);
    assert_eq!(panic_of_spin(&mut executor), "on purpose");
}

#[test]
fn a_panic_in_a_sequence_goes_on_where_the_executor_spins_which_can_spin_again() {
    let (_domain, mut executor, node) = executor_with_node();
    let _service = add_service(&node, "sum");
    let client = ServiceClient::<AddTwoInts>::new(&node, "sum").expect("a client");
    let client = Arc::new(client);
    let caller = Arc::clone(&client);
    let request = AddTwoInts_Request { a: 2, b: 3 };
    let sequence = async move {
        caller.wait_for_service(None).await.expect("a service");
        let next = |_| -> Option<AddTwoInts_Request> { panic!("on purpose") };
        caller.call_in_sequence(request, next).await
    };
    let _ended = executor.commands().run(sequence);
    assert_eq!(panic_of_spin(&mut executor), "on purpose");
    let request = AddTwoInts_Request { a: 4, b: 5 };
    let call = async move { client.call(request).await.expect("a response").sum };
    assert_eq!(spin_until(&mut executor, call), 9);
}

#[test]
fn services_come_and_go_under_requests() {
    static ANSWERED: AtomicI64 = AtomicI64::new(0);
    let (_domain, mut server, node) = executor_with_node();
    let (mut caller, calling) = executor_in(server.commands().context());
    let client = ServiceClient::<AddTwoInts>::new(&calling, "sum").expect("a client");
    let is_last = Arc::new(AtomicBool::new(false));
    let sees_last = Arc::clone(&is_last);
    let calls = async move {
        while !sees_last.load(Ordering::Relaxed) {
            let a = ANSWERED.load(Ordering::Relaxed);
            match client.call(AddTwoInts_Request { a, b: 1 }).await {
                Ok(response) => assert_eq!(response.sum, a + 1),
                // Its service was dropped.
                Err(Error::ServerLost { .. }) => continue,
                Err(error) => panic!("{error}"),
            }
            ANSWERED.fetch_add(1, Ordering::Relaxed);
        }
    };
    let serving = thread::spawn(move || {
        for round in 1..=20 {
            let service = add_service(&node, "sum");
            // So that a request is in flight when it is dropped.
            while ANSWERED.load(Ordering::Relaxed) < 10 * round {
                let options = SpinOptions::new().timeout(Duration::from_millis(50));
                let errors = server.spin(options).timeout_ok();
                assert!(errors.is_empty(), "{errors:?}");
            }
            drop(service);
        }
        is_last.store(true, Ordering::Relaxed);
        let _service = add_service(&node, "sum");
        let options = SpinOptions::new().timeout(Duration::from_secs(5));
        server.spin(options).timeout_ok()
    });
    spin_until(&mut caller, calls);
    assert!(ANSWERED.load(Ordering::Relaxed) > 100);
    let errors = serving.join().expect("no panic");
    assert!(errors.is_empty(), "{errors:?}");
}

/// Runs a program whose service is called once, and runs `callback` on the receiving thread with the node
/// of the service, from a `static`.
fn run_service(callback: impl Fn(&Node) + Copy + Send + 'static) {
    static NODE: OnceLock<Node> = OnceLock::new();
    exit_with(|| {
        let (mut runtime, AnyArguments { .. }) = Runtime::init()?;
        let node = create_node(runtime.commands(), "blocked")?;
        NODE.get_or_init(|| Arc::clone(&node));
        let negate = move |request: SetBool_Request| {
            callback(NODE.get().expect("a node"));
            negate(request.data)
        };
        let service = create_service_on_receiving_thread::<SetBool>(&node, "negate", negate)?;
        let mut client = Command::new(example_path("client")).arg("true").spawn()?;
        runtime.spin()?;
        runtime.shutdown((node, service));
        client.wait()?;
        Ok(())
    });
}

#[test]
fn a_program_whose_callback_never_returns_ends_two_seconds_after_a_signal() {
    let finished = in_own_process(|| {
        run_service(|_| {
            // SAFETY: The function has no preconditions.
            unsafe { libc::kill(libc::getpid(), libc::SIGTERM) };
            loop {
                thread::park();
            }
        });
    });
    finished
        .expect_code(143)
        .expect_log("Stopped by SIGTERM, by force after 2 s\n");
}

#[test]
fn a_program_whose_callback_creates_an_entity_on_the_receiving_thread_ends_with_one_line() {
    skip_without!(Feature::FastDds);
    let finished = in_own_process(|| {
        run_service(|node| drop(node.create_client::<AddTwoInts>("sum")));
    });
    // The client may have a line of its own there, when its time limit passes first.
    let line = Error::BlockedCallback.to_string();
    let is_printed = finished.stderr.lines().any(|printed| printed == line);
    assert!(is_printed, "{finished:?}");
    finished.expect_code(exit_code::FAILURE.into());
}
