// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The tests of both nodes, from outside: real processes, real peers, a real ROS graph.
//!
//! They need what the package itself needs, sourced, and `rclpy` for the peers in test/peers. The tests
//! of what the nodes are built on are in rclrs_runtime/test.

mod arguments;
mod caller;
mod combinations;
mod documentation;
mod introspection;
mod launch;
mod load;
mod lost_clients;
mod lost_servers;
mod nodes;
mod overflow;
mod restarts;
mod ros_arguments;
mod signals;
mod symbols;
