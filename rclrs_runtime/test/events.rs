// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The executor: no message is lost, whenever it arrives.

use crate::executor::{
    add, call, executor_in, executor_with_node, spin_on_another_thread, spin_until,
};
use futures_channel::mpsc;
use futures_lite::{stream, StreamExt};
use rclrs::{
    Client, GoalStatusCode, IntoNodeOptions, IntoPrimitiveOptions, Node, RclrsErrorFilter,
    RequestedGoal, SpinOptions,
};
use rclrs_runtime::{create_service_on_receiving_thread, SERVICE_QUEUE_DEPTH};
use ros_env::example_interfaces::{
    action::{Fibonacci, Fibonacci_Feedback, Fibonacci_Goal, Fibonacci_Result},
    msg::{Int64, UInt8MultiArray},
    srv::{AddTwoInts, AddTwoInts_Request, AddTwoInts_Response},
};
use std::{
    any::Any,
    collections::VecDeque,
    sync::{
        atomic::{AtomicI64, AtomicUsize, Ordering},
        Arc, Mutex,
    },
    thread,
    time::Duration,
};
use test_support::{wait_until, PATIENCE};

/// Where a service runs its callback.
#[derive(Clone, Copy)]
enum Mode {
    Worker,
    ReceivingThread,
}

impl Mode {
    const BOTH: [Self; 2] = [Self::Worker, Self::ReceivingThread];

    /// A service with a worker of its own; it exists until this is dropped.
    fn service(
        self,
        node: &Node,
        name: &str,
        callback: impl Fn(AddTwoInts_Request) -> AddTwoInts_Response + Copy + Send + 'static,
    ) -> Box<dyn Any> {
        let options = name.keep_last(SERVICE_QUEUE_DEPTH);
        match self {
            Self::Worker => {
                let worker = node.create_worker(());
                let service = worker.create_service::<AddTwoInts, _>(options, callback);
                Box::new((service.expect("a service"), worker))
            }
            Self::ReceivingThread => Box::new(
                create_service_on_receiving_thread::<AddTwoInts>(node, options, callback)
                    .expect("a service"),
            ),
        }
    }
}

/// A client whose service was discovered.
fn client(node: &Node, name: &str) -> Client<AddTwoInts> {
    let client = node
        .create_client::<AddTwoInts>(name.keep_last(SERVICE_QUEUE_DEPTH))
        .expect("a client");
    let is_ready = || client.service_is_ready().expect("an answer");
    wait_until("a service", PATIENCE, is_ready);
    client
}

#[test]
fn all_messages_that_arrived_before_the_first_spin_are_taken() {
    for mode in Mode::BOTH {
        const MESSAGES: i64 = 200;
        let (_domain, mut executor, node) = executor_with_node();
        let _service = mode.service(&node, "sum", add);
        let (sender, received) = mpsc::unbounded();
        let _subscription = node
            .create_subscription("numbers".reliable().keep_all(), move |number: Int64| {
                let _ = sender.unbounded_send(number.data);
            })
            .expect("a subscription");
        let publisher = node
            .create_publisher::<Int64>("numbers".reliable().keep_all())
            .expect("a publisher");
        let is_matched = || publisher.get_subscription_count() == Ok(1);
        wait_until("a subscription", PATIENCE, is_matched);
        let client = client(&node, "sum");

        let sums: Vec<_> = (0..MESSAGES).map(|a| call(&client, a)).collect();
        for data in 0..MESSAGES {
            publisher.publish(Int64 { data }).expect("a message");
        }
        let (sums, numbers) = spin_until(&mut executor, async {
            let sums = stream::iter(sums).then(|sum| sum).collect::<Vec<_>>();
            (sums.await, received.take(200).collect::<Vec<_>>().await)
        });
        assert_eq!(sums, (1..=MESSAGES).collect::<Vec<_>>());
        assert_eq!(numbers, (0..MESSAGES).collect::<Vec<_>>());
    }
}

