// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A service and a subscription that share state: a running total.
//!
//! `ros2 topic pub --once /amount example_interfaces/msg/Int64 "{data: 5}"` adds to the total, and
//! `ros2 service call /reset example_interfaces/srv/Trigger` returns it and begins at zero again.

use rclrs::IntoPrimitiveOptions;
use rclrs_runtime::{create_node, exit_with, Runtime, SERVICE_QUEUE_DEPTH};
use ros_env::example_interfaces::{
    msg::Int64,
    srv::{Trigger, Trigger_Request, Trigger_Response},
};

/// Adds up what is published on /amount.
#[derive(clap::Parser)]
struct Arguments {}

/// What both callbacks share. The worker owns it and lends it to one callback at a time, so that it
/// needs no lock.
#[derive(Default)]
struct Total(i64);

fn main() {
    exit_with(run)
}

fn run() -> anyhow::Result<()> {
    let (mut runtime, Arguments {}) = Runtime::init()?;
    let node = create_node(runtime.commands(), "totals")?;
    let worker = node.create_worker(Total::default());
    let subscription = worker
        .create_subscription::<Int64, _>("amount", |total: &mut Total, amount: Int64| {
            total.0 = total.0.saturating_add(amount.data)
        })?;
    let service = worker.create_service::<Trigger, _>(
        "reset".keep_last(SERVICE_QUEUE_DEPTH),
        |total: &mut Total, _: Trigger_Request| Trigger_Response {
            success: true,
            message: std::mem::take(total).0.to_string(),
        },
    )?;
    runtime.spin()?;
    runtime.shutdown((node, subscription, service));
    Ok(())
}
