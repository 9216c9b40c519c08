// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The effect of ROS arguments on both nodes: names, namespaces, parameters, log levels.

use crate::nodes::{client, server};
use test_support::{Domain, Observer, SIGINT};

const INTROSPECTION: &str = "service_configure_introspection";

/// Starts both nodes with `arguments`, and compares their names, and that of the service, with those given.
fn expect_names(arguments: &[&str], server_node: &str, client_node: &str, service_name: &str) {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let ros_arguments = [&["--ros-args"], arguments].concat();
    let client = client(&domain, &[&["2", "3"], &ros_arguments[..]].concat());
    observer.wait_for_nodes(&[client_node]);
    let mut server = server(&domain, &ros_arguments);
    observer.wait_for_service_of(server_node, service_name);
    let logger = |node: &str| node[1..].replace('/', ".");
    client.finish().expect_code(0).expect_log(&format!(
        "[{}]: Result of add_two_ints: for 2 + 3 = 5\n",
        logger(client_node)
    ));
    let logger = logger(server_node);
    server.wait_for_log(&format!("[{logger}]: Incoming request\na: 2 b: 3\n"));
}

#[test]
fn both_nodes_and_the_service_have_the_names_of_the_tutorial_unless_they_are_remapped() {
    let (server, client) = ("/minimal_service", "/minimal_client_async");
    expect_names(&[], server, client, "/add_two_ints");
    expect_names(&["-r", "add_two_ints:=sum"], server, client, "/sum");
    let rules = [
        "minimal_service:__node:=adder",
        "minimal_client_async:__node:=asker",
    ];
    let renamed = ["-r", rules[0], "-r", rules[1]];
    expect_names(&renamed, "/adder", "/asker", "/add_two_ints");
    expect_names(
        &["-r", "__ns:=/robot1"],
        "/robot1/minimal_service",
        "/robot1/minimal_client_async",
        "/robot1/add_two_ints",
    );
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
    let server = server.stop(SIGINT).expect_code(0);
    assert_eq!(server.stderr, "", "{server:?}");
}

#[test]
fn a_parameter_of_a_wrong_value_or_type_is_reported_in_one_line() {
    let domain = Domain::claim();
    let values = "disabled, metadata, contents";
    for (name, value, reason) in [
        ("one_shot", "maybe", "it must be true or false".to_owned()),
        (INTROSPECTION, "loud", format!("'loud' is none of {values}")),
        (INTROSPECTION, "5", format!("it must be one of {values}")),
    ] {
        let line = format!("Bad value for the parameter {name}: {reason}\n");
        let parameter = format!("{name}:={value}");
        let server = server(&domain, &["--ros-args", "-p", &parameter]).finish();
        server.expect_code(2).expect_only_line(&line);
    }
}

#[test]
fn one_shot_from_a_parameter_file_answers_one_request_and_shuts_down() {
    let domain = Domain::claim();
    let file = domain.file(
        "one_shot.yaml",
        "minimal_service:\n  ros__parameters:\n    one_shot: true\n",
    );
    let server = server(&domain, &["--ros-args", "--params-file", &file]);
    let client = client(&domain, &["2", "3"]).finish().expect_code(0);
    client.expect_log("for 2 + 3 = 5\n");
    let server = server.finish().expect_code(0);
    let requests = server.stderr.matches("Incoming request").count();
    assert_eq!(requests, 1, "{server:?}");
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
