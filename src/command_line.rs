// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The command lines of the two programs.
//!
//! A ROS program has two kinds of arguments: those between `--ros-args` and `--` (or the end)
//! belong to ROS, all others to the program. Both may come in any order, and `ros2 launch` puts a
//! bare `--ros-args` at the end. Each mistake becomes one line that names the argument.

use crate::{failure::Failure, rcl, report};
use clap::{
    error::{ContextKind, ContextValue, ErrorKind},
    Args, Parser,
};
use rclrs::{LogSeverity, Logger};
use std::time::Duration;

/// What `--help` of the client says below its options.
const CLIENT_AFTERWORD: &str = "\
Exit codes:
    0  the sum was printed
    1  any other error
    2  bad arguments
    3  no server offered the service in time
    4  no reply: the time limit passed, or the server is gone
  130  stopped by SIGINT (Ctrl-C)
  143  stopped by SIGTERM

Arguments after --ros-args belong to ROS, for example: client 2 3 --ros-args -r add_two_ints:=sum";

/// What `--help` of the server says below its options.
const SERVER_AFTERWORD: &str = "\
Parameters:
  one_shot                         answer one request, then leave (bool, default false)
  service_configure_introspection  disabled (default), metadata or contents

Exit codes:
    0  stopped by SIGINT (Ctrl-C) or SIGTERM, or done with its one shot
    1  any other error
    2  bad arguments

Arguments after --ros-args belong to ROS, for example: server --ros-args -p one_shot:=true";

/// The arguments of the client that are not for ROS.
#[derive(Debug, Parser)]
#[command(name = "client", version, after_help = CLIENT_AFTERWORD)]
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

/// How long a client of any service waits.
#[derive(Clone, Copy, Debug, Args)]
pub struct TimeLimits {
    /// Give up when no server offers the service within this time [default: no limit]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = seconds)]
    pub wait_timeout: Option<Duration>,

    /// Give up when the reply takes longer than this time [default: no limit]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = seconds)]
    pub reply_timeout: Option<Duration>,
}

/// The arguments of the server that are not for ROS: there are none but `--help` and `--version`.
#[derive(Debug, Parser)]
#[command(name = "server", version, after_help = SERVER_AFTERWORD)]
#[command(about = "Offers the ROS 2 service add_two_ints: the sum of two integers")]
pub struct ServerArguments {}

/// Reads the command line of this process.
///
/// Returns all arguments, for [`rclrs::Context::new`], and the parsed ones that are not for ROS.
/// `--help` and `--version` print what was asked for and come back as `None`.
///
/// # Errors
///
/// [`Failure::Usage`] for whatever cannot be understood.
pub fn parse<T: Parser>() -> Result<Option<(Vec<String>, T)>, Failure> {
    let mut arguments = Vec::new();
    for argument in std::env::args_os() {
        arguments.push(argument.into_string().map_err(|argument| {
            Failure::Usage(format!("Argument {argument:?} is not valid UTF-8"))
        })?);
    }
    let own = without_ros_arguments(&arguments)?;
    match T::try_parse_from(own) {
        Ok(parsed) => Ok(Some((arguments, parsed))),
        Err(error) if !error.use_stderr() => {
            // Help was asked for. That nobody reads it, as in `client --help | head -1`, is no
            // failure.
            let _ = error.print();
            Ok(None)
        }
        Err(error) => Err(Failure::Usage(explain(&error))),
    }
}

/// The arguments that ROS leaves to the program.
fn without_ros_arguments(arguments: &[String]) -> Result<Vec<String>, Failure> {
    // rcl logs some mistakes and then returns an error for them as well, and what it only warns of
    // it says again when the context is made. One line is enough.
    let rcl_logger = Logger::new("rcl").ok();
    let set_level = |level| rcl_logger.as_ref().map(|logger| logger.set_level(level));
    set_level(LogSeverity::Fatal);
    let own = rclrs::extract_non_ros_args(arguments.iter().cloned());
    let unknown = rcl::unknown_ros_arguments(arguments);
    let misgiven = rcl::misgives_bool(arguments, c"use_sim_time");
    set_level(LogSeverity::Unset);

    let own = own.map_err(|error| {
        let what = report::one_line(&error.into());
        Failure::Usage(format!("Bad ROS arguments: {what}"))
    })?;
    if !unknown.is_empty() {
        return Err(Failure::Usage(format!(
            "Unknown ROS arguments: '{}'; put '--' behind the ROS arguments when more follow",
            unknown.join("' '")
        )));
    }
    if misgiven {
        let what = "Bad value for the parameter use_sim_time: it must be true or false";
        return Err(Failure::Usage(what.to_owned()));
    }
    Ok(own)
}

fn range() -> String {
    format!("a whole number from {} to {}", i64::MIN, i64::MAX)
}

fn integer(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| format!("it must be {}", range()))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let refused = || "it must be a number of seconds, zero or more".to_owned();
    let seconds: f64 = text.parse().map_err(|_| refused())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| refused())
}

/// One line for what clap would say in several.
fn explain(error: &clap::Error) -> String {
    let value = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(" and "),
        _ => String::new(),
    };
    // clap writes a positional argument as <A>, and an option as --option <SECONDS>.
    let invalid = value(ContextKind::InvalidArg);
    let (argument, placeholder) = invalid
        .split_once(" <")
        .filter(|(option, _)| option.starts_with("--"))
        .unwrap_or((&invalid, ""));
    let argument = argument.replace(['<', '>'], "");
    let got = value(ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::ValueValidation => {
            let reason = std::error::Error::source(error)
                .map_or_else(String::new, |reason| format!(": {reason}"));
            format!("Bad value '{got}' for {argument}{reason}")
        }
        ErrorKind::InvalidValue => {
            let expected = match placeholder {
                "SECONDS>" => ": it must be a number of seconds, zero or more",
                _ => "",
            };
            format!("No value for {argument}{expected}")
        }
        ErrorKind::MissingRequiredArgument => {
            format!("Nothing given for {argument}: it must be {}", range())
        }
        ErrorKind::UnknownArgument => {
            format!("Unexpected argument '{argument}'; --help lists what is understood")
        }
        _ => {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            let line = line.trim_start_matches("error: ");
            format!("Bad arguments: {line}")
        }
    }
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
