//! Calls the service `multiply` once: `client 6 7`.

use rclrs::{Context, CreateBasicExecutor, RclrsErrorFilter, SpinOptions, log_info};
use ros_env::multiply_interfaces::srv;
use std::{env, error::Error};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().collect();
    let [_, a, b, ..] = &arguments[..] else {
        return Err("two numbers are needed: client A B".into());
    };
    let (a, b) = (a.parse()?, b.parse()?);

    let mut executor = Context::default_from_env()?.create_basic_executor();
    let node = executor.create_node("multiply_client")?;
    let client = node.create_client::<srv::MultiplyTwoInts>("multiply")?;

    let ready = client.notify_on_service_ready();
    let until_ready = SpinOptions::new().until_promise_resolved(ready);
    executor.spin(until_ready).first_error()?;

    let logger = node.logger().clone();
    let request = srv::MultiplyTwoInts_Request { a, b };
    let done = client.call_then(request, move |response: srv::MultiplyTwoInts_Response| {
        log_info!(&logger, "{a} * {b} = {}", response.product);
    })?;
    let until_done = SpinOptions::new().until_promise_resolved(done);
    executor.spin(until_done).first_error()?;
    Ok(())
}
