// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The service client of `rclrs_runtime`, as `client` uses it, for more than one call.

use rclrs::IntoNodeOptions;
use rclrs_runtime::{create_node, exit_with, Runtime, ServiceClient};
use ros_env::example_interfaces::srv::{AddTwoInts, AddTwoInts_Request};
use rust_add_two_ints_bench::take_orders;

#[derive(clap::Parser)]
struct Arguments {}

fn main() {
    exit_with(run)
}

fn run() -> anyhow::Result<()> {
    let (mut runtime, Arguments {}) = Runtime::init()?;
    let options = "minimal_client_async".start_parameter_services(false);
    let node = create_node(runtime.commands(), options)?;
    let client = ServiceClient::<AddTwoInts>::new(&node, "add_two_ints")?;
    runtime.spin_until_complete(async move {
        client.wait_for_service(None).await?;
        take_orders(|a, b| {
            let response = client.call(AddTwoInts_Request { a, b });
            async { Ok(response.await?.sum) }
        })
        .await
    })?;
    runtime.shutdown(node);
    Ok(())
}
