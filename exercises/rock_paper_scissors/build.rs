// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Lets the client distinguish a server from one that was restarted under the same name: see the
//! README of rclrs_runtime, "Restarted servers".

fn main() {
    println!("cargo:rustc-link-arg=-Wl,--wrap=rcl_get_subscriptions_info_by_topic");
}
