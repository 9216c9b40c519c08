// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Clients that leave or die before they are answered, or ask for something else: the server must
//! not mind.

use crate::support::{is_kilted, wait_until, Caller, Domain, PATIENCE};
use rclrs::{Context, CreateBasicExecutor, InitOptions, IntoPrimitiveOptions};
use ros_env::example_interfaces::srv::{AddTwoInts, AddTwoInts_Request, AddTwoInts_Response};
use std::time::Duration;

#[test]
fn server_survives_clients_that_leave_before_they_are_answered() {
    if is_kilted() {
        println!("Left out: so many participants that leave one process crash Fast DDS 3.2");
        return;
    }
    let domain = Domain::claim();
    let server = domain.server(&[]);
    let mut witness = Caller::join(&domain);
    let mut callers = Caller::join_all(&domain, 15);
    while !callers.is_empty() {
        let mut leaving = callers.split_off(callers.len() - 3);
        for caller in &mut leaving {
            assert_eq!(caller.call(1, 1).ok(), Some(2));
        }
        // A server that stands still has the requests, and learns together with them that those
        // who sent them are gone.
        server.freeze();
        for caller in &mut leaving {
            drop(caller.request(2, 3));
        }
        std::thread::sleep(Duration::from_millis(100));
        drop(leaving);
        std::thread::sleep(Duration::from_millis(100));
        server.signal(libc::SIGCONT);
        assert_eq!(witness.call(3, 4).ok(), Some(7));
    }
    server.signal(libc::SIGINT);
    server.finish().expect_code(0);
}

#[test]
fn server_survives_a_client_that_cannot_receive_its_reply() {
    let domain = Domain::claim();
    let server = domain.server(&[]);
    let options = InitOptions::new().with_domain_id(Some(domain.id()));
    let context = Context::new([], options).expect("a ROS context");
    let executor = context.create_basic_executor();
    let node = executor.create_node("deaf_client").expect("a node");
    // This client wants to be told later what was said earlier, which no service offers: its
    // requests get through, the replies do not, and rmw tells the server so.
    let client = node.create_client::<AddTwoInts>("add_two_ints".transient_local());
    let client = client.expect("a client");
    wait_until("a request that gets through", PATIENCE, || {
        let request = AddTwoInts_Request { a: 6, b: 7 };
        let sent = client.call::<_, AddTwoInts_Response>(&request);
        drop(sent.expect("a request on its way"));
        std::thread::sleep(Duration::from_millis(100));
        server.log().contains("a: 6 b: 7\n")
    });
    for _ in 0..3 {
        domain.client_among_many(&["2", "3"]).expect_code(0);
    }
    server.signal(libc::SIGINT);
    server.finish().expect_code(0);
}

#[test]
fn server_survives_requests_that_hold_something_else() {
    let domain = Domain::claim();
    let server = domain.server(&[]);
    // Shorter and longer than two integers.
    let mut peers = [("std_srvs", "SetBool"), ("rcl_interfaces", "SetParameters")]
        .map(|(package, service)| domain.peer("disguised.py", &["client", package, service]));
    for peer in &mut peers {
        peer.wait_for_print("sent 10 requests");
    }
    for _ in 0..3 {
        domain.client(&["2", "3"]).finish().expect_code(0);
    }
    // None of the others was mistaken for a request.
    assert_eq!(server.log().matches("Incoming request").count(), 3);
    drop(peers);
    server.signal(libc::SIGINT);
    server.finish().expect_code(0);
}
