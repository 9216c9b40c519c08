// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What the tests stand on: a ROS domain for each, and processes that never outlive it.

pub mod caller;
pub mod domain;
pub mod folder;
pub mod observer;
pub mod process;

pub use caller::Caller;
pub use domain::Domain;
pub use observer::Observer;
pub use process::{Finished, Process};

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

/// How long anything may take that has no limit of its own. A loaded machine is slow, and
/// discovery alone takes three seconds at times; what does not happen in this time never will.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The built server of this package.
pub const SERVER: &str = env!("CARGO_BIN_EXE_server");

/// The built client of this package.
pub const CLIENT: &str = env!("CARGO_BIN_EXE_client");

/// A program of test/peers, by its name.
pub fn peer(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("test/peers")
        .join(name);
    assert!(path.is_file(), "there is no peer {}", path.display());
    path
}

/// Runs `body` in a process that does nothing else: the test `name` of this program, once more.
pub fn alone(name: &str, body: impl FnOnce()) {
    const ALONE: &str = "RUST_ADD_TWO_INTS_ALONE";
    if std::env::var_os(ALONE).is_some_and(|alone| alone == name) {
        return body();
    }
    let mut command = Command::new(std::env::current_exe().expect("the path of this program"));
    command
        .args(["--exact", name, "--nocapture"])
        .env(ALONE, name);
    let finished = Process::start(command).finish();
    assert!(finished.status.success(), "{finished:?}");
    // A name that no test has would pass as well.
    assert!(finished.stdout.contains("1 passed"), "{finished:?}");
}

/// Whether Fast DDS is 3.2, of which docs/reliability.md tells what goes wrong when participants
/// come and go by the dozen.
pub fn is_kilted() -> bool {
    std::env::var("ROS_DISTRO").is_ok_and(|distro| distro == "kilted")
}

/// Asks until the answer is yes, and panics with `what` when it still is no after `limit`.
pub fn wait_until(what: &str, limit: Duration, mut answer: impl FnMut() -> bool) {
    let started = Instant::now();
    while !answer() {
        assert!(
            started.elapsed() < limit,
            "{what}: not after {} s",
            limit.as_secs_f64()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}
