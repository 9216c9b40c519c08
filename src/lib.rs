// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The service `add_two_ints` of the ROS 2 tutorials: a server and a client on [`rclrs`].
//!
//! # Where to read
//!
//! The tutorial itself, one file for each class of its Python version:
//!
//! * [`minimal_service`]: [`MinimalService`], the server.
//! * [`minimal_client`]: [`MinimalClientAsync`], the client.
//! * `src/bin/server.rs` and `src/bin/client.rs`: their `main` functions.
//!
//! What runs them:
//!
//! * [`single_threaded_executor`]: no thread switch between the network and a callback.
//! * [`readiness`]: what a wait in rcl has found ready.
//! * [`timer_thread`]: the timers of Fast DDS wait for those who send.
//!
//! What a program needs once it leaves the tutorial, one file for each concern:
//!
//! * [`watchful_client`]: wait for a server, call it, and miss it when it is gone.
//! * [`server_watch`]: notice that the server which has a request is gone.
//! * [`endpoints`]: tell the servers of a service apart.
//! * [`shared_memory`]: notice that no reply can come in.
//! * [`watchdog`]: notice that the middleware no longer works.
//! * [`introspection`]: let `ros2 service echo` listen in.
//! * [`shutdown`]: leave the ROS graph on SIGINT and SIGTERM.
//! * [`command_line`]: arguments for the program beside arguments for ROS.
//! * [`failure`]: what can go wrong, and the exit code for it.
//! * [`report`]: errors reach the user in one line, from one place, which ends the process.
//! * [`time_limit`]: a time limit for a future.
//! * [`rcl`]: functions of the C library that rclrs does not pass on.
//! * `first_contact`: a node that has just started hears the answers of others.
//! * `undeliverable`: a client that cannot receive its reply does not harm the others.

#![warn(missing_docs)]

pub mod command_line;
pub mod endpoints;
pub mod failure;
mod first_contact;
pub mod introspection;
pub mod minimal_client;
pub mod minimal_service;
pub mod rcl;
pub mod readiness;
pub mod report;
pub mod server_watch;
pub mod shared_memory;
pub mod shutdown;
pub mod single_threaded_executor;
pub mod time_limit;
pub mod timer_thread;
mod undeliverable;
pub mod watchdog;
pub mod watchful_client;

pub use minimal_client::MinimalClientAsync;
pub use minimal_service::MinimalService;
