// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What the games of the exercises have in common, beside what they take from
//! [`rust_add_two_ints`].
//!
//! * [`guests`]: remember many players, but not too many, and not for ever.
//! * [`parameters`]: declare a parameter, and say in one line what is wrong with its value.
//! * [`program`]: the `main` functions of a server and of an interactive client.
//! * [`terminal`]: a conversation with the user.

#![warn(missing_docs)]

pub mod guests;
pub mod parameters;
pub mod program;
pub mod terminal;
