// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The service events that an rclpy node receives on `/add_two_ints/_service_event`.

use crate::nodes::{client, peer, server};
use std::time::{Duration, Instant};
use test_support::{skip_without, Domain, Feature, Observer, Process, PATIENCE};

const PARAMETER: &str = "service_configure_introspection";

/// Makes calls until `listener` has printed `response`, and returns the events that it has printed.
///
/// A publisher and a subscription that have discovered each other may still lose the first message.
fn call_until_received(domain: &Domain, listener: &mut Process, response: &str) -> Vec<String> {
    listener.wait_for_output("matched 1\n");
    let deadline = Instant::now() + PATIENCE;
    loop {
        client(domain, &["2", "3"]).finish().expect_code(0);
        let received = |listener: &Process| {
            let printed = listener.stdout();
            printed.lines().any(|line| line == response)
        };
        let moment = Instant::now() + Duration::from_secs(2);
        while !received(listener) && Instant::now() < moment {
            std::thread::sleep(Duration::from_millis(10));
        }
        if received(listener) {
            let printed = listener.stdout();
            let events = printed.lines().filter(|line| !line.starts_with("matched"));
            return events.map(str::to_owned).collect();
        }
        assert!(Instant::now() < deadline, "nothing received: {listener:?}");
    }
}

fn server_with(domain: &Domain, value: &str) -> Process {
    server(
        domain,
        &["--ros-args", "-p", &format!("{PARAMETER}:={value}")],
    )
}

#[test]
fn contents_publishes_requests_and_responses() {
    skip_without!(Feature::ServiceIntrospection);
    let domain = Domain::claim();
    let mut listener = peer(&domain, "event_listener.py", &[]);
    let _server = server_with(&domain, "contents");
    let events = call_until_received(&domain, &mut listener, "response sent 5");
    assert_eq!(events, ["request received 2 + 3", "response sent 5"]);
}

#[test]
fn metadata_publishes_events_without_contents() {
    skip_without!(Feature::ServiceIntrospection);
    let domain = Domain::claim();
    let mut listener = peer(&domain, "event_listener.py", &[]);
    let _server = server_with(&domain, "metadata");
    let events = call_until_received(&domain, &mut listener, "response sent");
    assert_eq!(events, ["request received", "response sent"]);
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
fn any_other_value_at_the_start_is_reported_in_one_line() {
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

#[test]
fn without_introspection_a_test_is_skipped_with_a_reason() {
    let domain = Domain::claim();
    let test = "introspection::metadata_publishes_events_without_contents";
    // Started again, as on Humble, this program skips the test.
    let mut command = domain.command(std::env::current_exe().expect("the path of this program"));
    command.args(["--exact", test]).env("ROS_DISTRO", "humble");
    let finished = Process::start(command).finish().expect_code(0);
    let line = format!("skipped: {test}: Humble has no service introspection\n");
    assert!(finished.stdout.contains(&line), "{finished:?}");
}
