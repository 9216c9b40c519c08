//! Offers the service `multiply`.

use rclrs::{Context, CreateBasicExecutor, RclrsError, RclrsErrorFilter, SpinOptions, log_info};
use ros_env::multiply_interfaces::srv;

fn main() -> Result<(), RclrsError> {
    let mut executor = Context::default_from_env()?.create_basic_executor();
    let node = executor.create_node("multiply_server")?;

    let logger = node.logger().clone();
    let callback = move |request: srv::MultiplyTwoInts_Request| {
        let product = request.a.wrapping_mul(request.b);
        log_info!(&logger, "{} * {} = {product}", request.a, request.b);
        srv::MultiplyTwoInts_Response { product }
    };
    // The node offers the service for as long as this variable exists.
    let _service = node.create_service::<srv::MultiplyTwoInts, _>("multiply", callback)?;

    log_info!(node.logger(), "Ready");
    executor.spin(SpinOptions::default()).first_error()
}
