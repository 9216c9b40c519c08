// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Detects that the shared-memory port files of this process were deleted (`docs/upstream.md`, 19).
//!
//! A participant of Fast DDS receives at files in `/dev/shm` that are named after port numbers. One that
//! exits may delete a file that another has just opened, and each sender then creates a new one. Discovery
//! uses other files and goes on, so that the graph shows no fault.
//!
//! A file may also be missing for a moment. A sender that finds a receiver blocked for a second or
//! two, because its process is stopped or the machine is loaded, replaces the file; when the receiver
//! runs again, Fast DDS detects that within a second, and opens the new one.
//!
//! To be deleted when Fast DDS does not unlink the lock file of a port in use.

use crate::lock;
use procfs::process::{FDTarget, MMapPath, Process};
use std::{
    fs,
    ops::RangeInclusive,
    os::unix::fs::MetadataExt,
    path::PathBuf,
    sync::Mutex,
    time::{Duration, Instant},
};

/// The folder of shared memory.
const FOLDER: &str = "/dev/shm/";

/// The ports at which user data arrives: those of all domains (DDSI-RTPS 2.5, section 9.6.2.3).
///
/// Below them, rmw_fastrtps receives the names of nodes, at the first port from 7000 on that is free
/// on this machine. It is lost more often, and no reply with it.
const USER_PORTS: RangeInclusive<u16> = 7400..=u16::MAX;

/// How often a file has to be missing until it counts as deleted, and the time between two polls that
/// count. Time alone is no evidence: this process may have been stopped.
const MISSING_POLLS: u32 = 3;
const POLL_INTERVAL: Duration = Duration::from_millis(900);

/// Deletes the segments that this process sends from, when it exits without the destructors of Fast
/// DDS. Their names are random, so that no other process would delete them. Port files are deleted by
/// the next participant that takes the number.
pub fn remove_own_segments() {
    for lock in open_files() {
        let segment = lock
            .strip_suffix("_el")
            .filter(|_| lock.starts_with(FOLDER));
        if let Some(segment) = segment.filter(|segment| !segment.contains("_port")) {
            // What cannot be deleted stays, as after SIGKILL.
            let _ = fs::remove_file(segment);
            let _ = fs::remove_file(&lock);
        }
    }
}

static PORT_FILES: Mutex<PortFiles> = Mutex::new(PortFiles {
    files: Vec::new(),
    missing: 0,
    counted: None,
});

/// Whether a port file of this process was deleted for good. To be called every two seconds or more
/// often; the answer takes three polls.
pub fn are_lost() -> bool {
    if !super::is_in_use() {
        return false;
    }
    let mut files = lock(&PORT_FILES);
    let missing = files.is_any_missing();
    files.count(missing, Instant::now())
}

/// The port files of this process, as they were when they were last listed.
///
/// Listing them takes a millisecond; checking that they exist takes ten microseconds.
#[derive(Default)]
struct PortFiles {
    files: Vec<PortFile>,
    /// In how many polls in a row a file was missing, and when the last of them was.
    missing: u32,
    counted: Option<Instant>,
}

/// A file, and its inode, which stays the same when the name is given to another file.
#[derive(Debug, PartialEq, Eq)]
struct PortFile {
    path: PathBuf,
    inode: u64,
}

impl PortFiles {
    fn count(&mut self, missing: bool, now: Instant) -> bool {
        if !missing {
            self.missing = 0;
            self.counted = None;
        } else if self.counted.is_none_or(|last| now - last >= POLL_INTERVAL) {
            self.missing += 1;
            self.counted = Some(now);
        }
        self.missing >= MISSING_POLLS
    }

    fn is_any_missing(&mut self) -> bool {
        if !self.files.is_empty() && self.files.iter().all(PortFile::exists) {
            return false;
        }
        // Another context of this process may just have been dropped, with files of its own.
        self.files = port_files(&open_files(), &maps());
        self.files.iter().any(|file| !file.exists())
    }
}

impl PortFile {
    fn exists(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|found| found.ino() == self.inode)
    }
}

/// The paths that the descriptors of this process refer to.
fn open_files() -> Vec<String> {
    let descriptors = Process::myself().and_then(|process| process.fd());
    let path = |target| match target {
        FDTarget::Path(path) => path.into_os_string().into_string().ok(),
        _ => None,
    };
    (descriptors.into_iter().flatten().flatten())
        .filter_map(|descriptor| path(descriptor.target))
        .collect()
}

