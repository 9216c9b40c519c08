// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Each program in examples/ with a peer in Python.

use crate::programs::{example, example_path, peer};
use test_support::{expect_no_override, Domain, SIGINT};

const EXAMPLES: [&str; 4] = ["service", "client", "timer_publisher", "service_with_state"];

#[test]
fn the_service_answers_an_rclpy_client() {
    let domain = Domain::claim();
    let mut service = example(&domain, "service", &[]);
    let client = peer(&domain, "negate_client.py", &[])
        .finish()
        .expect_code(0);
    assert_eq!(client.stdout, "False\nTrue\n", "{client:?}");
    service.wait_for_log("[negator]: Negating true\n");
    service.wait_for_log("[negator]: Negating false\n");
    service.stop(SIGINT).expect_code(0);
}

#[test]
fn the_client_calls_an_rclpy_service() {
    let domain = Domain::claim();
    let _service = peer(&domain, "negate_service.py", &[]);
    for (value, opposite) in [("true", "false\n"), ("false", "true\n")] {
        let client = example(&domain, "client", &[value]).finish().expect_code(0);
        assert_eq!(client.stdout, opposite, "{client:?}");
    }
}

#[test]
fn the_timer_publishes_to_an_rclpy_subscription() {
    let domain = Domain::claim();
    let publisher = example(&domain, "timer_publisher", &[]);
    let subscription = peer(&domain, "uptime_subscription.py", &[])
        .finish()
        .expect_code(0);
    let times = subscription.stdout.lines().map(|line| line.parse::<f64>());
    let times: Vec<f64> = times.collect::<Result<_, _>>().expect("numbers");
    assert_eq!(times.len(), 10, "{subscription:?}");
    let periods = times.windows(2).map(|pair| pair[1] - pair[0]);
    // A tenth of a second, on an idle machine.
    assert!(periods.clone().all(|period| period > 0.0), "{times:?}");
    assert!(periods.sum::<f64>() > 0.5, "{times:?}");
    publisher.stop(SIGINT).expect_code(0);
}

#[test]
fn the_service_with_state_adds_what_an_rclpy_node_publishes() {
    let domain = Domain::claim();
    let service = example(&domain, "service_with_state", &[]);
    // It publishes 1 to 10.
    let user = peer(&domain, "totals_user.py", &[]).finish().expect_code(0);
    assert_eq!(user.stdout, "55\n0\n", "{user:?}");
    service.stop(SIGINT).expect_code(0);
}

#[test]
fn programs_export_no_symbol_of_rcl_or_rmw() {
    for example in EXAMPLES {
        expect_no_override(example_path(example));
    }
}
