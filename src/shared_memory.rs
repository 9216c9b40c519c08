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
//!
//! A file may also be gone for a moment only. Whoever writes to a process that does not run for a
//! second or two, because it is stopped or the machine is busy, takes it for dead and replaces its
//! file; when the process runs again, Fast DDS notices within a second, and listens at the new one.

use std::{
    fs,
    ops::RangeInclusive,
    os::unix::fs::MetadataExt,
    path::PathBuf,
    time::{Duration, Instant},
};

/// Where shared memory has its names.
const FOLDER: &str = "/dev/shm/";

/// Removes the files that this process writes to, for one that ends without Fast DDS.
///
/// Their names are random, so that nobody would ever come upon them. The files at which it listens
/// have the names of ports: Fast DDS tidies up after whoever had a port before.
pub(crate) fn remove_own_files() {
    for lock in open_files() {
        let file = lock
            .strip_suffix("_el")
            .filter(|_| lock.starts_with(FOLDER));
        if let Some(file) = file.filter(|file| !file.contains("_port")) {
            // What cannot be removed stays, as it does for a process that is killed.
            let _ = fs::remove_file(file);
            let _ = fs::remove_file(&lock);
        }
    }
}

/// The files at which this process listens, as they were when they were looked up.
///
/// To look them up takes a millisecond; to see whether they are still there takes ten microseconds.
#[derive(Debug, Default)]
pub struct SharedMemory {
    files: Vec<File>,
    /// In how many looks in a row a file was missing, and when the last of them was.
    missed: u32,
    counted: Option<Instant>,
}

/// How often a file has to be missing until it is not expected back, and how much time has to be
/// between two looks that count. Time alone is no sign: this process may have been stopped.
const MISSED: u32 = 3;
const APART: Duration = Duration::from_millis(900);

/// A file, and the number that stays the same when only its name is given to another one.
#[derive(Debug, PartialEq, Eq)]
struct File {
    path: PathBuf,
    inode: u64,
}

impl SharedMemory {
    /// Whether a file at which this process listens has been removed for good. To be asked every two
    /// seconds or more often; the answer takes three of these.
    ///
    /// Other middleware, and systems without `/proc`, are never cut off.
    pub fn is_cut_off(&mut self) -> bool {
        let misses = self.misses_a_file();
        self.is_given_up(misses, Instant::now())
    }

    /// Whether a file is given up when a look at `now` `misses` it, or finds all.
    fn is_given_up(&mut self, misses: bool, now: Instant) -> bool {
        if !misses {
            self.missed = 0;
            self.counted = None;
        } else if self.counted.is_none_or(|last| now - last >= APART) {
            self.missed += 1;
            self.counted = Some(now);
        }
        self.missed >= MISSED
    }

    /// Whether a file at which this process listens is missing at the moment.
    fn misses_a_file(&mut self) -> bool {
        if !self.files.is_empty() && self.files.iter().all(File::is_there) {
            return false;
        }
        // Another context of this process may just have left, and have taken its own files along.
        let locks = open_files();
        let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let listening = listening(&locks);
        self.files = mapped(&listening, &maps);
        self.files.iter().any(|file| !file.is_there())
    }
}

impl File {
    fn is_there(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|found| found.ino() == self.inode)
    }
}

/// What the descriptors of this process stand for.
fn open_files() -> Vec<String> {
    let Ok(descriptors) = fs::read_dir("/proc/self/fd") else {
        return Vec::new();
    };
    let target = |entry: fs::DirEntry| {
        fs::read_link(entry.path())
            .ok()?
            .into_os_string()
            .into_string()
            .ok()
    };
    descriptors.flatten().filter_map(target).collect()
}

/// The names of the files that belong to the locks among open files: Fast DDS holds a lock next to
/// each file that it listens at.
fn listening(open: &[String]) -> Vec<&str> {
    open.iter()
        .filter_map(|path| path.strip_prefix(FOLDER))
        .map(without_mark)
        .filter_map(|name| name.strip_suffix("_el"))
        .filter(|name| {
            let port = name.split_once("_port").map(|(_, port)| port.parse());
            matches!(port, Some(Ok(port)) if REPLIES.contains(&port))
        })
        .collect()
}

