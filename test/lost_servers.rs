// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Servers that are late, silent, killed or restarted.

use crate::support::{wait_until, Caller, Domain, Observer, PATIENCE};
use futures_lite::future::block_on;
use rust_add_two_ints::{failure::Failure, time_limit::within};
use std::time::{Duration, Instant};

const WAITING: &str = "[minimal_client_async]: service not available, waiting again...\n";

#[test]
fn client_finds_a_server_that_starts_after_it() {
    let domain = Domain::claim();
    let mut client = domain.client(&["2", "3"]);
    client.wait_for_log(WAITING);
    let _server = domain.server(&[]);
    client
        .finish()
        .expect_code(0)
        .expect_log("Result of add_two_ints: for 2 + 3 = 5\n");
}

#[test]
fn client_says_every_second_that_it_waits_and_gives_up_in_time() {
    let domain = Domain::claim();
    let started = Instant::now();
    let client = domain.client(&["2", "3", "--wait-timeout", "2.5"]).finish();
    assert!(
        started.elapsed() >= Duration::from_millis(2500),
        "{client:?}"
    );
    let client = client.expect_code(3);
    assert_eq!(client.stderr.matches(WAITING).count(), 2, "{client:?}");
    let last = client.stderr.lines().last().unwrap_or_default();
    assert_eq!(
        last,
        "No server offered /add_two_ints within 2.5 s; start one, or allow more with --wait-timeout",
        "{client:?}"
    );
}

#[test]
fn client_gives_up_on_a_reply_in_time() {
    let domain = Domain::claim();
    let mut server = domain.peer("unhelpful_service.py", &["hold"]);
    let client = domain.client(&["2", "3", "--reply-timeout", "0.5"]);
    server.wait_for_print("took the request");
    client
        .finish()
        .expect_code(4)
        .expect_log("No reply from /add_two_ints within 0.5 s; its server is busy or stuck, allow more with --reply-timeout\n");
}

#[test]
fn client_ends_when_its_server_leaves_without_an_answer() {
    // More than once: now and then a server is gone before its name has got around.
    for _ in 0..5 {
        let domain = Domain::claim();
        let client = domain.client(&["2", "3"]);
        let server = domain.peer("unhelpful_service.py", &["leave"]);
        server.finish().expect_code(0);
        // The server said goodbye, so that nothing has to time out.
        client
            .finish_within(Duration::from_secs(5))
            .expect_code(4)
            .expect_log("The server of /add_two_ints vanished before it replied");
    }
}

#[test]
fn client_ends_when_its_server_is_killed_with_the_request_in_hand() {
    let domain = Domain::claim();
    let mut server = domain.peer("unhelpful_service.py", &["hold"]);
    let client = domain.client(&["2", "3"]);
    server.wait_for_print("took the request");
    let killed = Instant::now();
    server.kill();
    let client = client.finish().expect_code(4);
    println!("the client knew after {:?}", killed.elapsed());
    client.expect_log("The server of /add_two_ints vanished before it replied; the request is lost, send it again when a server is back\n");
}

#[test]
fn client_ends_when_its_server_is_killed_and_started_again() {
    let domain = Domain::claim();
    let mut server = domain.peer("unhelpful_service.py", &["hold"]);
    let client = domain.client(&["2", "3"]);
    server.wait_for_print("took the request");
    server.kill();
    // The new server is there long before the lease of the old one runs out.
    let mut restarted = domain.server(&[]);
    client
        .finish()
        .expect_code(4)
        .expect_log("The server of /add_two_ints vanished before it replied");
    domain.client(&["4", "5"]).finish().expect_code(0);
    restarted.wait_for_log("a: 4 b: 5\n");
    assert!(!restarted.log().contains("a: 2 b: 3"), "{restarted:?}");
}

#[test]
fn client_ends_when_no_reply_can_reach_it() {
    let domain = Domain::claim();
    let mut client = domain.client(&["2", "3"]);
    client.wait_for_log(WAITING);
    // What Fast DDS itself does to a participant that takes the place of one that leaves: the file
    // for the messages of the user is gone, that for discovery stays.
    let user_traffic = 7400 + 250 * domain.id() + 11;
    let file = ["fastrtps", "fastdds"]
        .map(|name| format!("/dev/shm/{name}_port{user_traffic}"))
        .into_iter()
        .find(|file| std::fs::remove_file(file).is_ok());
    assert!(file.is_some(), "no port {user_traffic} of {client:?}");
    let _server = domain.server(&[]);
    client.finish().expect_code(4).expect_log(
        "No reply from /add_two_ints can arrive: another program has removed a file of this one",
    );
}

