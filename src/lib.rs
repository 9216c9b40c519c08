// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The service `add_two_ints` of the ROS 2 tutorials in Rust: a server and a client on [`rclrs`].
//!
//! Read [`minimal_service`] and `bin/server.rs` first, then [`minimal_client`] and `bin/client.rs`;
//! [`arguments`] holds their command lines. What is not about adding comes from [`rclrs_runtime`].

#![warn(missing_docs)]

pub mod arguments;
pub mod minimal_client;
pub mod minimal_service;

pub use minimal_client::MinimalClientAsync;
pub use minimal_service::MinimalService;
