// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What can go wrong in a program on rclrs, and the exit code for it.

use crate::process::Signal;
use rclrs::{DeclarationError, RclrsError};
use std::time::Duration;

/// The exit codes of programs that end with [`exit_with`](crate::exit_with).
///
/// A program that was stopped by a signal has 128 and the number of the signal, as in a shell: 130
/// for SIGINT, 143 for SIGTERM.
pub mod exit_code {
    /// The program did what it was asked to.
    pub const SUCCESS: u8 = 0;
    /// Any error without a code of its own.
    pub const FAILURE: u8 = 1;
    /// The command line or a parameter is wrong.
    pub const USAGE: u8 = 2;
    /// No server offered the service in time.
    pub const NO_SERVICE: u8 = 3;
    /// No response: the time limit passed, or the server left.
    pub const NO_RESPONSE: u8 = 4;
    /// The middleware no longer works below the program; restarting it helps. This is `EX_TEMPFAIL`
    /// of sysexits.h.
    pub const MIDDLEWARE: u8 = 75;
    /// What a shell adds to the number of a signal.
    pub const SIGNAL_BASE: u8 = 128;
}

/// What can go wrong in a program on rclrs; [`Error::exit_code`] has the exit code.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line is wrong; the text says which argument, and what would be right.
    #[error("{0}")]
    Usage(String),

    /// `--help` or `--version`: the text is the answer, and no error.
    #[error("{0}")]
    Help(String),

    /// A parameter was set to a value that is not allowed.
    #[error("Bad value for the parameter {name}: {reason}")]
    Parameter {
        /// The name of the parameter.
        name: &'static str,
        /// What would be right.
        reason: String,
    },

    /// No server offered the service in time.
    #[error("No server offered {service} within {} s; start one, or wait longer", timeout.as_secs_f64())]
    NoService {
        /// The full name of the service.
        service: String,
        /// How long the client waited.
        timeout: Duration,
    },

    /// No response arrived in time. A server may have received the request, or there was none.
    #[error(
        "No reply from {service} within {} s; its server is busy, or uses another middleware",
        timeout.as_secs_f64()
    )]
    NoResponse {
        /// The full name of the service.
        service: String,
        /// How long the client waited.
        timeout: Duration,
    },

    /// Every server that received the request left the ROS graph before it responded.
    #[error("The server of {service} left before it replied; the request is lost, send it again when a server is back")]
    ServerLost {
        /// The full name of the service.
        service: String,
    },

    /// The shared-memory port files of this process were deleted by another participant of Fast DDS
    /// that exited when this one started.
    #[error("No message can reach this process: its shared-memory port file was deleted from /dev/shm; restart it")]
    Unreachable,

    /// Two threads of Fast DDS wait for each other.
    #[error("Fast DDS is deadlocked, this process no longer discovers other nodes (eProsima/Fast-DDS#6502); restart it")]
    Deadlock,

    /// A callback of a service on the receiving thread does not return.
    #[error("A callback does not return on the thread that receives, so that no message reaches this process; it must not block, log, or create or drop a node, service, client, subscription or publisher")]
    BlockedCallback,

    /// An environment variable is missing or wrong; the text says which one, and what would be right.
    #[error("{0}")]
    Environment(String),

    /// rcl refused something: a name, a message, the network.
    #[error(transparent)]
    Rcl(#[from] RclrsError),

    /// A signal ended the program before its work was done.
    #[error("Stopped by {0}")]
    Signal(Signal),

    /// The operating system refused something that the runtime needs.
    #[error("{0}")]
    System(&'static str, #[source] std::io::Error),
}

impl Error {
    /// The error for a parameter that could not be declared; `expected` ends the sentence "it must
    /// be".
    pub fn parameter(name: &'static str, expected: &str, error: DeclarationError) -> Self {
        let reason = match error {
            DeclarationError::OverrideValueTypeMismatch => format!("it must be {expected}"),
            DeclarationError::InitialValueRejected(reason) => reason,
            error => error.to_string(),
        };
        Self::Parameter { name, reason }
    }

    /// The exit code for this error: one of those in [`exit_code`], or that of a signal.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Help(_) => exit_code::SUCCESS,
            Self::Usage(_) | Self::Parameter { .. } => exit_code::USAGE,
            Self::NoService { .. } => exit_code::NO_SERVICE,
            Self::NoResponse { .. } | Self::ServerLost { .. } => exit_code::NO_RESPONSE,
            Self::Unreachable | Self::Deadlock => exit_code::MIDDLEWARE,
            Self::BlockedCallback | Self::Environment(_) | Self::Rcl(_) | Self::System(..) => {
                exit_code::FAILURE
            }
            Self::Signal(signal) => signal.exit_code(),
        }
    }
}
