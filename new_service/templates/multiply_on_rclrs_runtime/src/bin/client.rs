//! Calls the service `multiply` once: `client 6 7`.

use rclrs::log_info;
use rclrs_runtime::{Error, Runtime, ServiceClient, create_node, exit_with};
use ros_env::multiply_interfaces::srv;
use std::sync::Arc;

/// Calls the service once.
#[derive(clap::Parser)]
struct Arguments {
    a: i64,
    b: i64,
}

fn main() {
    exit_with(run)
}

fn run() -> anyhow::Result<()> {
    let (mut runtime, Arguments { a, b }) = Runtime::init()?;
    let commands = Arc::clone(runtime.commands());
    let call = async move {
        let node = create_node(&commands, "multiply_client")?;
        let client = ServiceClient::<srv::MultiplyTwoInts>::new(&node, "multiply")?;
        client.wait_for_service(None).await?;
        let request = srv::MultiplyTwoInts_Request { a, b };
        let response = client.call(request).await?;
        Ok::<_, Error>((node, response))
    };
    let (node, response) = runtime.spin_until_complete(call)?;
    log_info!(node.logger(), "{a} * {b} = {}", response.product);
    runtime.shutdown(node);
    Ok(())
}