#[test]
fn a_message_that_arrives_while_its_subscription_is_created_is_taken() {
    let (_domain, mut executor, node) = executor_with_node();
    let options = || "latched".reliable().transient_local();
    let (_other, publishing) = executor_in(executor.commands().context());
    let publisher = publishing
        .create_publisher::<Int64>(options())
        .expect("a publisher");
    publisher.publish(Int64 { data: 7 }).expect("a message");
    spin_until(&mut executor, async move {
        for _ in 0..200 {
            let (sender, mut received) = mpsc::unbounded();
            let _subscription = node
                .create_subscription(options(), move |number: Int64| {
                    let _ = sender.unbounded_send(number.data);
                })
                .expect("a subscription");
            assert_eq!(received.next().await, Some(7));
        }
    });
}

#[test]
fn bursts_of_clients_that_have_just_started_are_answered() {
    for mode in Mode::BOTH {
        const CALLS: i64 = 2_000;
        const IN_FLIGHT: usize = 64;
        let (_domain, executor, node) = executor_with_node();
        static COUNT: AtomicI64 = AtomicI64::new(0);
        COUNT.store(0, Ordering::SeqCst);
        let count = |request| {
            COUNT.fetch_add(1, Ordering::SeqCst);
            add(request)
        };
        let service = mode.service(&node, "sum", count);
        let context = executor.commands().context().clone();
        let halt = spin_on_another_thread(executor);
        for _ in 0..5 {
            let (mut executor, caller) = executor_in(&context);
            let client = client(&caller, "sum");
            let sum = spin_until(&mut executor, async move {
                let mut calls = (0..CALLS).map(|a| call(&client, a));
                let mut in_flight: VecDeque<_> = calls.by_ref().take(IN_FLIGHT).collect();
                let mut total = 0;
                while let Some(sum) = in_flight.pop_front() {
                    total += sum.await;
                    in_flight.extend(calls.next());
                }
                total
            });
            assert_eq!(sum, CALLS * (CALLS + 1) / 2);
        }
        assert_eq!(COUNT.load(Ordering::SeqCst), 5 * CALLS);
        drop(service);
        halt();
    }
}

#[test]
fn a_callback_that_halts_the_spin_is_the_last_one() {
    let (_domain, mut executor, node) = executor_with_node();
    let commands = Arc::clone(executor.commands());
    let worker = node.create_worker(());
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let halt = move |request: AddTwoInts_Request| {
        counter.fetch_add(1, Ordering::SeqCst);
        commands.halt_spinning();
        add(request)
    };
    let _service = worker
        .create_service::<AddTwoInts, _>("sum", halt)
        .expect("a service");
    let client = client(&node, "sum");
    let _sums: Vec<_> = (0..5).map(|a| call(&client, a)).collect();
    // All of them have arrived by then.
    thread::sleep(Duration::from_millis(200));
    executor
        .spin(SpinOptions::default())
        .first_error()
        .expect("a spin without errors");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn no_callback_runs_after_another_one_has_dropped_its_service() {
    let (_domain, mut executor, node) = executor_with_node();
    // On a worker, callbacks run when their requests are taken; on a node, they are tasks.
    let worker = node.create_worker(());
    let second = Arc::new(Mutex::new(None));
    let to_drop = Arc::clone(&second);
    let drop_second = move |request| {
        drop(to_drop.lock().expect("no panic").take());
        add(request)
    };
    let _first = worker
        .create_service::<AddTwoInts, _>("first", drop_second)
        .expect("a service");
    let called = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&called);
    let count = move |request| {
        counter.fetch_add(1, Ordering::SeqCst);
        add(request)
    };
    let dropped = worker
        .create_service::<AddTwoInts, _>("second", count)
        .expect("a service");
    *second.lock().expect("no panic") = Some(dropped);
    let [to_first, to_second] = ["first", "second"].map(|name| client(&node, name));
    // Both have their requests before any of them is taken.
    let answered = call(&to_first, 1);
    let _unanswered = call(&to_second, 1);
    assert_eq!(spin_until(&mut executor, answered), 2);
    executor.spin(SpinOptions::new().timeout(Duration::from_millis(300)));
    assert_eq!(called.load(Ordering::SeqCst), 0);
    // It has left the graph.
    assert!(!to_second.service_is_ready().expect("an answer"));
}

