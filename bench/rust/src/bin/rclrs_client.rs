// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A client as the examples of rclrs write it: its basic executor, and nothing of this package.
//!
//! `rclrs_client A B` requests one sum, like the tutorial's client; `rclrs_client loop` takes orders
//! from the benchmark, see `programs.py`.

use rclrs::{
    log_info, Context, CreateBasicExecutor, IntoPrimitiveOptions, Promise, RclrsErrorFilter,
    SpinOptions,
};
use ros_env::example_interfaces::srv::{AddTwoInts, AddTwoInts_Request, AddTwoInts_Response};
use rust_add_two_ints_bench::take_orders;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let context = Context::default_from_env()?;
    let mut executor = context.create_basic_executor();
    let node = executor.create_node("minimal_client_async")?;
    // As deep as in the package, so that no response is overwritten when there are many.
    let client = node.create_client::<AddTwoInts>("add_two_ints".keep_last(10_000))?;

    let task = executor.commands().run(async move {
        client.notify_on_service_ready().await?;
        let call = |a, b| {
            let response: Result<Promise<AddTwoInts_Response>, _> =
                client.call(AddTwoInts_Request { a, b });
            async { anyhow::Ok(response?.await?.sum) }
        };
        let [a, b] = &arguments[..] else {
            return take_orders(call).await;
        };
        let sum = call(a.parse()?, b.parse()?).await?;
        let logger = node.logger();
        log_info!(logger, "Result of add_two_ints: for {a} + {b} = {sum}");
        Ok(())
    });
    let (mut outcome, done) = executor.commands().create_notice(task);
    executor
        .spin(SpinOptions::new().until_promise_resolved(done))
        .first_error()?;
    outcome.try_recv()?.unwrap_or(Ok(()))
}
