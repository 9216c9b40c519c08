// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The launch files.
//!
//! `launch` is part of a ROS 2 installation, and of no package registry. Without it, these tests read the
//! files and compare them with each other, and with the programs that they start; with it, they launch
//! them.

use crate::nodes::{install, peer, LAUNCH_FILES, TOP};
use std::fs;
use test_support::{Domain, Process};

const CONTENT: &str = "\
argument a=2: First addend, a 64-bit integer
argument b=3: Second addend, a 64-bit integer
argument namespace=: Namespace of both nodes and of the service, for example robot1
node rust_add_two_ints server ends the launch
node rust_add_two_ints client ends the launch
";

fn path_of(file: &str) -> String {
    format!("{TOP}/launch/{file}")
}

#[test]
fn both_launch_files_describe_their_arguments_and_end_with_either_node() {
    let domain = Domain::claim();
    for file in LAUNCH_FILES {
        let described = peer(&domain, "describe_launch_file.py", &[&path_of(file)]);
        let described = described.finish().expect_code(0);
        assert_eq!(described.stdout, CONTENT, "{file}");
    }
}

#[test]
fn both_launch_files_are_installed() {
    let manifest = fs::read_to_string(format!("{TOP}/Cargo.toml")).expect("the manifest");
    assert!(manifest.contains(r#"install_to_share = ["launch"]"#));
}

#[test]
fn both_launch_files_end_by_themselves_with_the_response() {
    let domain = Domain::claim();
    let import = "import launch_ros, launch_xml, ros2launch";
    let launch = domain.start("python3", ["-c", import]);
    if !launch.finish().status.success() {
        println!("ros2 launch is not installed here: the launch files were read, not launched");
        return;
    }
    let prefixes = install(&domain);
    for file in LAUNCH_FILES {
        for (namespace, node) in [
            (None, "minimal_client_async"),
            (Some("namespace:=robot1"), "robot1.minimal_client_async"),
        ] {
            let mut command = domain.command("ros2");
            command
                .args(["launch", "rust_add_two_ints", file, "a:=-7", "b:=49"])
                .args(namespace)
                .env("AMENT_PREFIX_PATH", &prefixes);
            let launched = Process::start(command).finish().expect_code(0);
            let output = format!("{}{}", launched.stdout, launched.stderr);
            let result = format!("[{node}]: Result of add_two_ints: for -7 + 49 = 42");
            assert!(output.contains(&result), "{launched:?}");
            assert!(
                output.contains("Received SIGINT, shutting down"),
                "{launched:?}"
            );
        }
    }
}
