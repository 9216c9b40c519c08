// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Nodes whose middleware no longer works: a server starts anew, a client ends, and both say so.

use crate::support::{is_kilted, Domain, Process, CLIENT, PATIENCE, SERVER};
use std::{ffi::OsStr, process::Command, time::Duration};

const STANDS_STILL: &str = "Fast DDS stands still, and this process sees no other node";

/// Starts a program that stands still at a `place` of stand_still.c.
fn start(domain: &Domain, place: &str, program: impl AsRef<OsStr>, arguments: &[&str]) -> Process {
    let source = domain.file("stand_still.c", include_str!("support/stand_still.c"));
    let library = source.replace(".c", ".so");
    let built = Command::new(std::env::var("CC").unwrap_or_else(|_| "cc".to_owned()))
        .args(["-shared", "-fPIC", "-o", &library, &source, "-ldl"])
        .output()
        .expect("a C compiler");
    assert!(built.status.success(), "{built:?}");
    let mut command = domain.command(program);
    command
        .args(arguments)
        .env("LD_PRELOAD", library)
        .env("STAND_STILL", place);
    Process::start(command)
}

#[test]
fn server_that_stands_still_starts_anew() {
    let domain = Domain::claim();
    let mut server = start(
        &domain,
        "departure",
        SERVER,
        &["--ros-args", "-r", "__node:=adder"],
    );
    domain.client(&["2", "3"]).finish().expect_code(0);
    // The client has left, and nobody finds the server any more.
    let late = domain.client(&["2", "3", "--wait-timeout", "3"]).finish();
    late.expect_code(3);
    server.wait_for_log(&format!(
        "{STANDS_STILL} come or go (eProsima/Fast-DDS#6502); starting anew"
    ));
    domain.client(&["4", "5"]).finish().expect_code(0);
    // With the arguments that it was started with.
    assert_eq!(server.log().matches("[adder]: Incoming request").count(), 2);
    server.signal(libc::SIGINT);
    server.finish().expect_code(0);
}

#[test]
fn server_that_cannot_be_reached_starts_anew() {
    let domain = Domain::claim();
    let mut server = domain.server(&[]);
    domain.client(&["2", "3"]).finish().expect_code(0);
    server.will_leave_files_behind();
    for port in domain.ports() {
        std::fs::remove_file(format!("/dev/shm/{port}")).expect("a port of the server");
    }
    server.wait_for_log("No message can reach this process");
    server.wait_for_log("starting anew");
    domain.client(&["2", "3"]).finish().expect_code(0);
    server.signal(libc::SIGINT);
    server.finish().expect_code(0);
}

#[test]
fn client_that_stands_still_ends_without_a_time_limit() {
    let domain = Domain::claim();
    let mut client = start(&domain, "departure", CLIENT, &["2", "3"]);
    client.wait_for_log("service not available");
    // Long enough for the two to find each other.
    let other = domain.client(&["2", "3", "--wait-timeout", "5"]).finish();
    other.expect_code(3);
    client
        .finish_within(PATIENCE)
        .expect_code(1)
        .expect_log(STANDS_STILL);
}

#[test]
fn node_that_does_not_come_to_be_can_be_interrupted() {
    for (program, arguments) in [(SERVER, [].as_slice()), (CLIENT, &["2", "3"])] {
        let domain = Domain::claim();
        let node = start(&domain, "creation", program, arguments);
        std::thread::sleep(Duration::from_secs(1));
        node.signal(libc::SIGTERM);
        node.finish_within(Duration::from_secs(5))
            .expect_code(143)
            .expect_only_line("Stopped by SIGTERM, goodbye");
    }
}

#[test]
fn node_that_announces_itself_rarely_goes_on() {
    let domain = Domain::claim();
    let profile = domain.file("rarely.xml", include_str!("support/rarely.xml"));
    let mut command = domain.command(SERVER);
    command.env(
        if is_kilted() {
            "FASTDDS_DEFAULT_PROFILES_FILE"
        } else {
            "FASTRTPS_DEFAULT_PROFILES_FILE"
        },
        &profile,
    );
    let mut server = Process::start(command);
    // More than the module takes to give a node up.
    std::thread::sleep(Duration::from_secs(30));
    assert!(server.is_running());
    server.signal(libc::SIGINT);
    server
        .finish()
        .expect_code(0)
        .expect_only_line("Received SIGINT, leaving the ROS graph");
}
