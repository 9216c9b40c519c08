// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A service: `ros2 service call /negate example_interfaces/srv/SetBool "{data: true}"`.

use rclrs::{log_info, IntoPrimitiveOptions};
use rclrs_runtime::{create_node, exit_with, Runtime, SERVICE_QUEUE_DEPTH};
use ros_env::example_interfaces::srv::{SetBool, SetBool_Request, SetBool_Response};

/// Answers with the opposite of what it is asked.
#[derive(clap::Parser)]
struct Arguments {}

fn main() {
    exit_with(run)
}

fn run() -> anyhow::Result<()> {
    let (mut runtime, Arguments {}) = Runtime::init()?;
    let node = create_node(runtime.commands(), "negator")?;
    let logger = node.logger().clone();
    let worker = node.create_worker(());
    let service = worker.create_service::<SetBool, _>(
        "negate".keep_last(SERVICE_QUEUE_DEPTH),
        move |request: SetBool_Request| {
            log_info!(&logger, "Negating {}", request.data);
            SetBool_Response {
                success: !request.data,
                message: String::new(),
            }
        },
    )?;
    runtime.spin()?;
    runtime.shutdown((node, service));
    Ok(())
}
