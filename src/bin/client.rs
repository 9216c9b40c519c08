// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Asks for one sum, and prints it: `client 2 3`.

use anyhow::anyhow;
use futures_lite::FutureExt;
use rclrs::{log_info, Context, ExecutorCommands, InitOptions, RclrsErrorFilter, SpinOptions};
use rust_add_two_ints::{
    command_line::{self, ClientArguments},
    failure::Failure,
    report,
    shutdown::Shutdown,
    single_threaded_executor::CreateSingleThreadedExecutor,
    time_limit::within,
    watchdog, MinimalClientAsync,
};
use std::sync::Arc;

fn main() {
    report::exit_with(run)
}

fn run() -> anyhow::Result<()> {
    let shutdown = Shutdown::on_signals()?;
    let Some((ros_arguments, arguments)) = command_line::parse::<ClientArguments>()? else {
        return Ok(());
    };

    let context = Context::new(ros_arguments, InitOptions::default())?;
    let mut executor = context.create_single_threaded_executor();
    watchdog::watch(executor.commands(), report::give_up);

    // The executor runs the call until it is done, or until a signal comes.
    let call = call(Arc::clone(executor.commands()), arguments);
    let stopped = shutdown.received();
    let call = executor.commands().run(async move {
        let stopped = async { Err(Failure::Signal(stopped.await)) };
        call.or(stopped).await
    });
    let (mut outcome, done) = executor.commands().create_notice(call);
    executor
        .spin(SpinOptions::new().until_promise_resolved(done))
        .first_error()?;
    let outcome = match outcome.try_recv() {
        Ok(Some(outcome)) => outcome.map_err(Into::into),
        _ => Err(anyhow!("The executor stopped before the call was over")),
    };
    // Drops the client: after that, nothing of it is on the graph any more.
    report::leave_in_time(outcome)
}

/// The steps of the tutorial's `main`; the client comes back to be dropped when all is said.
async fn call(
    commands: Arc<ExecutorCommands>,
    arguments: ClientArguments,
) -> Result<MinimalClientAsync, Failure> {
    let ClientArguments { a, b, limits } = arguments;
    let mut minimal_client = MinimalClientAsync::new(&commands, limits.wait_timeout).await?;
    let future = minimal_client.send_request(a, b);
    let response = match limits.reply_timeout {
        None => future.await?,
        Some(limit) => match within(limit, future).await {
            Some(response) => response?,
            None => {
                let service = minimal_client.service_name();
                return Err(Failure::NoReply { service, limit });
            }
        },
    };
    log_info!(
        minimal_client.node().logger(),
        "Result of add_two_ints: for {a} + {b} = {}",
        response.sum
    );
    Ok(minimal_client)
}
