// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The client of this package, as `src/bin/client.rs` uses it, for more than one call.

use rclrs::{Context, RclrsErrorFilter, SpinOptions};
use rust_add_two_ints::{
    single_threaded_executor::CreateSingleThreadedExecutor, MinimalClientAsync,
};
use rust_add_two_ints_bench::{carry_out, next_order, say_ready};
use std::sync::Arc;

fn main() -> anyhow::Result<()> {
    let context = Context::default_from_env()?;
    let mut executor = context.create_single_threaded_executor();
    let commands = Arc::clone(executor.commands());

    // Waiting for an order blocks the executor, which has nothing else to do then.
    let task = executor.commands().run(async move {
        let mut client = MinimalClientAsync::new(&commands, None).await?;
        say_ready();
        while let Some(order) = next_order()? {
            carry_out(order, |a, b| {
                let response = client.send_request(a, b);
                async { Ok(response.await?.sum) }
            })
            .await?;
        }
        anyhow::Ok(())
    });
    let (mut outcome, done) = executor.commands().create_notice(task);
    executor
        .spin(SpinOptions::new().until_promise_resolved(done))
        .first_error()?;
    outcome.try_recv()?.unwrap_or(Ok(()))
}
