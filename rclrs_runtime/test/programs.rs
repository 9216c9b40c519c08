// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The programs in examples/, and their peers in Python.

use std::path::{Path, PathBuf};
use test_support::{Domain, Process};

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

/// Accepts the arguments of the test harness, for programs that are run by `in_own_process`.
#[derive(clap::Parser)]
pub struct AnyArguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    _all: Vec<String>,
}
