// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Clients that leave or die before they are answered, or ask for something else: the server must
//! not mind.

use crate::support::{wait_until, Caller, Domain, Process, PATIENCE};
use rclrs::{Context, CreateBasicExecutor, InitOptions, IntoPrimitiveOptions};
use ros_env::example_interfaces::srv::{AddTwoInts, AddTwoInts_Request, AddTwoInts_Response};
use std::time::Duration;

#[test]
fn server_survives_clients_that_leave_before_they_are_answered() {
    let domain = Domain::claim();
    let server = domain.server(&[]);
    let mut witness = Caller::join(&domain);
    // Processes of their own: one that leaves while the server stands still may die of a fault of
    // Fast DDS, which takes the lock of a port that is no longer mapped.
    let join = || Process::start_to_talk_to(domain.peer_command("hasty_client.py", &[]));
    let mut clients: Vec<_> = (0..9).map(|_| join()).collect();
    for client in &mut clients {
        client.wait_for_print("answered");
    }
    while !clients.is_empty() {
        let mut leaving = clients.split_off(clients.len() - 3);
        // A server that stands still has the requests, and learns together with them that those
        // who sent them are gone.
        server.freeze();
        for client in &mut leaving {
            client.type_in("now\n");
            client.end_input();
        }
        for client in leaving {
            client.finish();
        }
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
