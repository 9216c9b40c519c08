// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Server and client, one of them in Rust and the other in Rust or in Python.

use crate::nodes::{client, expect_sum, peer, server};
use test_support::{Domain, Process};

/// Lets `client` ask `server` for 2 + 3, and compares what both log with the tutorial.
fn call(start_server: fn(&Domain) -> Process, start_client: fn(&Domain) -> Process) {
    let domain = Domain::claim();
    let mut server = start_server(&domain);
    expect_sum(start_client(&domain));
    server.wait_for_log("[minimal_service]: Incoming request\na: 2 b: 3\n");
}

fn rust_server(domain: &Domain) -> Process {
    server(domain, &[])
}

fn rust_client(domain: &Domain) -> Process {
    client(domain, &["2", "3"])
}

#[test]
fn rust_client_gets_the_sum_from_rust_server() {
    call(rust_server, rust_client);
}

#[test]
fn rust_client_gets_the_sum_from_rclpy_server() {
    call(
        |domain| peer(domain, "minimal_service.py", &[]),
        rust_client,
    );
}

#[test]
fn rclpy_client_gets_the_sum_from_rust_server() {
    call(rust_server, |domain| {
        peer(domain, "minimal_client_async.py", &["2", "3"])
    });
}
