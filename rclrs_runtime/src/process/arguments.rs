// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Arguments of the program beside arguments of ROS.
//!
//! Arguments between `--ros-args` and `--` (or the end) belong to ROS, all others to the program. Both
//! may come in any order, and `ros2 launch` appends a bare `--ros-args`. Each mistake becomes one line
//! that names the argument.

use super::exit::one_line;
use crate::{
    ffi::{self, Arguments, Parameters},
    Error,
};
use clap::{
    error::{ContextKind, ContextValue, ErrorKind},
    Command, Parser,
};
use rclrs::{LogSeverity, Logger};
use std::{
    ffi::{c_char, c_int, CStr, CString},
    ptr,
};

/// Reads the command line of this process.
///
/// Returns all arguments, for [`rclrs::Context::new`], and the parsed ones that are not for ROS.
pub fn parse<T: Parser>() -> Result<(Vec<String>, T), Error> {
    let refused = |argument| Error::Usage(format!("Argument {argument:?} is not valid UTF-8"));
    let arguments = std::env::args_os().map(|argument| argument.into_string().map_err(refused));
    let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
    let own = without_ros_arguments(&arguments)?;
    match T::try_parse_from(own) {
        Ok(parsed) => Ok((arguments, parsed)),
        Err(error) if !error.use_stderr() => Err(Error::Help(error.to_string())),
        Err(error) => Err(Error::Usage(explain(&error, &T::command()))),
    }
}

/// The arguments that ROS leaves to the program.
fn without_ros_arguments(arguments: &[String]) -> Result<Vec<String>, Error> {
    // rcl logs some mistakes beside the error that it returns, and repeats its warnings when the
    // context is created. One line is enough.
    let rcl_logger = Logger::new("rcl").ok();
    let set_level = |level| rcl_logger.as_ref().map(|logger| logger.set_level(level));
    set_level(LogSeverity::Fatal);
    let own = rclrs::extract_non_ros_args(arguments.iter().cloned());
    let parsed = RosArguments::parse(arguments);
    set_level(LogSeverity::Unset);

    let own =
        own.map_err(|error| Error::Usage(format!("Bad ROS arguments: {}", one_line(&error))))?;
    let Some(parsed) = parsed else {
        return Ok(own);
    };
    let unknown = parsed.unknown(arguments);
    if !unknown.is_empty() {
        return Err(Error::Usage(format!(
            "Unknown ROS arguments: '{}'; put '--' behind the ROS arguments when more follow",
            unknown.join("' '")
        )));
    }
    if parsed.sets_other_than_bool(c"use_sim_time") {
        let name = "use_sim_time";
        let reason = "it must be true or false".to_owned();
        return Err(Error::Parameter { name, reason });
    }
    Ok(own)
}

/// Arguments as rcl has parsed them.
struct RosArguments(Arguments);

impl RosArguments {
    /// Lets rcl parse arguments; `None` for what it refuses, and for a NUL byte.
    fn parse(arguments: &[String]) -> Option<Self> {
        let owned = arguments
            .iter()
            .map(|argument| CString::new(argument.as_str()))
            .collect::<Result<Vec<_>, _>>()
            .ok()?;
        let count = c_int::try_from(owned.len()).ok()?;
        let pointers: Vec<*const c_char> = owned.iter().map(|argument| argument.as_ptr()).collect();
        // SAFETY: The pointers are valid NUL-terminated strings, as many as `count` says, and
        // outlive the call; rcl copies what it keeps. `parsed` starts zero-initialized, as rcl
        // demands, and is only used after it was filled.
        unsafe {
            let mut parsed = ffi::rcl_get_zero_initialized_arguments();
            let allocator = ffi::rcutils_get_default_allocator();
            if ffi::rcl_parse_arguments(count, pointers.as_ptr(), allocator, &mut parsed) != 0 {
                ffi::reset_error();
                return None;
            }
            Some(Self(parsed))
        }
    }

