// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The `main` functions of the games: arguments, signals, executor, exit code.
//!
//! They do what those of `add_two_ints` do, which the tutorial page goes through line by line.

use crate::terminal::{self, Terminal};
use anyhow::anyhow;
use clap::Parser;
use futures_lite::FutureExt;
use rclrs::{
    log_info, Context, ExecutorCommands, InitOptions, Node, RclrsErrorFilter, SpinOptions,
};
use rust_add_two_ints::{
    command_line,
    failure::{signal_name, Failure},
    report,
    shutdown::Shutdown,
    single_threaded_executor::CreateSingleThreadedExecutor,
    watchdog,
};
use std::{future::Future, io, sync::Arc};

/// What `--help` of a client says below its options.
pub const CLIENT_AFTERWORD: &str = "\
Exit codes:
    0  you have left, or the input has ended
    1  any other error
    2  bad arguments
    3  no server offered the service in time
    4  no reply: the time limit passed, or the server is gone
  130  stopped by SIGINT (Ctrl-C)
  143  stopped by SIGTERM

Colours are left out where the output is no terminal or NO_COLOR is set.
Arguments after --ros-args belong to ROS, for example: client --ros-args -r __ns:=/robot1";

/// Runs a server: `create` makes its node and whatever has to live as long as the node does.
///
/// The server answers until SIGINT or SIGTERM comes.
pub fn run_server<A: Parser, S>(
    create: impl FnOnce(&Arc<ExecutorCommands>) -> Result<(Node, S), Failure>,
) -> ! {
    report::exit_with(|| {
        let shutdown = Shutdown::on_signals()?;
        let Some((ros_arguments, _)) = command_line::parse::<A>()? else {
            return Ok(());
        };
        let context = Context::new(ros_arguments, InitOptions::default())?;
        let mut executor = context.create_single_threaded_executor();
        watchdog::watch(executor.commands(), report::start_anew);
        let (node, _server) = create(executor.commands())?;

        let received = shutdown.received();
        let told_to_stop = executor.commands().run(async move {
            received.await;
        });
        executor
            .spin(SpinOptions::new().until_promise_resolved(told_to_stop))
            .first_error()?;
        if let Some(signal) = shutdown.signal() {
            let name = signal_name(signal);
            log_info!(node.logger(), "Received {name}, leaving the ROS graph");
        }
        report::leave_in_time(Ok(()))
    })
}

/// Runs a client: `play` is the conversation, which ends the program when it ends.
///
/// A signal ends it at once, whatever it waits for. That nobody reads its output any more, as in
/// `client | head -1`, is no failure.
pub fn run_client<A: Parser, F>(play: impl FnOnce(Arc<ExecutorCommands>, A, Terminal) -> F) -> !
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    report::exit_with(|| {
        let shutdown = Shutdown::on_signals()?;
        let Some((ros_arguments, arguments)) = command_line::parse::<A>()? else {
            return Ok(());
        };
        let context = Context::new(ros_arguments, InitOptions::default())?;
        let mut executor = context.create_single_threaded_executor();
        watchdog::watch(executor.commands(), report::give_up);

        let game = play(
            Arc::clone(executor.commands()),
            arguments,
            Terminal::open()?,
        );
        let stopped = shutdown.received();
        let game = executor.commands().run(async move {
            let stopped = async {
                let signal = stopped.await;
                terminal::break_line();
                Err(Failure::Goodbye(signal).into())
            };
            game.or(stopped).await
        });
        let (mut outcome, done) = executor.commands().create_notice(game);
        executor
            .spin(SpinOptions::new().until_promise_resolved(done))
            .first_error()?;
        let outcome = match outcome.try_recv() {
            Ok(Some(outcome)) => outcome,
            _ => Err(anyhow!("The executor stopped before the game was over")),
        };
        report::leave_in_time(outcome.or_else(|error| match error.downcast_ref() {
            Some(error) if io::Error::kind(error) == io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(error),
        }))
    })
}
