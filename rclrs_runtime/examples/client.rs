// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A client: `client true` asks the service of `service.rs` once, and prints the answer.

use rclrs_runtime::{create_node, exit_with, Error, Runtime, ServiceClient};
use ros_env::example_interfaces::srv::{SetBool, SetBool_Request};
use std::{sync::Arc, time::Duration};

/// Prints the opposite of a value.
#[derive(clap::Parser)]
struct Arguments {
    /// true or false
    #[arg(action = clap::ArgAction::Set)]
    value: bool,
}

fn main() {
    exit_with(run)
}

fn run() -> anyhow::Result<()> {
    let (mut runtime, arguments) = Runtime::init::<Arguments>()?;
    let commands = Arc::clone(runtime.commands());
    let call = async move {
        let node = create_node(&commands, "asker")?;
        let client = ServiceClient::<SetBool>::new(&node, "negate")?
            .with_response_timeout(Some(Duration::from_secs(10)));
        client.wait_for_service(None).await?;
        let request = SetBool_Request {
            data: arguments.value,
        };
        let response = client.call(request).await?;
        Ok::<_, Error>((node, response))
    };
    let (node, response) = runtime.spin_until_complete(call)?;
    println!("{}", response.success);
    runtime.shutdown(node);
    Ok(())
}
