// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The service events that an rclpy node receives on `/add_two_ints/_service_event`.

use crate::nodes::{client, peer, server};
use std::time::Duration;
use test_support::{is_true_within, skip_without, Domain, Feature, Observer, Process, PATIENCE};

const PARAMETER: &str = "service_configure_introspection";

/// Makes calls until `listener` has printed `response`, and returns the events that it has printed.
///
/// A publisher and a subscription that have discovered each other may still lose the first message.
fn call_until_received(domain: &Domain, listener: &mut Process, response: &str) -> Vec<String> {
    listener.wait_for_output("matched 1\n");
    let mut events = Vec::new();
    let is_received = is_true_within(PATIENCE, || {
        client(domain, &["2", "3"]).finish().expect_code(0);
        is_true_within(Duration::from_secs(2), || {
            let printed = listener.stdout();
            let lines = printed.lines().filter(|line| !line.starts_with("matched"));
            events = lines.map(str::to_owned).collect();
            events.iter().any(|event| event == response)
        })
    });
    assert!(is_received, "nothing received: {listener:?}");
    events
}

#[test]
fn metadata_publishes_events_and_contents_the_messages_as_well() {
    skip_without!(Feature::ServiceIntrospection);
    for (value, request, response) in [
        ("metadata", "request received", "response sent"),
        ("contents", "request received 2 + 3", "response sent 5"),
    ] {
        let domain = Domain::claim();
        let mut listener = peer(&domain, "event_listener.py", &[]);
        let parameter = format!("{PARAMETER}:={value}");
        let _server = server(&domain, &["--ros-args", "-p", &parameter]);
        let events = call_until_received(&domain, &mut listener, response);
        assert_eq!(events, [request, response]);
    }
}

#[test]
fn disabled_publishes_nothing_and_the_parameter_can_be_set_at_run_time() {
    skip_without!(Feature::ServiceIntrospection);
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let mut listener = peer(&domain, "event_listener.py", &[]);
    let mut server = server(&domain, &[]);
    listener.wait_for_output("matched 0\n");
    client(&domain, &["10", "20"]).finish().expect_code(0);

    let node = "/minimal_service";
    assert_eq!(observer.set_parameter(node, PARAMETER, "contents"), Ok(()));
    server.wait_for_log("Service introspection is now 'contents'");
    let events = call_until_received(&domain, &mut listener, "response sent 5");
    // The call that was made before is not among them.
    assert_eq!(events, ["request received 2 + 3", "response sent 5"]);

    assert_eq!(observer.set_parameter(node, PARAMETER, "disabled"), Ok(()));
    client(&domain, &["10", "20"]).finish().expect_code(0);
    assert_eq!(observer.set_parameter(node, PARAMETER, "contents"), Ok(()));
    let events = call_until_received(&domain, &mut listener, "response sent 5");
    assert!(!events.join("\n").contains("30"), "received: {events:?}");
}

#[test]
fn any_other_value_is_refused_with_the_allowed_values() {
    let domain = Domain::claim();
    let observer = Observer::join(&domain);
    let _server = server(&domain, &[]);
    for value in ["loud", "", "Contents"] {
        let refusal = observer.set_parameter("/minimal_service", PARAMETER, value);
        let expected = format!("'{value}' is none of disabled, metadata, contents");
        assert_eq!(refusal, Err(expected));
    }
    client(&domain, &["2", "3"]).finish().expect_code(0);
}

#[test]
fn without_introspection_a_test_is_skipped_with_a_reason() {
    let domain = Domain::claim();
    let test = "introspection::metadata_publishes_events_and_contents_the_messages_as_well";
    // Started again, as on Humble, this program skips the test.
    let mut command = domain.command(std::env::current_exe().expect("the path of this program"));
    command.args(["--exact", test]).env("ROS_DISTRO", "humble");
    let finished = Process::start(command).finish().expect_code(0);
    let line = format!("skipped: {test}: Humble has no service introspection\n");
    assert!(finished.stdout.contains(&line), "{finished:?}");
}
