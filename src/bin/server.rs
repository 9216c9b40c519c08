// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Starts a [`MinimalService`], which answers until SIGINT or SIGTERM.

use rclrs::log_info;
use rclrs_runtime::{exit_with, Runtime};
use rust_add_two_ints::{arguments::ServerArguments, MinimalService};

fn main() {
    exit_with(run)
}

fn run() -> anyhow::Result<()> {
    // In Python: rclpy.init()
    let (mut runtime, ServerArguments {}) = Runtime::init()?;

    let minimal_service = MinimalService::new(runtime.commands())?;

    // rclpy.spin(minimal_service)
    if let Some(signal) = runtime.spin()? {
        let logger = minimal_service.node().logger();
        log_info!(logger, "Received {signal}, shutting down");
    }

    // rclpy.shutdown()
    runtime.shutdown(minimal_service);
    Ok(())
}
