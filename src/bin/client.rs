// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Asks for one sum, logs and prints it: `client 2 3`.

use rclrs::log_info;
use rclrs_runtime::{exit_with, Error, Runtime};
use rust_add_two_ints::{arguments::ClientArguments, MinimalClientAsync};
use std::{
    io::{stdout, Write},
    sync::Arc,
};

fn main() {
    exit_with(run)
}

fn run() -> anyhow::Result<()> {
    // In Python: rclpy.init()
    let (mut runtime, ClientArguments { a, b, limits }) = Runtime::init()?;

    let commands = Arc::clone(runtime.commands());
    let call = async move {
        let mut minimal_client = MinimalClientAsync::new(&commands, limits).await?;
        let response = minimal_client.send_request(a, b).await?;
        Ok::<_, Error>((minimal_client, response.sum))
    };

    // rclpy.spin_until_future_complete(minimal_client, future)
    let (minimal_client, sum) = runtime.spin_until_complete(call)?;
    let logger = minimal_client.node().logger();
    log_info!(logger, "Result of add_two_ints: for {a} + {b} = {sum}");
    // For scripts: a log line has a level, and `--log-level warn` hides it.
    writeln!(stdout(), "{sum}")?;

    // rclpy.shutdown()
    runtime.shutdown(minimal_client);
    Ok(())
}
