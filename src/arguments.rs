// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The command lines of the server and the client, without the arguments of ROS.

use clap::{Args, Parser};
use std::time::Duration;

/// What `--help` of the client says below its options.
const CLIENT_AFTER_HELP: &str = "\
Exit codes:
    0  the sum was printed on stdout
    1  any other error
    2  bad arguments
    3  no server offered the service in time
    4  no reply: the time limit passed, or the server left
   75  Fast DDS failed below the client: run it again
  130  stopped by SIGINT (Ctrl-C)
  143  stopped by SIGTERM

Arguments after --ros-args belong to ROS, for example: client 2 3 --ros-args -r add_two_ints:=sum";

/// What `--help` of the server says below its options.
const SERVER_AFTER_HELP: &str = "\
Parameters:
  one_shot                         answer one request, then shut down (bool, default false)
  service_configure_introspection  disabled (default), metadata or contents

Exit codes:
    0  stopped by SIGINT (Ctrl-C) or SIGTERM, or one_shot was set and the request answered
    1  any other error
    2  bad arguments
   75  Fast DDS failed below the server: restart it
  130  SIGINT, and a callback did not return within two seconds
  143  the same for SIGTERM

Arguments after --ros-args belong to ROS, for example: server --ros-args -p one_shot:=true";

/// The arguments of the server: there are none but `--help` and `--version`.
#[derive(Debug, Parser)]
#[command(name = "server", version, after_help = SERVER_AFTER_HELP)]
#[command(about = "Offers the ROS 2 service add_two_ints: the sum of two integers")]
pub struct ServerArguments {}

/// The arguments of the client.
#[derive(Debug, Parser)]
#[command(name = "client", version, after_help = CLIENT_AFTER_HELP)]
#[command(about = "Asks the ROS 2 service add_two_ints for the sum of A and B")]
pub struct ClientArguments {
    /// The first addend, a 64-bit integer
    #[arg(allow_negative_numbers = true, value_parser = integer)]
    pub a: i64,

    /// The second addend, a 64-bit integer
    #[arg(allow_negative_numbers = true, value_parser = integer)]
    pub b: i64,

    /// How long to wait.
    #[command(flatten)]
    pub limits: TimeLimits,
}

/// How long a client waits; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct TimeLimits {
    /// The longest wait for a server [default: no limit]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = seconds)]
    pub wait_timeout: Option<Duration>,

    /// The longest wait for the reply [default: no limit]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = seconds)]
    pub reply_timeout: Option<Duration>,
}

fn integer(text: &str) -> Result<i64, String> {
    let range = || {
        format!(
            "it must be a whole number from {} to {}",
            i64::MIN,
            i64::MAX
        )
    };
    text.parse().map_err(|_| range())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok();
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "it must be a number of seconds, zero or more".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_lines_are_consistent() {
        use clap::CommandFactory;

        ClientArguments::command().debug_assert();
        ServerArguments::command().debug_assert();
    }
}
