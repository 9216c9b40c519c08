// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Starts a [`MinimalService`] and lets it answer until it is told to stop.

use rclrs::{log_info, Context, InitOptions, RclrsErrorFilter, SpinOptions};
use rust_add_two_ints::{
    command_line::{self, ServerArguments},
    failure::signal_name,
    report,
    shutdown::Shutdown,
    single_threaded_executor::CreateSingleThreadedExecutor,
    watchdog, MinimalService,
};

fn main() {
    report::exit_with(run)
}

fn run() -> anyhow::Result<()> {
    let shutdown = Shutdown::on_signals()?;
    let Some((arguments, ServerArguments {})) = command_line::parse()? else {
        return Ok(());
    };

    // In Python's words: rclpy.init().
    let context = Context::new(arguments, InitOptions::default())?;
    let mut executor = context.create_single_threaded_executor();
    watchdog::watch(executor.commands(), report::start_anew);

    let minimal_service = MinimalService::new(executor.commands())?;

    // rclpy.spin(minimal_service), but only until a signal comes.
    let received = shutdown.received();
    let told_to_stop = executor.commands().run(async move {
        received.await;
    });
    executor
        .spin(SpinOptions::new().until_promise_resolved(told_to_stop))
        .first_error()?;

    // rclpy.shutdown() has no counterpart: everything leaves the ROS graph when it is dropped, at
    // the end of this function.
    match shutdown.signal() {
        Some(signal) => log_info!(
            minimal_service.node().logger(),
            "Received {}, leaving the ROS graph",
            signal_name(signal)
        ),
        // With the parameter one_shot, the spin ends after an answer.
        None => minimal_service.let_last_reply_arrive(),
    }
    report::leave_in_time(Ok(()))
}
