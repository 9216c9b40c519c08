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

/// What the files are launched with, and the node that then prints the result.
const LAUNCHES: [(&[&str], &str); 2] = [
    (&["a:=-7", "b:=49"], "minimal_client_async"),
    (
        &["a:=-7", "b:=49", "namespace:=robot1"],
        "robot1.minimal_client_async",
    ),
];

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

/// `ros2 launch` refuses arguments without a value as malformed, and nothing else here does where it is not
/// installed.
#[test]
fn each_argument_of_a_launch_is_declared_and_has_a_value() {
    let mut commands: Vec<String> = LAUNCHES.map(|(arguments, _)| arguments.join(" ")).into();
    let launch_files = LAUNCH_FILES.map(path_of);
    for page in launch_files.into_iter().chain([format!("{TOP}/README.md")]) {
        let text = fs::read_to_string(&page).expect("a page");
        let shown = text
            .lines()
            .filter(|line| line.contains("ros2 launch rust"));
        let before = commands.len();
        commands.extend(shown.map(str::to_owned));
        assert!(commands.len() > before, "no command in {page}");
    }
    for argument in commands.iter().flat_map(|command| command.split(' ')) {
        if let Some((name, value)) = argument.split_once(":=") {
            assert!(CONTENT.contains(&format!("argument {name}=")), "{argument}");
            assert!(!value.is_empty(), "{argument}");
        }
    }
}

#[test]
fn both_launch_files_are_installed() {
    let manifest = fs::read_to_string(format!("{TOP}/Cargo.toml"));
    let manifest = manifest.expect("the manifest");
    assert!(manifest.contains("install_to_share = [\"launch\"]"));
    let installed = fs::read_dir(format!("{TOP}/launch"));
    let mut names: Vec<_> = installed
        .expect("the folder of the launch files")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name != "__pycache__")
        .collect();
    names.sort();
    assert_eq!(names, LAUNCH_FILES);
}

#[test]
fn both_launch_files_end_by_themselves_with_the_response() {
    let domain = Domain::claim();
    let launch = domain.start(
        "python3",
        ["-c", "import launch_ros, launch_xml, ros2launch"],
    );
    if launch.finish().code() != 0 {
        println!("ros2 launch is not installed here: the launch files were read, not launched");
        return;
    }
    let prefixes = install(&domain);
    for file in LAUNCH_FILES {
        for (arguments, node) in LAUNCHES {
            let mut command = domain.command("ros2");
            command
                .args(["launch", "rust_add_two_ints", file])
                .args(arguments)
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