/// The ports at which replies arrive: those of all domains (DDSI-RTPS 2.5, section 9.6.2.3).
///
/// Below them, rmw_fastrtps listens for the names of nodes, at the first port from 7000 on that no
/// process on this machine has. It is lost more often, and no reply with it.
const REPLIES: RangeInclusive<u16> = 7400..=u16::MAX;

/// The files of these names in `/proc/self/maps`, whether removed or not.
fn mapped(names: &[&str], maps: &str) -> Vec<File> {
    let mut files = Vec::new();
    for line in maps.lines() {
        // Address, permissions, offset, device, inode, path.
        let inode = line
            .split_whitespace()
            .nth(4)
            .and_then(|inode| inode.parse().ok());
        let name = line.split_once(FOLDER).map(|(_, name)| without_mark(name));
        if let (Some(inode), Some(name)) = (inode, name.filter(|name| names.contains(name))) {
            let path = PathBuf::from(format!("{FOLDER}{name}"));
            files.push(File { path, inode });
        }
    }
    files.dedup();
    files
}

/// A path of `/proc` without what the kernel says behind it when the file has been removed.
fn without_mark(path: &str) -> &str {
    path.strip_suffix(" (deleted)").unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_that_are_listened_at_are_looked_after() {
        let open = [
            "/dev/shm/fastrtps_port7421_el",
            "/dev/shm/fastrtps_port7911_el (deleted)",
            "/dev/shm/fastrtps_port7002_el",
            "/dev/shm/fastrtps_cf92771c0bac374e_el",
            "socket:[4711]",
        ]
        .map(str::to_owned);
        let listening = listening(&open);
        assert_eq!(listening, ["fastrtps_port7421", "fastrtps_port7911"]);
        let maps = "\
7f00-7f01 r-xp 00000000 fe:00 11 /usr/lib/libc.so.6
7f02-7f03 rw-s 00000000 00:1a 12 /dev/shm/fastrtps_port7421
7f04-7f05 rw-s 00000000 00:1a 13 /dev/shm/fastrtps_port7911 (deleted)
7f06-7f07 rw-s 00000000 00:1a 14 /dev/shm/fastrtps_port7411 (deleted)
7f08-7f09 rw-s 00000000 00:1a 15 /dev/shm/fastrtps_port7002 (deleted)
7f10-7f11 rw-p 00000000 00:00 0
";
        let file = |name, inode| File {
            path: PathBuf::from(format!("{FOLDER}{name}")),
            inode,
        };
        assert_eq!(
            mapped(&listening, maps),
            [file("fastrtps_port7421", 12), file("fastrtps_port7911", 13)]
        );
    }

    #[test]
    fn a_file_is_given_up_when_it_stays_away_while_this_process_runs() {
        let mut memory = SharedMemory::default();
        let start = Instant::now();
        let mut look =
            |misses, seconds| memory.is_given_up(misses, start + Duration::from_secs_f64(seconds));
        assert!(!look(false, 0.0));
        // Many looks while the graph changes are one.
        assert!((0..100).all(|step| !look(true, 10.0 + f64::from(step) / 200.0)));
        // Nor does it count that the process was stopped for long.
        assert!(!look(true, 60.0));
        assert!(!look(false, 60.5));
        assert!(!look(true, 61.0));
        assert!(!look(true, 62.0));
        assert!(look(true, 63.0));
        assert!(look(true, 63.1));
    }

    #[test]
    fn a_file_that_was_made_anew_is_not_the_one_that_was_there() {
        let path = std::env::temp_dir().join(format!("shared_memory_{}", std::process::id()));
        let other = path.with_extension("other");
        fs::write(&path, "").unwrap();
        let inode = fs::metadata(&path).unwrap().ino();
        let file = File { path, inode };
        assert!(file.is_there());
        // Written beside the first one, so that the two cannot share a number.
        fs::write(&other, "").unwrap();
        fs::rename(&other, &file.path).unwrap();
        assert!(!file.is_there());
        fs::remove_file(&file.path).unwrap();
        assert!(!file.is_there());
    }
}
