// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What an rclpy node hears on `/add_two_ints/_service_event`.

use crate::support::{Domain, Observer, Process};
use std::time::{Duration, Instant};

const PARAMETER: &str = "service_configure_introspection";

/// Makes calls until `listener` hears of one, and returns what it has printed then.
///
/// A publisher and a subscription that have found each other may still lose the first message;
/// so the calls have numbers, and the first one that is heard counts.
fn call_until_heard(domain: &Domain, listener: &mut Process, response: &str) -> Vec<String> {
    listener.wait_for_print("matched 1\n");
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        domain.client(&["2", "3"]).finish().expect_code(0);
        let heard = |listener: &Process| -> bool {
            let printed = listener.print();
            printed.lines().any(|line| line == response)
        };
        let moment = Instant::now() + Duration::from_secs(2);
        while !heard(listener) && Instant::now() < moment {
            std::thread::sleep(Duration::from_millis(10));
        }
        if heard(listener) {
            let printed = listener.print();
            let events = printed.lines().filter(|line| !line.starts_with("matched"));
            return events.map(str::to_owned).collect();
        }
        assert!(Instant::now() < deadline, "nothing heard: {listener:?}");
    }
}

fn server_with(domain: &Domain, value: &str) -> Process {
    domain.server(&["--ros-args", "-p", &format!("{PARAMETER}:={value}")])
}

#[test]
fn contents_tells_what_was_said() {
    let domain = Domain::claim();
    let mut listener = domain.peer("event_listener.py", &[]);
    let _server = server_with(&domain, "contents");
    let events = call_until_heard(&domain, &mut listener, "response sent 5");
    assert_eq!(events, ["request received 2 + 3", "response sent 5"]);
}

#[test]
fn metadata_tells_that_something_was_said() {
    let domain = Domain::claim();
    let mut listener = domain.peer("event_listener.py", &[]);
    let _server = server_with(&domain, "metadata");
    let events = call_until_heard(&domain, &mut listener, "response sent");
    assert_eq!(events, ["request received", "response sent"]);
}

#[test]
fn disabled_tells_nothing_and_can_be_changed_while_the_server_runs() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let mut listener = domain.peer("event_listener.py", &[]);
    let mut server = domain.server(&[]);
    listener.wait_for_print("matched 0\n");
    domain.client(&["10", "20"]).finish().expect_code(0);

    let node = "/minimal_service";
    assert_eq!(observer.set_parameter(node, PARAMETER, "contents"), Ok(()));
    server.wait_for_log("Service introspection is now 'contents'");
    let events = call_until_heard(&domain, &mut listener, "response sent 5");
    // The call that was made before is not among them.
    assert_eq!(events, ["request received 2 + 3", "response sent 5"]);

    assert_eq!(observer.set_parameter(node, PARAMETER, "disabled"), Ok(()));
    domain.client(&["10", "20"]).finish().expect_code(0);
    assert_eq!(observer.set_parameter(node, PARAMETER, "contents"), Ok(()));
    let events = call_until_heard(&domain, &mut listener, "response sent 5");
    let said = events.join("\n");
    assert!(!said.contains("30"), "heard while disabled: {said}");
}

#[test]
fn any_other_value_is_refused_with_the_allowed_ones() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let _server = domain.server(&[]);
    for value in ["loud", "", "Contents"] {
        let refusal = observer.set_parameter("/minimal_service", PARAMETER, value);
        let expected = format!("'{value}' is none of disabled, metadata, contents");
        assert_eq!(refusal, Err(expected));
    }
    domain.client(&["2", "3"]).finish().expect_code(0);
}

#[test]
fn any_other_value_at_the_start_is_refused_in_one_line() {
    let domain = Domain::claim();
    server_with(&domain, "loud")
        .finish()
        .expect_code(2)
        .expect_only_line(
            "Bad value for the parameter service_configure_introspection: 'loud' is none of disabled, metadata, contents\n",
        );
    server_with(&domain, "5")
        .finish()
        .expect_code(2)
        .expect_only_line(
            "Bad value for the parameter service_configure_introspection: it must be one of disabled, metadata, contents\n",
        );
}
