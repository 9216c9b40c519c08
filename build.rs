// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Lets rclrs_runtime see what rclrs passes to two functions of rcl: see its README, "Linking". Tells
//! the compiler which ROS distribution this build is for, as the build script of rclrs does.

fn main() {
    println!("cargo:rerun-if-env-changed=ROS_DISTRO");
    println!("cargo:rustc-check-cfg=cfg(ros_distro, values(any()))");
    if let Ok(distro) = std::env::var("ROS_DISTRO") {
        println!("cargo:rustc-cfg=ros_distro=\"{distro}\"");
    }
    for function in ["rcl_get_subscriptions_info_by_topic", "rcl_send_response"] {
        println!("cargo:rustc-link-arg=-Wl,--wrap={function}");
    }
}
