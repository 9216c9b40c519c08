// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A server as the examples of rclrs write it: its basic executor, a service of the node, and
//! nothing of this package.

use rclrs::{
    log_info, Context, CreateBasicExecutor, IntoPrimitiveOptions, RclrsErrorFilter, SpinOptions,
};
use ros_env::example_interfaces::srv::{AddTwoInts, AddTwoInts_Request, AddTwoInts_Response};
use std::sync::Arc;

fn main() -> anyhow::Result<()> {
    let context = Context::default_from_env()?;
    let mut executor = context.create_basic_executor();
    let node = executor.create_node("minimal_service")?;
    let callback_node = Arc::clone(&node);
    let _service = node.create_service::<AddTwoInts, _>(
        // As deep as in the package, so that no request is overwritten when there are many.
        "add_two_ints".keep_last(10_000),
        move |request: AddTwoInts_Request| {
            let AddTwoInts_Request { a, b } = request;
            log_info!(callback_node.logger(), "Incoming request\na: {a} b: {b}");
            AddTwoInts_Response {
                sum: a.wrapping_add(b),
            }
        },
    )?;
    executor.spin(SpinOptions::default()).first_error()?;
    Ok(())
}
