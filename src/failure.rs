// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What can go wrong in a call, and the exit code that stands for it.

use rclrs::{DeclarationError, RclrsError};
use std::time::Duration;

/// Exit code of a run that did what it was asked to.
pub const SUCCESS: u8 = 0;
/// Exit code of everything that has no code of its own.
pub const OTHER: u8 = 1;
/// Exit code of a command line that cannot be understood.
pub const USAGE: u8 = 2;
/// Exit code of a client that found no service in time.
pub const NO_SERVICE: u8 = 3;
/// Exit code of a client that got no reply.
pub const NO_REPLY: u8 = 4;
/// What a shell adds to the number of the signal that ended a program.
const SIGNAL_BASE: u8 = 128;

/// The failures that have an exit code of their own.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line is wrong; the text says which argument, and what would be right.
    #[error("{0}")]
    Usage(String),

    /// A parameter was given a value that it cannot have.
    #[error("Bad value for the parameter {name}: {reason}")]
    Parameter {
        /// The name of the parameter.
        name: &'static str,
        /// What would be right.
        reason: String,
    },

    /// No server offered the service within the limit that was set.
    #[error(
        "No server offered {service} within {} s; start one, or allow more with --wait-timeout",
        limit.as_secs_f64(),
    )]
    NoService {
        /// The full name of the service.
        service: String,
        /// How long the client waited.
        limit: Duration,
    },

    /// A server has the request, and did not answer within the limit that was set.
    #[error(
        "No reply from {service} within {} s; its server is busy or stuck, allow more with --reply-timeout",
        limit.as_secs_f64(),
    )]
    NoReply {
        /// The full name of the service.
        service: String,
        /// How long the client waited.
        limit: Duration,
    },

    /// Every server that had the request left the ROS graph before it answered.
    #[error("The server of {service} vanished before it replied; the request is lost, send it again when a server is back")]
    ServerGone {
        /// The full name of the service.
        service: String,
    },

    /// No reply can reach this process, for the reason that
    /// [`shared_memory`](crate::shared_memory) tells.
    #[error("No reply from {service} can arrive: another program has removed a file of this one from /dev/shm while both came and went; start this one again")]
    CutOff {
        /// The full name of the service.
        service: String,
    },

    /// Two threads of Fast DDS wait for each other for ever, as [`watchdog`](crate::watchdog) tells.
    #[error("Fast DDS stands still, and this process sees no other node come or go (eProsima/Fast-DDS#6502)")]
    StandsStill,

    /// No message can reach this process, for the reason that
    /// [`shared_memory`](crate::shared_memory) tells.
    #[error("No message can reach this process: another program has removed a file of it from /dev/shm while both came and went")]
    Unreachable,

    /// rcl refused something: a name, a message, the network.
    #[error(transparent)]
    Rcl(#[from] RclrsError),

    /// A signal ended the wait.
    #[error("Stopped by {} before the reply came", signal_name(*.0))]
    Signal(i32),

    /// A signal ended a conversation with the user.
    #[error("Stopped by {}, goodbye", signal_name(*.0))]
    Goodbye(i32),
}

impl Failure {
    /// What to say about a parameter that could not be declared; `expected` ends the sentence
    /// "it must be".
    pub fn parameter(name: &'static str, expected: &str, error: DeclarationError) -> Self {
        let reason = match error {
            DeclarationError::OverrideValueTypeMismatch => format!("it must be {expected}"),
            DeclarationError::InitialValueRejected(reason) => reason,
            error => error.to_string(),
        };
        Self::Parameter { name, reason }
    }

    /// The exit code that tells a script which failure it was.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Parameter { .. } => USAGE,
            Self::NoService { .. } => NO_SERVICE,
            Self::NoReply { .. }
            | Self::ServerGone { .. }
            | Self::CutOff { .. }
            | Self::Unreachable => NO_REPLY,
            Self::StandsStill | Self::Rcl(_) => OTHER,
            // SIGINT is 2 and SIGTERM is 15, so that this is 130 or 143.
            Self::Signal(signal) | Self::Goodbye(signal) => {
                u8::try_from(*signal).map_or(OTHER, |s| SIGNAL_BASE + s)
            }
        }
    }
}

/// The name that people know a signal by.
pub fn signal_name(signal: i32) -> &'static str {
    signal_hook::low_level::signal_name(signal).unwrap_or("a signal")
}