#[test]
fn client_gets_its_reply_though_it_learns_no_names() {
    let domain = Domain::claim();
    let mut client = domain.client(&["2", "3"]);
    client.wait_for_log(WAITING);
    // The port for the names of nodes is below those of all domains, and any process on this
    // machine may have taken it over.
    let open = std::fs::read_dir(format!("/proc/{}/fd", client.id())).expect("a process that runs");
    let file = open
        .flatten()
        .filter_map(|entry| std::fs::read_link(entry.path()).ok())
        .find_map(|lock| {
            let (folder, port) = lock.to_str()?.strip_suffix("_el")?.split_once("_port")?;
            let below = port.parse::<u16>().is_ok_and(|port| port < 7400);
            below.then(|| format!("{folder}_port{port}"))
        });
    std::fs::remove_file(file.expect("a port for names")).expect("a file of our own process");
    // It looks for lost files each time that it says so, and would have given up by now.
    wait_until("the client waits on", PATIENCE, || {
        client.log().matches(WAITING).count() >= 6
    });
    let _server = domain.server(&[]);
    client
        .finish()
        .expect_code(0)
        .expect_log("Result of add_two_ints: for 2 + 3 = 5\n");
}

#[test]
fn client_waits_on_while_one_of_two_servers_lives() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let one = domain.server(&["--ros-args", "-r", "__node:=one"]);
    let _two = domain.server(&["--ros-args", "-r", "__node:=two"]);
    observer.wait_for_nodes(&["/one", "/two"]);
    let mut caller = Caller::join(&domain);
    assert_eq!(caller.call(1, 1).ok(), Some(2));
    one.signal(libc::SIGTERM);
    one.finish().expect_code(0);
    for number in 0..100 {
        assert_eq!(caller.call(number, 1).ok(), Some(number + 1));
    }
}

#[test]
fn a_call_waits_on_when_another_server_of_the_same_name_comes_and_goes() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let mut asked = domain.peer("unhelpful_service.py", &["hold"]);
    let mut caller = Caller::join(&domain);
    let sum = caller.request(2, 3);
    asked.wait_for_print("took the request");
    let other = domain.server(&[]);
    observer.wait_for_servers("/add_two_ints", 2);
    other.signal(libc::SIGTERM);
    other.finish().expect_code(0);
    observer.wait_for_servers("/add_two_ints", 1);
    // A loss would be reported within half a second.
    let outcome = block_on(within(Duration::from_secs(2), sum));
    assert!(outcome.is_none(), "{outcome:?}");
}

#[test]
fn calls_go_on_after_a_server_was_restarted_between_them() {
    let domain = Domain::claim();
    let mut server = domain.server(&[]);
    let mut caller = Caller::join(&domain);
    for round in 0..5 {
        assert_eq!(caller.call(round, 1).expect("an answer"), round + 1);
        server.signal(libc::SIGTERM);
        server.finish().expect_code(0);
        server = domain.server(&[]);
    }
    assert_eq!(caller.call(5, 1).expect("an answer"), 6);
}

#[test]
fn a_call_in_mid_run_reports_a_killed_server_and_the_next_one_recovers() {
    let domain = Domain::claim();
    let mut server = domain.server(&[]);
    let mut caller = Caller::join(&domain);
    assert_eq!(caller.call(1, 1).ok(), Some(2));
    // A server that stands still has taken the request and will never look at it.
    server.freeze();
    let mut lost = Box::pin(caller.request(2, 2));
    std::thread::sleep(Duration::from_millis(200));
    server.kill();
    let _restarted = domain.server(&[]);
    let outcome = block_on(within(PATIENCE, &mut lost)).expect("a call that ends");
    assert!(
        matches!(outcome, Err(Failure::ServerGone { .. })),
        "{outcome:?}"
    );
    for number in 0..100 {
        assert_eq!(caller.call(number, 1).ok(), Some(number + 1));
    }
}

#[test]
fn every_call_ends_while_the_server_is_restarted_again_and_again() {
    let domain = Domain::claim();
    let mut server = domain.server(&[]);
    let mut caller = Caller::join(&domain);
    let (mut answered, mut lost) = (0, 0);
    for restart in 0..6 {
        // The restart happens somewhere in the middle of these calls.
        let until = Instant::now() + Duration::from_millis(300 + 10 * restart);
        let mut told = false;
        loop {
            match caller.call(answered, 1) {
                Ok(sum) => {
                    assert_eq!(sum, answered + 1);
                    answered += 1;
                }
                Err(Failure::ServerGone { .. }) => lost += 1,
                Err(error) => panic!("{error}"),
            }
            if told {
                break;
            }
            if Instant::now() > until {
                server.signal(libc::SIGTERM);
                let restarted = domain.server(&[]);
                std::mem::replace(&mut server, restarted)
                    .finish()
                    .expect_code(0);
                told = true;
            }
        }
    }
    assert_eq!(caller.call(-1, 1).ok(), Some(0));
    println!("{answered} calls answered, {lost} reported as lost");
}
