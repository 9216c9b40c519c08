// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The programs under test, and their peers in Python.

use std::{env, ffi::OsString, fs, os::unix::fs::symlink, path::PathBuf, process::Command};
use test_support::{Domain, Process};

/// The built server of this package.
pub const SERVER: &str = env!("CARGO_BIN_EXE_server");

/// The built client of this package.
pub const CLIENT: &str = env!("CARGO_BIN_EXE_client");

/// The top folder of this package.
pub const TOP: &str = env!("CARGO_MANIFEST_DIR");

/// The launch files of this package.
pub const LAUNCH_FILES: [&str; 2] = ["add_two_ints_launch.py", "add_two_ints_launch.xml"];

/// Installs this package, with the programs of this build, into the folder of a domain. Returns the value of
/// `AMENT_PREFIX_PATH` with which `ros2` finds it.
pub fn install(domain: &Domain) -> OsString {
    let prefix = domain.folder();
    let [python, xml] = LAUNCH_FILES.map(|file| format!("{TOP}/launch/{file}"));
    for (folder, name, target) in [
        ("lib/rust_add_two_ints", "server", SERVER),
        ("lib/rust_add_two_ints", "client", CLIENT),
        // `ros2 launch` does not search a folder that is a link.
        ("share/rust_add_two_ints/launch", LAUNCH_FILES[0], &python),
        ("share/rust_add_two_ints/launch", LAUNCH_FILES[1], &xml),
    ] {
        let folder = prefix.join(folder);
        fs::create_dir_all(&folder).expect("a folder in the folder of the test");
        symlink(target, folder.join(name)).expect("a link");
    }
    let index = prefix.join("share/ament_index/resource_index/packages");
    fs::create_dir_all(&index).expect("a folder in the folder of the test");
    fs::write(index.join("rust_add_two_ints"), "").expect("a file there");
    let mut prefixes = prefix.as_os_str().to_owned();
    prefixes.push(":");
    prefixes.push(env::var_os("AMENT_PREFIX_PATH").unwrap_or_default());
    prefixes
}

/// Starts the server of this package.
pub fn server(domain: &Domain, arguments: &[&str]) -> Process {
    domain.start(SERVER, arguments)
}

/// Starts the client of this package.
pub fn client(domain: &Domain, arguments: &[&str]) -> Process {
    domain.start(CLIENT, arguments)
}

/// Waits until a client that asks for 2 + 3 ends, and expects the sum in its log.
#[track_caller]
pub fn expect_sum(client: Process) {
    let client = client.finish().expect_code(0);
    client.expect_log("[minimal_client_async]: Result of add_two_ints: for 2 + 3 = 5\n");
}

/// Starts a peer of test/peers.
pub fn peer(domain: &Domain, name: &str, arguments: &[&str]) -> Process {
    Process::start(peer_command(domain, name, arguments))
}

/// The command that starts a peer.
pub fn peer_command(domain: &Domain, name: &str, arguments: &[&str]) -> Command {
    let path = PathBuf::from(TOP).join("test/peers").join(name);
    domain.python(path, arguments)
}