    /// The arguments after `--ros-args` that mean nothing to rcl.
    ///
    /// rcl ignores them, and leaves it to the client library to refuse them. rclcpp and rclpy do;
    /// rclrs 0.8 does not, so that a misspelt option would have no effect and no message.
    fn unknown<'a>(&self, arguments: &'a [String]) -> Vec<&'a str> {
        let mut unknown = Vec::new();
        // SAFETY: The list that rcl fills has as many indices of `arguments` as it says, and is freed
        // with the allocator it came from.
        unsafe {
            let allocator = ffi::rcutils_get_default_allocator();
            let found = ffi::rcl_arguments_get_count_unparsed_ros(&self.0);
            let mut indices: *mut c_int = ptr::null_mut();
            if found > 0
                && ffi::rcl_arguments_get_unparsed_ros(&self.0, allocator, &mut indices) == 0
            {
                for position in 0..found as usize {
                    unknown.push(&*arguments[*indices.add(position) as usize]);
                }
                if let Some(deallocate) = allocator.deallocate {
                    deallocate(indices.cast(), allocator.state);
                }
            }
        }
        unknown
    }

    /// Whether the arguments set `parameter`, of any node, to a value that is not a bool.
    ///
    /// rclrs 0.8 declares `use_sim_time` for each node, and panics when its value has another type.
    fn sets_other_than_bool(&self, parameter: &CStr) -> bool {
        let mut overrides: *mut Parameters = ptr::null_mut();
        // SAFETY: rcl leaves the pointer null when there are no parameters, and else lets it point to
        // a copy, whose lists are as long as it says, until it is given back.
        unsafe {
            if ffi::rcl_arguments_get_param_overrides(&self.0, &mut overrides) != 0
                || overrides.is_null()
            {
                ffi::reset_error();
                return false;
            }
            let mut wrong = false;
            for node in 0..(*overrides).count {
                let node = &*(*overrides).nodes.add(node);
                for index in 0..node.count {
                    wrong |= CStr::from_ptr(*node.names.add(index)) == parameter
                        && (*node.values.add(index)).bool_value.is_null();
                }
            }
            ffi::rcl_yaml_node_struct_fini(overrides);
            wrong
        }
    }
}

impl Drop for RosArguments {
    fn drop(&mut self) {
        // SAFETY: The arguments were filled by rcl, and are not used any more.
        unsafe {
            ffi::rcl_arguments_fini(&mut self.0);
        }
    }
}

/// One line for what clap would say in several.
fn explain(error: &clap::Error, command: &Command) -> String {
    // clap writes a positional argument as <A>, and an option as --option <SECONDS>.
    let name = |text: &String| match text.split_once(" <") {
        Some((option, _)) => option.to_owned(),
        None => text.replace(['<', '>'], ""),
    };
    let names: Vec<String> = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(text)) => vec![name(text)],
        Some(ContextValue::Strings(texts)) => texts.iter().map(name).collect(),
        _ => Vec::new(),
    };
    let argument = names.join(" and ");
    let value = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value)) => value.as_str(),
        _ => "",
    };
    let help = || match &names[..] {
        [name] => help_of(name, command).map(|help| format!(": {help}")),
        names => (names.iter())
            .map(|name| Some(format!("; {name}: {}", help_of(name, command)?)))
            .collect(),
    };
    let help = || help().unwrap_or_default();
    match error.kind() {
        ErrorKind::ValueValidation => {
            let reason = std::error::Error::source(error)
                .map_or_else(String::new, |reason| format!(": {reason}"));
            format!("Bad value '{value}' for {argument}{reason}")
        }
        // One that is not among the possible values, or none at all.
        ErrorKind::InvalidValue if !value.is_empty() => {
            format!("Bad value '{value}' for {argument}{}", help())
        }
        ErrorKind::InvalidValue => format!("No value for {argument}{}", help()),
        ErrorKind::MissingRequiredArgument => {
            format!("Nothing given for {argument}{}", help())
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

/// What the help says of an argument.
fn help_of(name: &str, command: &Command) -> Option<String> {
    let option = name.trim_start_matches("--");
    let argument = command.get_arguments().find(|argument| {
        argument.get_long() == Some(option)
            || argument.get_id().as_str().eq_ignore_ascii_case(option)
    });
    Some(argument?.get_help()?.to_string())
}
