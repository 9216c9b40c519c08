// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The tests of this library: its executor and its service client in this process, and the programs in
//! examples/ from outside, with real peers.
//!
//! They need what the library itself needs, sourced, and `rclpy` for the peers in test/peers. cargo builds
//! the examples for `cargo test`, and not for `cargo test --test runtime`.

mod cyclone_dds;
mod deadlock_watch;
mod event_threads;
mod events;
mod examples;
mod executor;
mod process;
mod programs;
mod receiving_thread;
mod service_client;
