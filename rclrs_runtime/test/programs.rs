// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The programs in examples/, and their peers in Python.

use std::{
    path::{Path, PathBuf},
    process::Command,
};
use test_support::{is_kilted, Domain, Process};

/// The program of an example.
pub fn example_path(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("the path of this program");
    let path = own.parent().and_then(Path::parent);
    let path = path.expect("two folders up").join("examples").join(name);
    assert!(
        path.is_file(),
        "{path:?}: run `cargo build --examples` before"
    );
    path
}

/// Starts the program of an example.
pub fn example(domain: &Domain, name: &str, arguments: &[&str]) -> Process {
    domain.start(example_path(name), arguments)
}

/// Starts a peer of test/peers.
pub fn peer(domain: &Domain, name: &str, arguments: &[&str]) -> Process {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("test/peers");
    Process::start(domain.python(peers.join(name), arguments))
}

/// Lets Fast DDS below the program of `command` read a profile with these settings of the participant.
pub fn set_profile(domain: &Domain, command: &mut Command, rtps: &str) {
    let profile = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<profiles xmlns="http://www.eprosima.com">
  <participant profile_name="test" is_default_profile="true"><rtps>{rtps}</rtps></participant>
</profiles>
"#
    );
    let file = domain.file("profile.xml", &profile);
    // Fast DDS 3 warns about the name of Fast DDS 2.
    let variable = if is_kilted() {
        "FASTDDS_DEFAULT_PROFILES_FILE"
    } else {
        "FASTRTPS_DEFAULT_PROFILES_FILE"
    };
    command.env(variable, file);
}

/// Accepts the arguments of the test harness, for programs that are run by `in_own_process`.
#[derive(clap::Parser)]
pub struct AnyArguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    _all: Vec<String>,
}
