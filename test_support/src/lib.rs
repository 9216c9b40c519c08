// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Support for the Rust tests of this repository.
//!
//! * [`Domain`]: a ROS domain and a folder for one test, and the environment of its processes.
//! * [`skip_without`]: skips a test that needs a [`Feature`] which this ROS 2 does not have.
//! * [`Process`]: a process that ends with the test that started it; [`Finished`] is its result.
//! * [`Observer`]: a node of the test, which sees what other nodes see.

#![warn(missing_docs)]

mod domain;
mod features;
mod observer;
mod process;

pub use domain::Domain;
#[doc(hidden)]
pub use features::print_skipped;
pub use features::{is_kilted, Feature};
pub use libc::{SIGINT, SIGPIPE, SIGTERM};
pub use observer::Observer;
pub use process::{send_signal, Finished, Process};

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

/// The time limit for everything that has no limit of its own. A loaded machine is slow, and
/// discovery alone may take three seconds.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `body`, a closure of a test, in a process that runs no other test, in a domain of its own, and
/// returns the result. The process is this test program, started again for that test alone.
pub fn in_own_process<F: FnOnce()>(body: F) -> Finished {
    const VARIABLE: &str = "TEST_SUPPORT_OWN_PROCESS";
    // runtime::process::a_panic_ends_with_1_and_one_line::{{closure}}
    let name = std::any::type_name::<F>().trim_end_matches("::{{closure}}");
    let (_, name) = name.split_once("::").expect("a name in a crate");
    if std::env::var_os(VARIABLE).is_some_and(|test| test == name) {
        body();
        std::process::exit(0);
    }
    let domain = Domain::claim();
    let mut command = domain.command(std::env::current_exe().expect("the path of this program"));
    command
        .args(["--exact", name, "--nocapture"])
        .env(VARIABLE, name);
    let finished = Process::start(command).finish();
    // With a name that no test has, none would run.
    assert!(finished.stdout.contains("running 1 test"), "{finished:?}");
    finished
}

/// Fails the test when a program defines a function of rcl or rmw for the other libraries of its process.
pub fn expect_no_override(program: impl AsRef<Path>) {
    let mut command = Command::new("nm");
    command
        .args(["--dynamic", "--defined-only", "--format=posix"])
        .arg(program.as_ref());
    let symbols = Process::start(command).finish().expect_code(0);
    let overrides = |name: &str| name.starts_with("rcl_") || name.starts_with("rmw_");
    assert!(!symbols.stdout.lines().any(overrides), "{symbols:?}");
}

/// Polls `condition` until it is true, and panics with `what` when it is still false after `limit`.
#[track_caller]
pub fn wait_until(what: &str, limit: Duration, condition: impl FnMut() -> bool) {
    let seconds = limit.as_secs_f64();
    assert!(
        is_true_within(limit, condition),
        "{what}: not after {seconds} s"
    );
}

/// Polls `condition` until it is true, or `limit` has passed; returns whether it is true.
pub fn is_true_within(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    while !condition() {
        if started.elapsed() >= limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}
