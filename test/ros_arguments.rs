// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What ROS arguments do to both nodes: names, namespaces, parameters, log levels.

use crate::support::{Domain, Observer};

#[test]
fn both_nodes_carry_the_names_of_the_tutorial() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let _client = domain.client(&["2", "3"]);
    observer.wait_for_nodes(&["/minimal_client_async"]);
    let _server = domain.server(&[]);
    observer.wait_for_nodes(&["/minimal_service"]);
    observer.wait_for_service_of("/", "minimal_service", "/add_two_ints");
}

#[test]
fn a_remapped_service_is_offered_and_called_under_its_new_name() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let remap = ["--ros-args", "-r", "add_two_ints:=sum"];
    let mut server = domain.server(&remap);
    observer.wait_for_nodes(&["/minimal_service"]);
    observer.wait_for_service_of("/", "minimal_service", "/sum");
    let services = observer.services_of("/", "minimal_service");
    assert!(
        !services.contains(&"/add_two_ints".to_owned()),
        "{services:?}"
    );

    let mut arguments = vec!["2", "3"];
    arguments.extend(remap);
    let finished = domain.client(&arguments).finish();
    finished.expect_code(0).expect_log("for 2 + 3 = 5\n");
    server.wait_for_log("a: 2 b: 3\n");

    domain
        .client(&["2", "3", "--wait-timeout", "0.5"])
        .finish()
        .expect_code(3)
        .expect_log("No server offered /add_two_ints within 0.5 s");
}

#[test]
fn a_namespace_moves_node_service_and_logger() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let namespace = ["--ros-args", "-r", "__ns:=/robot1"];
    let mut server = domain.server(&namespace);
    observer.wait_for_nodes(&["/robot1/minimal_service"]);
    observer.wait_for_service_of("/robot1", "minimal_service", "/robot1/add_two_ints");

    let mut arguments = vec!["2", "3"];
    arguments.extend(namespace);
    domain
        .client(&arguments)
        .finish()
        .expect_code(0)
        .expect_log("[robot1.minimal_client_async]: Result of add_two_ints: for 2 + 3 = 5\n");
    server.wait_for_log("[robot1.minimal_service]: Incoming request\na: 2 b: 3\n");
}

#[test]
fn a_node_takes_another_name() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let mut server = domain.server(&["--ros-args", "-r", "__node:=adder"]);
    observer.wait_for_nodes(&["/adder"]);
    domain
        .client(&["2", "3", "--ros-args", "-r", "__node:=asker"])
        .finish()
        .expect_code(0)
        .expect_log("[asker]: Result of add_two_ints: for 2 + 3 = 5\n");
    server.wait_for_log("[adder]: Incoming request\na: 2 b: 3\n");
}

#[test]
fn the_log_level_silences_both_nodes_but_not_the_exit_code() {
    let domain = Domain::claim();
    let server = domain.server(&["--ros-args", "--log-level", "warn"]);
    let client = domain
        .client(&["2", "3", "--ros-args", "--log-level", "warn"])
        .finish()
        .expect_code(0);
    assert_eq!(client.stderr, "", "{client:?}");
    server.signal(libc::SIGINT);
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
    let server = domain.server(&["--ros-args", "--params-file", &file]);
    domain.client(&["2", "3"]).finish().expect_code(0);
    server.finish().expect_code(0);
}

#[test]
fn a_parameter_of_the_wrong_type_is_reported_in_one_line() {
    let domain = Domain::claim();
    domain
        .server(&["--ros-args", "-p", "one_shot:=maybe"])
        .finish()
        .expect_code(2)
        .expect_only_line("Bad value for the parameter one_shot: it must be true or false\n");
}

#[test]
fn a_simulated_time_that_is_neither_on_nor_off_is_reported_in_one_line() {
    let domain = Domain::claim();
    let expected = "Bad value for the parameter use_sim_time: it must be true or false\n";
    let arguments = ["--ros-args", "-p", "use_sim_time:=maybe"];
    let server = domain.server(&arguments).finish();
    server.expect_code(2).expect_only_line(expected);
    let client = domain.client(&[&["2", "3"], &arguments[..]].concat());
    client.finish().expect_code(2).expect_only_line(expected);
    // Every node has the parameter, and one on simulated time answers as well.
    let _server = domain.server(&["--ros-args", "-p", "use_sim_time:=true"]);
    let simulated = ["2", "3", "--ros-args", "-p", "use_sim_time:=true"];
    domain.client(&simulated).finish().expect_code(0);
}

#[test]
fn one_shot_answers_one_request_and_leaves() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let server = domain.server(&["--ros-args", "-p", "one_shot:=true"]);
    domain
        .client(&["2", "3"])
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
    // The clients are there first, so that all of them send as soon as the server appears.
    let mut clients: Vec<_> = (0..4).map(|_| domain.client(&["2", "3"])).collect();
    for client in &mut clients {
        client.wait_for_log("service not available, waiting again...");
    }
    let server = domain.server(&["--ros-args", "-p", "one_shot:=true"]);
    let server = server.finish().expect_code(0);
    let requests = server.stderr.matches("Incoming request").count();
    assert_eq!(requests, 1, "{server:?}");
}
