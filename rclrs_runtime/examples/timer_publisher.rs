// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A timer with a publisher: `ros2 topic echo /uptime`.

use rclrs_runtime::{create_node, exit_with, Runtime};
use ros_env::builtin_interfaces::msg::Duration as DurationMessage;
use std::time::{Duration, Instant};

/// Publishes ten times a second how long it has run.
#[derive(clap::Parser)]
struct Arguments {}

fn main() {
    exit_with(run)
}

fn run() -> anyhow::Result<()> {
    let (mut runtime, Arguments {}) = Runtime::init()?;
    let node = create_node(runtime.commands(), "uptime")?;
    let publisher = node.create_publisher::<DurationMessage>("uptime")?;
    let started = Instant::now();
    let timer = node.create_timer_repeating(Duration::from_millis(100), move || {
        let uptime = started.elapsed();
        let message = DurationMessage {
            sec: i32::try_from(uptime.as_secs()).unwrap_or(i32::MAX),
            nanosec: uptime.subsec_nanos(),
        };
        // Without a subscription, publishing is no error; rcl reports others.
        if let Err(error) = publisher.publish(message) {
            rclrs::log_error!("uptime", "Cannot publish: {error}");
        }
    })?;
    runtime.spin()?;
    runtime.shutdown((node, timer));
    Ok(())
}
