// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The effect of ROS arguments on both nodes: names, namespaces, parameters, log levels.

use crate::nodes::{client, server};
use test_support::{Domain, Observer, SIGINT};

#[test]
fn both_nodes_have_the_names_of_the_tutorial() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let _client = client(&domain, &["2", "3"]);
    observer.wait_for_nodes(&["/minimal_client_async"]);
    let _server = server(&domain, &[]);
    observer.wait_for_nodes(&["/minimal_service"]);
    observer.wait_for_service_of("/", "minimal_service", "/add_two_ints");
}

#[test]
fn a_remapped_service_is_offered_and_called_under_its_new_name() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let remap = ["--ros-args", "-r", "add_two_ints:=sum"];
    let mut server = server(&domain, &remap);
    observer.wait_for_nodes(&["/minimal_service"]);
    observer.wait_for_service_of("/", "minimal_service", "/sum");
    let services = observer.services_of("/", "minimal_service");
    assert!(
        !services.contains(&"/add_two_ints".to_owned()),
        "{services:?}"
    );

    let mut arguments = vec!["2", "3"];
    arguments.extend(remap);
    let finished = client(&domain, &arguments).finish();
    finished.expect_code(0).expect_log("for 2 + 3 = 5\n");
    server.wait_for_log("a: 2 b: 3\n");

    client(&domain, &["2", "3", "--wait-timeout", "0.5"])
        .finish()
        .expect_code(3)
        .expect_log("No server offered /add_two_ints within 0.5 s");
}

#[test]
fn a_namespace_applies_to_node_service_and_logger() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let namespace = ["--ros-args", "-r", "__ns:=/robot1"];
    let mut server = server(&domain, &namespace);
    observer.wait_for_nodes(&["/robot1/minimal_service"]);
    observer.wait_for_service_of("/robot1", "minimal_service", "/robot1/add_two_ints");

    let mut arguments = vec!["2", "3"];
    arguments.extend(namespace);
    client(&domain, &arguments)
        .finish()
        .expect_code(0)
        .expect_log("[robot1.minimal_client_async]: Result of add_two_ints: for 2 + 3 = 5\n");
    server.wait_for_log("[robot1.minimal_service]: Incoming request\na: 2 b: 3\n");
}

#[test]
fn a_node_can_be_renamed() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let mut server = server(&domain, &["--ros-args", "-r", "__node:=adder"]);
    observer.wait_for_nodes(&["/adder"]);
    client(&domain, &["2", "3", "--ros-args", "-r", "__node:=asker"])
        .finish()
        .expect_code(0)
        .expect_log("[asker]: Result of add_two_ints: for 2 + 3 = 5\n");
    server.wait_for_log("[adder]: Incoming request\na: 2 b: 3\n");
}

#[test]
fn the_log_level_applies_to_both_nodes() {
    let domain = Domain::claim();
    let server = server(&domain, &["--ros-args", "--log-level", "warn"]);
    let client = client(&domain, &["2", "3", "--ros-args", "--log-level", "warn"])
        .finish()
        .expect_code(0);
    assert_eq!(client.stderr, "", "{client:?}");
    assert_eq!(client.stdout, "5\n", "{client:?}");
    server.signal(SIGINT);
    let server = server.finish().expect_code(0);
    assert_eq!(server.stderr, "", "{server:?}");
}

#[test]
fn a_parameter_file_is_read() {
    let domain = Domain::claim();
    let file = domain.file(
        "one_shot.yaml",
        "minimal_service:\n  ros__parameters:\n    one_shot: true\n",
    );
    let server = server(&domain, &["--ros-args", "--params-file", &file]);
    client(&domain, &["2", "3"]).finish().expect_code(0);
    server.finish().expect_code(0);
}

#[test]
fn a_parameter_of_the_wrong_type_is_reported_in_one_line() {
    let domain = Domain::claim();
    server(&domain, &["--ros-args", "-p", "one_shot:=maybe"])
        .finish()
        .expect_code(2)
        .expect_only_line("Bad value for the parameter one_shot: it must be true or false\n");
}

#[test]
fn one_shot_answers_one_request_and_shuts_down() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let server = server(&domain, &["--ros-args", "-p", "one_shot:=true"]);
    client(&domain, &["2", "3"])
        .finish()
        .expect_code(0)
        .expect_log("for 2 + 3 = 5\n");
    let server = server.finish().expect_code(0);
    let requests = server.stderr.matches("Incoming request").count();
    assert_eq!(requests, 1, "{server:?}");
    observer.wait_for_nodes(&[]);
}

#[test]
fn one_shot_answers_only_one_of_many_clients() {
    let domain = Domain::claim();
    // The clients wait already, so that all of them send as soon as they discover the server.
    let mut clients: Vec<_> = (0..4).map(|_| client(&domain, &["2", "3"])).collect();
    for client in &mut clients {
        client.wait_for_log("service not available, waiting again...");
    }
    let server = server(&domain, &["--ros-args", "-p", "one_shot:=true"]);
    let server = server.finish().expect_code(0);
    let requests = server.stderr.matches("Incoming request").count();
    assert_eq!(requests, 1, "{server:?}");
}