#[test]
fn entities_come_and_go_while_messages_arrive() {
    let (_domain, mut executor, node) = executor_with_node();
    let (other, publishing) = executor_in(executor.commands().context());
    let publisher = publishing
        .create_publisher::<Int64>("numbers")
        .expect("a publisher");
    let _timer = publishing.create_timer_repeating(Duration::from_micros(200), move || {
        publisher.publish(Int64 { data: 1 }).expect("a message");
    });
    let halt = spin_on_another_thread(other);
    spin_until(&mut executor, async move {
        let mut kept = Vec::new();
        for round in 0..200 {
            let (sender, mut received) = mpsc::unbounded();
            let subscription = node
                .create_subscription("numbers", move |number: Int64| {
                    let _ = sender.unbounded_send(number.data);
                })
                .expect("a subscription");
            for _ in 0..3 {
                assert_eq!(received.next().await, Some(1));
            }
            kept.push(subscription);
            kept.truncate(round % 4);
        }
    });
    halt();
}

#[test]
fn actions_share_a_node_with_services() {
    for mode in Mode::BOTH {
        let (_domain, mut executor, node) = executor_with_node();
        let _service = mode.service(&node, "sum", add);
        let reach = |goal: RequestedGoal<Fibonacci>| async move {
            let goal = goal.accept().execute();
            let mut sequence = vec![0, 1];
            while sequence.len() < goal.goal().order as usize {
                sequence.push(sequence[sequence.len() - 2] + sequence[sequence.len() - 1]);
                let sequence = sequence.clone();
                goal.publish_feedback(Fibonacci_Feedback { sequence });
            }
            goal.succeeded_with(Fibonacci_Result { sequence })
        };
        let _server = node
            .create_action_server("fibonacci", reach)
            .expect("an action server");
        let goals = node
            .create_action_client::<Fibonacci>("fibonacci")
            .expect("an action client");
        let client = client(&node, "sum");
        spin_until(&mut executor, async move {
            goals.notify_on_server_ready().await.expect("a server");
            for number in 0..100 {
                let goal = goals.request_goal(Fibonacci_Goal { order: 5 });
                let goal = goal.await.expect("an accepted goal");
                assert_eq!(call(&client, number).await, number + 1);
                let (status, result) = goal.result.await;
                assert_eq!(status, GoalStatusCode::Succeeded);
                assert_eq!(result.sequence, [0, 1, 1, 2, 3]);
            }
        });
    }
}

#[test]
fn a_hundred_and_fifty_workers_of_thirty_nodes_answer_beside_large_messages() {
    for mode in Mode::BOTH {
        let (_domain, mut executor, node) = executor_with_node();
        let commands = Arc::clone(executor.commands());
        let nodes = (0..30).map(|number| {
            let name = format!("many_{number}");
            let node = commands
                .create_node(name.start_parameter_services(false))
                .expect("a node");
            let services = (0..5).map(|worker| {
                let name = format!("sum_{number}_{worker}");
                mode.service(&node, &name, add)
            });
            services.collect::<Vec<_>>()
        });
        let _services: Vec<_> = nodes.collect();
        // Messages of 1 MB, 80 a second.
        let (sender, mut received) = mpsc::unbounded();
        let take = move |message: UInt8MultiArray| {
            let _ = sender.unbounded_send(message.data.len());
        };
        let _subscription = node
            .create_subscription("large", take)
            .expect("a subscription");
        let publisher = node
            .create_publisher::<UInt8MultiArray>("large")
            .expect("a publisher");
        let large = UInt8MultiArray {
            data: vec![7; 1_000_000],
            ..Default::default()
        };
        let _timer = node.create_timer_repeating(Duration::from_micros(12_500), move || {
            publisher.publish(&large).expect("a message");
        });
        spin_until(&mut executor, async move {
            for number in 0..30 {
                for worker in 0..5 {
                    let client = client(&node, &format!("sum_{number}_{worker}"));
                    assert_eq!(call(&client, worker).await, worker + 1);
                }
                assert_eq!(received.next().await, Some(1_000_000));
            }
        });
    }
}
