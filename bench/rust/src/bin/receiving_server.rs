// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A server whose callback runs on the thread that receives the request.

use rclrs::IntoPrimitiveOptions;
use rclrs_runtime::{
    create_node, create_service_on_receiving_thread, exit_with, Runtime, SERVICE_QUEUE_DEPTH,
};
use ros_env::example_interfaces::srv::{AddTwoInts, AddTwoInts_Request, AddTwoInts_Response};

#[derive(clap::Parser)]
struct Arguments {}

fn main() {
    exit_with(run)
}

fn run() -> anyhow::Result<()> {
    let (mut runtime, Arguments {}) = Runtime::init()?;
    let node = create_node(runtime.commands(), "minimal_service")?;
    let service = create_service_on_receiving_thread::<AddTwoInts>(
        &node,
        "add_two_ints".keep_last(SERVICE_QUEUE_DEPTH),
        |AddTwoInts_Request { a, b }| AddTwoInts_Response {
            sum: a.wrapping_add(b),
        },
    )?;
    runtime.spin()?;
    runtime.shutdown((node, service));
    Ok(())
}
