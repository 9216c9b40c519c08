// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Many calls at once, and clients in namespaces of their own. `make stress` counts what many more receive.

use crate::{
    caller::Caller,
    nodes::{client, server},
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
        let server = server.stop(SIGINT).expect_code(0);
        let request = format!("Incoming request\na: {number} b: 10\n");
        assert!(server.stderr.contains(&request), "{server:?}");
        let requests = server.stderr.matches("Incoming request").count();
        assert_eq!(requests, 1, "{server:?}");
    }
}
