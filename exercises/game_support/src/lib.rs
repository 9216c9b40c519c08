// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What the games of the exercises have in common, beside what they take from [`rclrs_runtime`].
//!
//! * [`parameters`]: declare a parameter, and say in one line what is wrong with its value.
//! * [`program`]: the `main` functions of a server and of an interactive client.
//! * [`sessions`]: what a server remembers of each player, for a limited time.
//! * [`terminal`]: a conversation with the user.

#![warn(missing_docs)]

pub mod parameters;
pub mod program;
pub mod sessions;
pub mod terminal;
