// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Servers that start late, do not answer, are killed or restarted.

use crate::{
    caller::Caller,
    nodes::{client, expect_sum, peer, server},
};
use rclrs_runtime::Error;
use std::time::{Duration, Instant};
use test_support::{skip_without, wait_until, Domain, Feature, Observer, PATIENCE, SIGTERM};

const WAITING: &str = "[minimal_client_async]: service not available, waiting again...\n";

#[test]
fn client_discovers_a_server_that_starts_after_it() {
    let domain = Domain::claim();
    let mut client = client(&domain, &["2", "3"]);
    client.wait_for_log(WAITING);
    let _server = server(&domain, &[]);
    expect_sum(client);
}

#[test]
fn client_logs_every_second_that_it_waits_until_the_time_limit() {
    let domain = Domain::claim();
    let started = Instant::now();
    let client = client(&domain, &["2", "3", "--wait-timeout", "2.5"]).finish();
    assert!(
        started.elapsed() >= Duration::from_millis(2500),
        "{client:?}"
    );
    let client = client.expect_code(3).expect_last_line(
        "No server offered /add_two_ints within 2.5 s; start one, or wait longer",
    );
    assert_eq!(client.stderr.matches(WAITING).count(), 2, "{client:?}");
}

#[test]
fn client_waits_for_a_reply_until_the_time_limit() {
    let domain = Domain::claim();
    let mut server = peer(&domain, "unhelpful_service.py", &["hold"]);
    let client = client(&domain, &["2", "3", "--reply-timeout", "0.5"]);
    server.wait_for_output("took the request");
    client.finish().expect_code(4).expect_last_line(
        "No reply from /add_two_ints within 0.5 s; its server is busy, or uses another middleware",
    );
}

#[test]
fn client_reports_a_server_that_shuts_down_without_a_reply() {
    // More than once: sometimes a server has left before its node name is known.
    for _ in 0..5 {
        let domain = Domain::claim();
        let client = client(&domain, &["2", "3"]);
        let server = peer(&domain, "unhelpful_service.py", &["leave"]);
        server.finish().expect_code(0);
        // The server announces that it leaves, so that no lease has to expire.
        client
            .finish_within(Duration::from_secs(5))
            .expect_code(4)
            .expect_log("The server of /add_two_ints left before it replied");
    }
}

#[test]
fn client_reports_a_server_that_is_killed_after_it_has_received_the_request() {
    let domain = Domain::claim();
    let mut server = peer(&domain, "unhelpful_service.py", &["hold"]);
    let client = client(&domain, &["2", "3"]);
    server.wait_for_output("took the request");
    let killed = Instant::now();
    server.kill();
    let client = client.finish().expect_code(4);
    println!("the client reported it after {:?}", killed.elapsed());
    client.expect_last_line("The server of /add_two_ints left before it replied; the request is lost, send it again when a server is back");
}

#[test]
fn client_that_no_reply_can_reach_exits_with_75() {
    skip_without!(Feature::FastDds);
    let domain = Domain::claim();
    let mut client = client(&domain, &["2", "3"]);
    client.wait_for_log(WAITING);
    // What Fast DDS itself does when a participant exits while another one takes its number: the file
    // for user data is deleted, that for discovery stays.
    let user_data = 7400 + 250 * domain.id() + 11;
    client.delete_port_file(|port| usize::from(port) == user_data);
    let _server = server(&domain, &[]);
    client.finish().expect_code(75).expect_last_line(
        "No message can reach this process: its shared-memory port file was deleted from /dev/shm; restart it",
    );
}

#[test]
fn client_receives_its_reply_when_it_receives_no_node_names() {
    skip_without!(Feature::PortOfNames);
    let domain = Domain::claim();
    let mut client = client(&domain, &["2", "3"]);
    client.wait_for_log(WAITING);
    // The port for the names of nodes is below those of all domains, and any process of this machine
    // may take the number.
    client.delete_port_file(|port| port < 7400);
    // It checks its port files all the time, and would have exited by now.
    wait_until("the client still waits", PATIENCE, || {
        client.stderr().matches(WAITING).count() >= 6
    });
    let _server = server(&domain, &[]);
    expect_sum(client);
}

#[test]
fn calls_are_answered_while_one_of_two_servers_is_left() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let one = server(&domain, &["--ros-args", "-r", "__node:=one"]);
    let _two = server(&domain, &["--ros-args", "-r", "__node:=two"]);
    observer.wait_for_nodes(&["/one", "/two"]);
    let mut caller = Caller::join(&domain);
    assert_eq!(caller.call(1, 1).ok(), Some(2));
    one.stop(SIGTERM).expect_code(0);
    for number in 0..100 {
        assert_eq!(caller.call(number, 1).ok(), Some(number + 1));
    }
}

#[test]
fn a_call_in_flight_is_kept_when_another_server_of_the_same_name_starts_and_exits() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let mut asked = peer(&domain, "unhelpful_service.py", &["hold"]);
    let mut caller = Caller::join(&domain);
    let call = caller.request(2, 3);
    asked.wait_for_output("took the request");
    let other = server(&domain, &[]);
    observer.wait_for_nodes(&["/minimal_service", "/minimal_service"]);
    other.stop(SIGTERM).expect_code(0);
    observer.wait_for_nodes(&["/minimal_service"]);
    // A loss would be reported within half a second.
    let result = call.result_within(Duration::from_secs(2));
    assert!(result.is_none(), "{result:?}");
}

#[test]
fn calls_are_answered_after_the_server_was_restarted_between_them() {
    let domain = Domain::claim();
    let mut running = server(&domain, &[]);
    let mut caller = Caller::join(&domain);
    for round in 0..5 {
        assert_eq!(caller.call(round, 1).expect("an answer"), round + 1);
        running.stop(SIGTERM).expect_code(0);
        running = server(&domain, &[]);
    }
    assert_eq!(caller.call(5, 1).expect("an answer"), 6);
}

#[test]
fn a_call_in_flight_reports_a_killed_server_and_the_next_one_is_answered() {
    let domain = Domain::claim();
    let mut killed = server(&domain, &[]);
    let mut caller = Caller::join(&domain);
    assert_eq!(caller.call(1, 1).ok(), Some(2));
    // A suspended server has received the requests, and does not take them. A new reader would ask for so
    // many in several steps of 3 s (docs/upstream.md, 24).
    killed.suspend();
    let lost: Vec<_> = (0..3000).map(|_| caller.request(2, 2)).collect();
    std::thread::sleep(Duration::from_millis(200));
    killed.kill();
    // The new server is on the graph long before the lease of the old one expires.
    let restarted = server(&domain, &[]);
    wait_until("the new server answers", Duration::from_secs(10), || {
        let result = caller.request(1, 2).result_within(Duration::from_secs(1));
        matches!(result, Some(Ok(3)))
    });
    let result = lost[0].result();
    assert!(
        matches!(result, Err(Error::ServerLost { .. })),
        "{result:?}"
    );
    for number in 0..100 {
        assert_eq!(caller.call(number, 1).ok(), Some(number + 1));
    }
    assert!(!restarted.stderr().contains("a: 2 b: 2"), "{restarted:?}");
}