/// The files that this process has mapped, with their inodes.
fn maps() -> Vec<(PathBuf, u64)> {
    let maps = Process::myself().and_then(|process| process.maps());
    let file = |map: procfs::process::MemoryMap| match map.pathname {
        MMapPath::Path(path) => Some((path, map.inode)),
        _ => None,
    };
    maps.into_iter().flatten().filter_map(file).collect()
}

/// The port files among `maps`: those beside which `open` has a lock, `<name>_el`.
fn port_files(open: &[String], maps: &[(PathBuf, u64)]) -> Vec<PortFile> {
    let locked: Vec<&str> = (open.iter())
        .filter_map(|path| without_deleted(path).strip_suffix("_el"))
        .filter(|path| {
            let port = path
                .strip_prefix(FOLDER)
                .and_then(|name| name.split_once("_port"));
            port.is_some_and(|(_, port)| port.parse().is_ok_and(|port| USER_PORTS.contains(&port)))
        })
        .collect();
    let mut files = Vec::new();
    for (path, inode) in maps {
        let path = path.to_str().map(without_deleted);
        if let Some(path) = path.filter(|path| locked.contains(path)) {
            let path = PathBuf::from(path);
            files.push(PortFile {
                path,
                inode: *inode,
            });
        }
    }
    files.dedup();
    files
}

/// A path of `/proc` without the mark of the kernel for a deleted file.
fn without_deleted(path: &str) -> &str {
    path.strip_suffix(" (deleted)").unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_port_files_of_user_data_that_this_process_has_locked_are_checked() {
        let open = [
            "/dev/shm/fastrtps_port7421_el",
            "/dev/shm/fastrtps_port7911_el (deleted)",
            "/dev/shm/fastrtps_port7002_el",
            "/dev/shm/fastrtps_cf92771c0bac374e_el",
            "socket:[4711]",
        ]
        .map(str::to_owned);
        let map = |path: &str, inode| (PathBuf::from(path), inode);
        let maps = [
            map("/usr/lib/libc.so.6", 11),
            map("/dev/shm/fastrtps_port7421", 12),
            map("/dev/shm/fastrtps_port7911 (deleted)", 13),
            map("/dev/shm/fastrtps_port7411 (deleted)", 14),
            map("/dev/shm/fastrtps_port7002", 15),
        ];
        let file = |name, inode| PortFile {
            path: PathBuf::from(format!("{FOLDER}{name}")),
            inode,
        };
        assert_eq!(
            port_files(&open, &maps),
            [file("fastrtps_port7421", 12), file("fastrtps_port7911", 13)]
        );
    }

    #[test]
    fn the_files_of_this_process_are_listed() {
        let file = fs::File::open("/proc/self/exe").unwrap();
        let program = std::env::current_exe().unwrap().display().to_string();
        assert!(open_files().contains(&program));
        assert!(maps()
            .iter()
            .any(|(path, _)| path.to_str() == Some(&program)));
        drop(file);
    }

    #[test]
    fn a_file_is_lost_when_it_is_missing_in_three_polls_while_this_process_runs() {
        let mut files = PortFiles::default();
        let start = Instant::now();
        let mut poll =
            |missing, seconds| files.count(missing, start + Duration::from_secs_f64(seconds));
        assert!(!poll(false, 0.0));
        // Many polls while the graph changes count once.
        assert!((0..100).all(|step| !poll(true, 10.0 + f64::from(step) / 200.0)));
        // That the process was stopped for long does not count.
        assert!(!poll(true, 60.0));
        assert!(!poll(false, 60.5));
        assert!(!poll(true, 61.0));
        assert!(!poll(true, 62.0));
        assert!(poll(true, 63.0));
        assert!(poll(true, 63.1));
    }

    #[test]
    fn a_file_that_was_created_again_is_another_file() {
        let path = std::env::temp_dir().join(format!("port_files_{}", std::process::id()));
        let other = path.with_extension("other");
        fs::write(&path, "").unwrap();
        let inode = fs::metadata(&path).unwrap().ino();
        let file = PortFile { path, inode };
        assert!(file.exists());
        // Written beside the first one, so that the two cannot share an inode.
        fs::write(&other, "").unwrap();
        fs::rename(&other, &file.path).unwrap();
        assert!(!file.exists());
        fs::remove_file(&file.path).unwrap();
        assert!(!file.exists());
    }
}
