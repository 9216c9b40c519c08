// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Notices when nothing can reach this process through shared memory.
//!
//! A program on Fast DDS listens at files in `/dev/shm` that are named after numbers, and the next
//! program to start takes the lowest number that is free. When one leaves while another takes its
//! place, the one that leaves may remove a file that the other has just opened. The other then
//! listens at a file without a name, and whoever writes to it makes a new one: requests get out, and
//! no reply ever comes in, however often it is repeated. Discovery has files of its own and goes
//! on, so that everything looks well (seen with Fast DDS 2.14, with one in 1,700 clients that came
//! and went fourteen at a time on a busy machine).

use std::fs;

/// Where shared memory has its names.
const FOLDER: &str = "/dev/shm/";

/// Whether a file at which this process listens has been removed.
///
/// That happens when the process starts or never. Other middleware, and systems without `/proc`, are
/// never cut off.
pub fn is_cut_off() -> bool {
    let Ok(descriptors) = fs::read_dir("/proc/self/fd") else {
        return false;
    };
    // Fast DDS holds a lock next to each file that it listens at.
    let locks: Vec<String> = descriptors
        .flatten()
        .filter_map(|entry| {
            fs::read_link(entry.path())
                .ok()?
                .into_os_string()
                .into_string()
                .ok()
        })
        .collect();
    let listening = listening(&locks);
    if listening.is_empty() {
        return false;
    }
    has_removed(
        &listening,
        &fs::read_to_string("/proc/self/maps").unwrap_or_default(),
    )
}

/// The names of the files that belong to the locks among open files.
fn listening(open: &[String]) -> Vec<&str> {
    open.iter()
        .filter_map(|path| path.strip_prefix(FOLDER))
        .map(|name| name.strip_suffix(" (deleted)").unwrap_or(name))
        .filter_map(|name| name.strip_suffix("_el"))
        .filter(|name| name.contains("_port"))
        .collect()
}

/// Whether one of the files is among the removed ones of `/proc/self/maps`.
fn has_removed(listening: &[&str], maps: &str) -> bool {
    maps.lines()
        .filter_map(|line| line.strip_suffix(" (deleted)"))
        .filter_map(|line| line.split_once(FOLDER))
        .any(|(_, name)| listening.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_removed_file_of_ones_own_cuts_off() {
        let open = [
            "/dev/shm/fastrtps_port7421_el",
            "/dev/shm/fastrtps_port7002_el (deleted)",
            "/dev/shm/fastrtps_cf92771c0bac374e_el",
            "socket:[4711]",
        ]
        .map(str::to_owned);
        let listening = listening(&open);
        assert_eq!(listening, ["fastrtps_port7421", "fastrtps_port7002"]);
        let line = "7f00-7f01 rw-s 00000000 00:1a 863114 /dev/shm/fastrtps_port";
        assert!(!has_removed(
            &listening,
            &format!("{line}7421\n{line}7002\n")
        ));
        // What others have listened at may go with them.
        assert!(!has_removed(
            &listening,
            &format!("{line}7421\n{line}7411 (deleted)\n")
        ));
        assert!(has_removed(
            &listening,
            &format!("{line}7002\n{line}7421 (deleted)\n")
        ));
    }
}
