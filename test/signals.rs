// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! SIGINT (Ctrl-C) and SIGTERM: one line, the exit code, and no shared memory left behind.

use crate::{
    caller::Caller,
    nodes::{client, peer, server, CLIENT, SERVER},
};
use std::{path::PathBuf, time::Duration};
use test_support::{send_signal, Domain, Feature, Observer, Process, SIGINT, SIGTERM};

/// When other nodes have to have detected that a node has left. It takes less than a second on an idle
/// machine; a node that did not announce it leaves when its lease expires, after 20 s.
const AT_ONCE: Duration = Duration::from_secs(10);

const BOTH_SIGNALS: [(i32, &str, i32); 2] = [(SIGINT, "SIGINT", 130), (SIGTERM, "SIGTERM", 143)];

fn uses_shared_memory() -> bool {
    Feature::FastDds.missing().is_none()
}

#[track_caller]
fn assert_removed(files: &[PathBuf]) {
    let left: Vec<_> = files.iter().filter(|file| file.exists()).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

#[test]
fn server_leaves_the_graph_at_once_on_either_signal() {
    for (signal, name, _) in BOTH_SIGNALS {
        let domain = Domain::claim();
        let observer = Observer::join(&domain);
        let server = server(&domain, &[]);
        observer.wait_for_nodes(&["/minimal_service"]);
        client(&domain, &["2", "3"]).finish().expect_code(0);
        let files = server.segments();
        assert_eq!(!files.is_empty(), uses_shared_memory(), "{server:?}");
        server.signal(signal);
        observer.wait_for_nodes_within(&[], AT_ONCE);
        let expected = format!("[minimal_service]: Received {name}, shutting down");
        let server = server.finish().expect_code(0).expect_last_line(&expected);
        let requests = "Incoming request\na: 2 b: 3\n";
        assert!(server.stderr.contains(requests), "{server:?}");
        // Two lines for the request, one for the signal, and no other.
        assert_eq!(server.stderr.lines().count(), 3, "{server:?}");
        assert_removed(&files);
    }
}

#[test]
fn server_and_client_leave_no_port_file_behind_on_either_signal() {
    // Without an observer: a participant of which Fast DDS has deadlocked keeps those to which it sends.
    for (signal, _, _) in BOTH_SIGNALS {
        let domain = Domain::claim();
        let server = server(&domain, &[]);
        client(&domain, &["2", "3"]).finish().expect_code(0);
        server.stop(signal).expect_code(0);
        assert_eq!(domain.port_files(), Vec::<String>::new());
    }
}

#[test]
fn client_that_waits_for_a_server_stops_on_either_signal() {
    for (signal, name, code) in BOTH_SIGNALS {
        let domain = Domain::claim();
        let observer = Observer::join(&domain);
        let mut client = client(&domain, &["2", "3"]);
        observer.wait_for_nodes(&["/minimal_client_async"]);
        client.wait_for_log("service not available, waiting again...");
        let files = client.segments();
        assert_eq!(!files.is_empty(), uses_shared_memory(), "{client:?}");
        client.signal(signal);
        observer.wait_for_nodes_within(&[], AT_ONCE);
        let client = client.finish().expect_code(code);
        client.expect_last_line(&format!("Stopped by {name}"));
        assert_removed(&files);
    }
}

#[test]
fn client_that_waits_for_a_reply_stops_on_either_signal() {
    for (signal, name, code) in BOTH_SIGNALS {
        let domain = Domain::claim();
        let observer = Observer::join(&domain);
        let mut server = peer(&domain, "unhelpful_service.py", &["hold"]);
        let client = client(&domain, &["2", "3"]);
        server.wait_for_output("took the request");
        client.signal(signal);
        observer.wait_for_nodes_within(&["/minimal_service"], AT_ONCE);
        let client = client.finish().expect_code(code);
        client.expect_last_line(&format!("Stopped by {name}"));
    }
}

#[test]
fn a_server_whose_log_is_not_read_exits_after_two_seconds() {
    for (descriptor, use_stdout) in [(2, "0"), (1, "1")] {
        let domain = Domain::claim();
        let script = format!(
            "'{SERVER}' {descriptor}> >(exec sleep 600) & echo $!; wait $!; echo \"exit code $?\""
        );
        let mut command = domain.command("bash");
        command
            .args(["-c", &script])
            .env("RCUTILS_LOGGING_USE_STDOUT", use_stdout);
        let mut shell = Process::start(command);
        shell.wait_for_output("\n");
        let server = shell.stdout().trim().parse().expect("a process id");
        let mut caller = Caller::join(&domain);
        // About 1,500 requests fill the pipe, and the callback blocks.
        let limit = Duration::from_secs(3);
        while caller.request(1, 2).result_within(limit).is_some() {}
        send_signal(server, SIGTERM);
        let shell = shell.finish_within(AT_ONCE);
        assert!(shell.stdout.ends_with("exit code 143\n"), "{shell:?}");
    }
}

#[test]
fn a_second_signal_kills_the_server() {
    let domain = Domain::claim();
    let mut server = server(&domain, &[]);
    client(&domain, &["2", "3"]).finish().expect_code(0);
    // A suspended server has received both signals before it can act on the first.
    server.suspend();
    server.signal(SIGINT);
    server.signal(SIGTERM);
    server.remove_segments_later();
    server.resume();
    let server = server.finish();
    assert!(server.was_killed(), "{server:?}");
}

#[test]
fn ctrl_c_in_the_terminal_reaches_server_and_client_of_one_script() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    // The service names differ, so that both still run when the signal is sent. A shell without job
    // control starts `server &` with SIGINT ignored.
    let script = format!(
        "trap true INT; '{SERVER}' & '{CLIENT}' 2 3 --ros-args -r add_two_ints:=other; \
         echo \"client $?\"; wait $!; echo \"server $?\""
    );
    let shell = domain.start("sh", ["-c", &script]);
    observer.wait_for_nodes(&["/minimal_client_async", "/minimal_service"]);
    shell.signal_group(SIGINT);
    observer.wait_for_nodes_within(&[], AT_ONCE);
    let shell = shell.finish();
    // Fast DDS may print lines before these.
    assert!(
        shell.stdout.ends_with("client 130\nserver 0\n"),
        "{shell:?}"
    );
}

#[test]
fn a_server_that_has_inherited_blocked_signals_shuts_down() {
    let domain = Domain::claim();
    for (signal, name) in [(SIGINT, "INT"), (SIGTERM, "TERM")] {
        let block = format!("--block-signal={name}");
        let server = domain.start("env", [&block, SERVER]);
        client(&domain, &["2", "3"]).finish().expect_code(0);
        server.signal(signal);
        server.finish_within(AT_ONCE).expect_code(0);
    }
}
