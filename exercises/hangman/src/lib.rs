// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Hangman as two ROS 2 services.
//!
//! * [`rules`]: a game of Hangman. No ROS.
//! * [`words`]: the lists of words. No ROS.
//! * [`games`]: all games that the server remembers. No ROS.
//! * [`server`]: the node that offers the services `start_hangman` and `guess_hangman`.
//! * [`gallows`]: the drawing.
//! * [`client`]: the node that plays against it, and the conversation with the user.

#![warn(missing_docs)]

pub mod client;
pub mod gallows;
pub mod games;
pub mod rules;
pub mod server;
pub mod words;
