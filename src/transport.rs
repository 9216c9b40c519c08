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
//! nothing by it, starts later and ends later. UDP takes the kernel's numbers, which are safe.

use std::env;

/// What Fast DDS reads its transports from.
const TRANSPORTS: &str = "FASTDDS_BUILTIN_TRANSPORTS";

/// Lets Fast DDS use UDP alone in this process, unless the user has decided otherwise.
///
/// Other middleware does not look at it. To be called before the process has a second thread.
pub fn without_shared_memory() {
    let decided = [
        TRANSPORTS,
        "FASTDDS_DEFAULT_PROFILES_FILE",
        "FASTRTPS_DEFAULT_PROFILES_FILE",
    ];
    if decided.iter().all(|name| env::var_os(name).is_none()) {
        env::set_var(TRANSPORTS, "UDPv4");
    }
}
