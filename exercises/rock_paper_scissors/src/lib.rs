// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Rock Paper Scissors as a ROS 2 service.
//!
//! * [`rules`]: what beats what, and who wins a match. No ROS.
//! * [`games`]: all matches and scores that the server remembers. No ROS.
//! * [`server`]: the node that offers the service `play_hand`.
//! * [`client`]: the node that plays against it, and the conversation with the user.

#![warn(missing_docs)]

pub mod client;
pub mod games;
pub mod rules;
pub mod server;
