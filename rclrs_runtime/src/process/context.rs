// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The ROS context, and one line for what is wrong with the environment where rcl has none.

use crate::Error;
use rclrs::{Context, InitOptions, RclReturnCode, RclrsError};
use std::env;

/// The argument of ROS without which rcl opens a log file.
const NO_LOG_FILE: &str = "--disable-external-lib-logs";

/// Creates the context with its arguments and the defaults of rclrs.
pub fn create(arguments: Vec<String>) -> Result<Context, Error> {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_log_folder = ["ROS_LOG_DIR", "ROS_HOME", "HOME"].into_iter().any(is_set);
    if !has_log_folder && !arguments.iter().any(|argument| argument == NO_LOG_FILE) {
        // rcl prints twelve lines about this, and none says so.
        let line = "There is no folder for the log files: set HOME or ROS_LOG_DIR";
        return Err(Error::Environment(line.to_owned()));
    }
    Context::new(arguments, InitOptions::default()).map_err(explain)
}

/// Names the variable that is wrong, where the error of rcl does not.
fn explain(error: RclrsError) -> Error {
    match error {
        // rcl_init has no time limit: the error of rcl_logging has the same number.
        RclrsError::RclError {
            code: RclReturnCode::Timeout,
            msg: Some(reason),
        } => Error::Environment(format!(
            "Cannot write log files: {reason}; set ROS_LOG_DIR to a folder that can be written"
        )),
        // Nor does rcl say anything when it finds no keys.
        RclrsError::RclError {
            code: RclReturnCode::Error,
            ref msg,
        } if msg.as_ref().is_none_or(|msg| msg.to_string().is_empty())
            && env::var_os("ROS_SECURITY_ENABLE").is_some_and(|value| value == "true") =>
        {
            Error::Environment(
                "ROS_SECURITY_ENABLE is true, and there are no keys: set ROS_SECURITY_KEYSTORE"
                    .to_owned(),
            )
        }
        error => error.into(),
    }
}
