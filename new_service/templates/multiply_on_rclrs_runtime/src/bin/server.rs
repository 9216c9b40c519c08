//! Offers the service `multiply`.

use rclrs::{IntoPrimitiveOptions, log_info};
use rclrs_runtime::{Runtime, SERVICE_QUEUE_DEPTH, create_node, exit_with};
use ros_env::multiply_interfaces::srv;

/// Offers the service.
#[derive(clap::Parser)]
struct Arguments {}

fn main() {
    exit_with(run)
}

fn run() -> anyhow::Result<()> {
    let (mut runtime, Arguments {}) = Runtime::init()?;
    let node = create_node(runtime.commands(), "multiply_server")?;

    let logger = node.logger().clone();
    let callback = move |request: srv::MultiplyTwoInts_Request| {
        let product = request.a.wrapping_mul(request.b);
        log_info!(&logger, "{} * {} = {product}", request.a, request.b);
        srv::MultiplyTwoInts_Response { product }
    };
    let name = "multiply".keep_last(SERVICE_QUEUE_DEPTH);
    let service = node.create_service::<srv::MultiplyTwoInts, _>(name, callback)?;

    log_info!(node.logger(), "Ready");
    if let Some(signal) = runtime.spin()? {
        log_info!(node.logger(), "Received {signal}, shutting down");
    }
    runtime.shutdown((node, service));
    Ok(())
}
