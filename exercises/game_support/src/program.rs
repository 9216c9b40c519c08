// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The `main` functions of the games.
//!
//! They have the four steps of those of `add_two_ints`, which the tutorial page explains line by line.

use crate::terminal::{self, Terminal};
use clap::{Args, Parser};
use rclrs::{log_info, ExecutorCommands, Node};
use rclrs_runtime::{exit_with, Error, Runtime};
use std::{future::Future, io, sync::Arc, time::Duration};

/// What `--help` of a client says below its options.
pub const CLIENT_AFTER_HELP: &str = "\
Exit codes:
    0  you typed /quit, or the input has ended
    1  any other error
    2  bad arguments
    3  no server offered the service in time
    4  no reply: the time limit passed, or the server left
   75  Fast DDS failed below the client: run it again
  130  stopped by SIGINT (Ctrl-C)
  143  stopped by SIGTERM

Colours are left out where the output is no terminal or NO_COLOR is set.
Arguments after --ros-args belong to ROS, for example: client --ros-args -r __ns:=/robot1";

/// What `--help` of a server says below its parameters.
pub const SERVER_EXIT_CODES: &str = "\
Exit codes:
    0  stopped by SIGINT (Ctrl-C) or SIGTERM
    1  any other error
    2  bad arguments
   75  Fast DDS failed below the server: restart it
  130  SIGINT, and a callback did not return within two seconds
  143  the same for SIGTERM

Arguments after --ros-args belong to ROS, for example: server --ros-args -p capacity:=100";

/// How long a client waits; `None` is no limit.
#[derive(Clone, Copy, Debug, Args)]
pub struct TimeLimits {
    /// The longest wait for a server [default: no limit]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = seconds)]
    pub wait_timeout: Option<Duration>,

    /// The longest wait for a reply [default: no limit]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = seconds)]
    pub reply_timeout: Option<Duration>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok();
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "it must be a number of seconds, zero or more".to_owned())
}

/// Runs a server until SIGINT or SIGTERM: `create` creates its node, and what has to live as long as
/// the node.
pub fn run_server<A: Parser, S>(
    create: impl FnOnce(&Arc<ExecutorCommands>) -> Result<(Node, S), Error>,
) -> ! {
    exit_with(|| {
        let (mut runtime, _) = Runtime::init::<A>()?;
        let (node, server) = create(runtime.commands())?;
        if let Some(signal) = runtime.spin()? {
            log_info!(node.logger(), "Received {signal}, shutting down");
        }
        runtime.shutdown((node, server));
        Ok(())
    })
}

/// Runs a client until `play`, the conversation with the user, ends.
///
/// A signal ends it at once, whatever it waits for. Output that is not read to its end, as in
/// `client | head -1`, is no failure.
pub fn run_client<A: Parser, F>(play: impl FnOnce(Arc<ExecutorCommands>, A, Terminal) -> F) -> !
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    exit_with(|| {
        let (mut runtime, arguments) = Runtime::init()?;
        let commands = Arc::clone(runtime.commands());
        let result = runtime.spin_until_complete(play(commands, arguments, Terminal::open()?));
        if let Err(Some(Error::Signal(_))) = result.as_ref().map_err(|error| error.downcast_ref()) {
            terminal::break_line();
        }
        result.or_else(|error| match error.downcast_ref() {
            Some(error) if io::Error::kind(error) == io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(error),
        })
    })
}
