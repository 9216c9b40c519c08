// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Keeps a program that lives for one call out of the shared memory of Fast DDS.
//!
//! A program on Fast DDS listens at a file in `/dev/shm` that is named after a number, and the next
//! program to start takes the lowest number that is free. When one leaves while another takes its
//! place, the one that leaves may remove the file that the other has just opened: the other listens
//! at a file without a name, and whoever writes to it makes a new one. Its request gets out, and
//! the reply to it never comes in, however often it is repeated (seen with Fast DDS 2.14, with about
//! one in 1,500 clients that come and go fourteen at a time on a busy machine).
//!
//! Shared memory is for programs that move much data for long. One that makes a single call gains
//! nothing by it. UDP takes the kernel's numbers, which are safe.

use std::{env, os::unix::process::CommandExt, process::Command};

/// What Fast DDS reads its transports from.
const TRANSPORTS: &str = "FASTDDS_BUILTIN_TRANSPORTS";

/// Lets Fast DDS use UDP alone in this process, unless the user has decided otherwise.
///
/// Other middleware does not look at it. Fast DDS reads its environment when it is loaded, which
/// was before `main`. So the program starts once more in the same process, which takes some 20 ms;
/// to be called before it has done anything else.
pub fn without_shared_memory() {
    let decided = [
        TRANSPORTS,
        "FASTDDS_DEFAULT_PROFILES_FILE",
        "FASTRTPS_DEFAULT_PROFILES_FILE",
    ];
    if decided.iter().any(|name| env::var_os(name).is_some()) {
        return;
    }
    let Ok(program) = env::current_exe() else {
        return;
    };
    let mut arguments = env::args_os();
    let name = arguments.next().unwrap_or_default();
    let mut again = Command::new(program);
    again.arg0(name).args(arguments).env(TRANSPORTS, "UDPv4");
    // It only comes back when that fails. Shared memory will do then.
    let _ = again.exec();
}
