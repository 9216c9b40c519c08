// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Ctrl-C and SIGTERM: one line, the right exit code, and nothing left behind.

use crate::support::{Domain, Observer, SERVER};
use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

/// How soon other nodes have to see that a node has left: within a second on a machine that has
/// nothing else to do, and on any machine long before the lease of a node ends that left without a
/// word, which takes 20 s.
const AT_ONCE: Duration = Duration::from_secs(10);

#[track_caller]
fn assert_gone(files: &[PathBuf]) {
    let left: Vec<_> = files.iter().filter(|file| file.exists()).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

fn server_leaves_on(signal: i32, name: &str) {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let server = domain.server(&[]);
    observer.wait_for_nodes(&["/minimal_service"]);
    domain.client(&["2", "3"]).finish().expect_code(0);

    let told = Instant::now();
    server.signal(signal);
    observer.wait_for_nodes_within(&[], AT_ONCE);
    let seen_gone = told.elapsed();
    let server = server.finish().expect_code(0);
    let last = server.stderr.lines().last().unwrap_or_default();
    let expected = format!("[minimal_service]: Received {name}, leaving the ROS graph");
    assert!(last.ends_with(&expected), "{server:?}");
    let requests = "Incoming request\na: 2 b: 3\n";
    assert!(server.stderr.contains(requests), "{server:?}");
    // The request takes two lines, the goodbye one, and there is nothing else.
    assert_eq!(server.stderr.lines().count(), 3, "{server:?}");
    println!("the server was seen gone {seen_gone:?} after {name}");
}

#[test]
fn server_leaves_the_graph_at_once_on_ctrl_c() {
    server_leaves_on(libc::SIGINT, "SIGINT");
}

#[test]
fn server_leaves_the_graph_at_once_on_sigterm() {
    server_leaves_on(libc::SIGTERM, "SIGTERM");
}

#[test]
fn server_leaves_no_shared_memory_behind() {
    for signal in [libc::SIGINT, libc::SIGTERM] {
        let domain = Domain::claim();
        let server = domain.server(&[]);
        domain.client(&["2", "3"]).finish().expect_code(0);
        let files = server.shared_memory();
        assert!(!files.is_empty(), "no shared memory in use: {server:?}");
        server.signal(signal);
        server.finish().expect_code(0);
        assert_gone(&files);
        assert_eq!(domain.ports(), Vec::<String>::new());
    }
}

#[test]
fn client_that_waits_for_a_server_leaves_on_either_signal() {
    for (signal, name, code) in [
        (libc::SIGINT, "SIGINT", 130),
        (libc::SIGTERM, "SIGTERM", 143),
    ] {
        let domain = Domain::claim();
        let observer = Observer::join(&domain);
        let mut client = domain.client(&["2", "3"]);
        observer.wait_for_nodes(&["/minimal_client_async"]);
        client.wait_for_log("service not available, waiting again...");
        let files = client.shared_memory();
        assert!(!files.is_empty(), "no shared memory in use: {client:?}");
        client.signal(signal);
        observer.wait_for_nodes_within(&[], AT_ONCE);
        let client = client.finish().expect_code(code);
        assert!(!client.died_of_signal(), "{client:?}");
        let last = client.stderr.lines().last().unwrap_or_default();
        let expected = format!("Stopped by {name} before the reply came");
        assert_eq!(last, expected, "{client:?}");
        assert_gone(&files);
    }
}

#[test]
fn client_that_waits_for_a_reply_leaves_on_either_signal() {
    for (signal, name, code) in [
        (libc::SIGINT, "SIGINT", 130),
        (libc::SIGTERM, "SIGTERM", 143),
    ] {
        let domain = Domain::claim();
        let observer = Observer::join(&domain);
        let mut server = domain.peer("unhelpful_service.py", &["hold"]);
        let client = domain.client(&["2", "3"]);
        server.wait_for_print("took the request");
        client.signal(signal);
        observer.wait_for_nodes_within(&["/minimal_service"], AT_ONCE);
        let client = client.finish().expect_code(code);
        assert!(!client.died_of_signal(), "{client:?}");
        let last = client.stderr.lines().last().unwrap_or_default();
        let expected = format!("Stopped by {name} before the reply came");
        assert_eq!(last, expected, "{client:?}");
    }
}

#[test]
fn a_second_signal_ends_the_server_the_hard_way() {
    let domain = Domain::claim();
    let mut server = domain.server(&[]);
    domain.client(&["2", "3"]).finish().expect_code(0);
    // A server that stands still has both signals before it can act on the first.
    server.freeze();
    server.signal(libc::SIGINT);
    server.signal(libc::SIGTERM);
    server.will_leave_files_behind();
    server.signal(libc::SIGCONT);
    let server = server.finish();
    assert!(server.died_of_signal(), "{server:?}");
}

#[test]
fn a_server_in_the_background_of_a_script_can_be_interrupted() {
    // A shell without job control starts `server &` with SIGINT ignored.
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let script = format!("'{SERVER}' & wait $!; echo \"exit code $?\"");
    let shell = domain.start("sh", ["-c", &script]);
    observer.wait_for_nodes(&["/minimal_service"]);
    let children = format!("/proc/{0}/task/{0}/children", shell.id());
    let server = fs::read_to_string(children).expect("the shell's children");
    let server: i32 = server.trim().parse().expect("one child");
    // SAFETY: The number belongs to a child of the running shell.
    unsafe { libc::kill(server, libc::SIGINT) };
    observer.wait_for_nodes_within(&[], AT_ONCE);
    let shell = shell.finish().expect_code(0);
    assert!(shell.stdout.ends_with("exit code 0\n"), "{shell:?}");
}

#[test]
fn ctrl_c_in_the_terminal_reaches_server_and_client_of_one_script() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let client = crate::support::CLIENT;
    // The service names differ, so that both are still there when the signal comes.
    let script = format!(
        "trap true INT; '{SERVER}' & '{client}' 2 3 --ros-args -r add_two_ints:=other; \
         echo \"client $?\"; wait $!; echo \"server $?\""
    );
    let shell = domain.start("sh", ["-c", &script]);
    observer.wait_for_nodes(&["/minimal_client_async", "/minimal_service"]);
    // SAFETY: The shell leads a process group of its own.
    unsafe { libc::kill(-(shell.id() as i32), libc::SIGINT) };
    observer.wait_for_nodes_within(&[], AT_ONCE);
    let shell = shell.finish();
    // Fast DDS itself may have printed something before.
    assert!(
        shell.stdout.ends_with("client 130\nserver 0\n"),
        "{shell:?}"
    );
}
