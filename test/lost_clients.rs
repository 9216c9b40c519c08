// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Clients that exit before they are answered, or cannot receive the response: the server goes on.

use crate::{
    caller::Caller,
    nodes::{client, expect_sum, peer, peer_command, server, CLIENT},
};
use std::time::Duration;
use test_support::{is_true_within, skip_without, Domain, Feature, Process, SIGINT};

#[test]
fn server_goes_on_after_clients_that_exit_before_they_are_answered() {
    let domain = Domain::claim();
    let server = server(&domain, &[]);
    let mut witness = Caller::join(&domain);
    // Processes of their own: one that exits while the server is suspended may crash, because Fast DDS
    // takes the lock of a port that is no longer mapped.
    let join = || Process::start_with_stdin(peer_command(&domain, "hasty_client.py", &[]));
    let mut clients: Vec<_> = (0..9).map(|_| join()).collect();
    for client in &mut clients {
        client.wait_for_output("answered");
    }
    while !clients.is_empty() {
        let mut exiting = clients.split_off(clients.len() - 3);
        // A suspended server detects that the clients have left when it takes their requests.
        server.suspend();
        for client in &mut exiting {
            client.write("now\n");
            client.close_stdin();
        }
        // The server may be suspended while it holds the lock of a shared-memory port, for which a client
        // then waits until the server goes on.
        is_true_within(Duration::from_secs(5), || {
            !exiting.iter_mut().any(Process::is_running)
        });
        server.resume();
        for client in exiting {
            client.finish();
        }
        assert_eq!(witness.call(3, 4).ok(), Some(7));
    }
    server.stop(SIGINT).expect_code(0);
}

#[test]
fn server_answers_the_others_when_eight_clients_cannot_receive_their_responses() {
    let domain = Domain::claim();
    let mut server = server(&domain, &[]);
    let mut unreachable = peer(&domain, "transient_local_client.py", &["8"]);
    unreachable.wait_for_output("sent 1 requests");
    server.wait_for_log("a: 6 b: 7\n");
    let mut caller = Caller::join(&domain);
    for number in 0..10 {
        assert_eq!(caller.call(number, 1).ok(), Some(number + 1));
    }
    // They have sent requests all the time, and received no response.
    unreachable.wait_for_output("sent 50 requests");
    assert!(
        !unreachable.stdout().contains("response"),
        "{unreachable:?}"
    );
    server.wait_for_log("A client cannot receive the response to its request");
    client(&domain, &["2", "3"]).finish().expect_code(0);
    server.stop(SIGINT).expect_code(0);
}

#[test]
fn a_client_whose_reader_is_announced_late_receives_its_response() {
    skip_without!(Feature::FastDds);
    let domain = Domain::claim();
    let mut server = server(&domain, &[]);
    let mut witness = Caller::join(&domain);
    let mut late = late_client(&domain);
    server.wait_for_log("a: 2 b: 3\n");
    // Nobody waits for the late client meanwhile.
    assert_eq!(witness.call(3, 4).ok(), Some(7));
    assert!(late.is_running(), "{late:?}");
    expect_sum(late);
    server.stop(SIGINT).expect_code(0);
}

#[test]
fn a_one_shot_server_waits_for_a_client_whose_reader_is_announced_late() {
    skip_without!(Feature::FastDds);
    let domain = Domain::claim();
    let server = server(&domain, &["--ros-args", "-p", "one_shot:=true"]);
    expect_sum(late_client(&domain));
    server.finish().expect_code(0);
}

fn late_client(domain: &Domain) -> Process {
    domain.start_on_blocking_fast_dds(CLIENT, &["2", "3", "--reply-timeout", "20"], "reader")
}
