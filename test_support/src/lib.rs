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
pub use features::{is_humble, middleware, Feature};
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

/// Whether Fast DDS is 3.2. With it, a participant may miss another one when many start and exit at
/// the same time; `without_type_lookup.xml` names the defect.
pub fn is_kilted() -> bool {
    std::env::var("ROS_DISTRO").is_ok_and(|distro| distro == "kilted")
}

/// The names of the symbols that a program defines for the other libraries of its process.
pub fn exported_symbols(program: impl AsRef<Path>) -> Vec<String> {
    let mut command = Command::new("nm");
    command
        .args(["--dynamic", "--defined-only", "--format=posix"])
        .arg(program.as_ref());
    let finished = Process::start(command).finish().expect_code(0);
    let names = finished
        .stdout
        .lines()
        .filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}

/// Polls `condition` until it is true, and panics with `what` when it is still false after `limit`.
pub fn wait_until(what: &str, limit: Duration, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(
            started.elapsed() < limit,
            "{what}: not after {} s",
            limit.as_secs_f64()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}
