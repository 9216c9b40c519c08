// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Many calls: at once, in a row, and in namespaces of their own.

use crate::{
    caller::Caller,
    nodes::{client, client_among_many, server},
};
use std::{thread, time::Instant};
use test_support::{Domain, SIGINT};

#[test]
fn sixteen_clients_with_2000_calls_each_get_all_their_sums() {
    const CALLS: i64 = 2000;

    let domain = Domain::claim();
    // The log of each request would be most of the work.
    let _server = server(&domain, &["--ros-args", "--log-level", "warn"]);
    let mut callers = Caller::join_all(&domain, 16);
    let started = Instant::now();
    thread::scope(|scope| {
        for (client, caller) in (0..).zip(&mut callers) {
            scope.spawn(move || {
                for call in 0..CALLS {
                    // No two clients ask the same, so that no reply can be taken for another.
                    let sum = caller.call(call, client * CALLS);
                    assert_eq!(sum.ok(), Some(call + client * CALLS));
                }
            });
        }
    });
    println!(
        "16 clients made {CALLS} calls each in {:?}",
        started.elapsed()
    );
}

#[test]
fn three_hundred_clients_with_one_call_each_get_their_sums() {
    // A client waits for the discovery of its server most of the time. So several rows run in parallel,
    // each of them one client after the other.
    const ROWS: i64 = 6;
    const RUNS: i64 = 50;

    let domain = Domain::claim();
    let server = server(&domain, &[]);
    let started = Instant::now();
    thread::scope(|scope| {
        for row in 0..ROWS {
            let domain = &domain;
            scope.spawn(move || {
                for run in 0..RUNS {
                    let (a, b) = (row * RUNS + run, 1000 * row);
                    client_among_many(domain, &[&a.to_string(), &b.to_string()])
                        .expect_code(0)
                        .expect_log(&format!("for {a} + {b} = {}\n", a + b));
                }
            });
        }
    });
    let requests = server.stderr().matches("Incoming request").count();
    // A client that was started again may have sent two.
    assert!(requests >= (ROWS * RUNS) as usize);
    println!("{requests} requests in {:?}", started.elapsed());
}

#[test]
fn a_server_answers_the_clients_of_its_own_namespace_alone() {
    let domain = Domain::claim();
    let robots: Vec<_> = (1..=4)
        .map(|robot| format!("__ns:=/robot{robot}"))
        .collect();
    let servers: Vec<_> = robots
        .iter()
        .map(|namespace| server(&domain, &["--ros-args", "-r", namespace]))
        .collect();
    let clients: Vec<_> = (0..)
        .zip(&robots)
        .map(|(number, namespace)| {
            let a = number.to_string();
            client(&domain, &[&a, "10", "--ros-args", "-r", namespace])
        })
        .collect();
    for (number, client) in clients.into_iter().enumerate() {
        let expected = format!("for {number} + 10 = {}\n", number + 10);
        client.finish().expect_code(0).expect_log(&expected);
    }
    for (number, server) in servers.into_iter().enumerate() {
        server.signal(SIGINT);
        let server = server.finish().expect_code(0);
        let request = format!("Incoming request\na: {number} b: 10\n");
        assert!(server.stderr.contains(&request), "{server:?}");
        let requests = server.stderr.matches("Incoming request").count();
        assert_eq!(requests, 1, "{server:?}");
    }
}
