// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A ROS domain that nobody else uses, for the life of a test.

use super::{
    folder::Folder,
    process::{Finished, Process},
};
use std::{
    ffi::OsStr,
    net::{Ipv4Addr, TcpListener, UdpSocket},
    process::Command,
    sync::{
        atomic::{AtomicU32, Ordering},
        Once, OnceLock,
    },
};

/// The domain is taken for as long as TCP port 32768 + domain is. This is the agreement of the
/// ROS package `domain_coordinator`, so that other test suites keep away from ours.
const LOCK_PORTS: u16 = 32768;

/// The port of a domain is `PORT_BASE + DOMAIN_GAIN * domain`, plus a small number for each purpose
/// (DDSI-RTPS 2.5, section 9.6.2.3).
const PORT_BASE: u16 = 7400;
const DOMAIN_GAIN: u16 = 250;

/// A ROS domain of one's own, and what a process needs to know to be in it.
pub struct Domain {
    id: u16,
    _lock: TcpListener,
    folder: Folder,
}

impl Domain {
    /// Takes a domain that is free.
    pub fn claim() -> Self {
        static SET: Once = Once::new();
        SET.call_once(|| {
            // For the nodes inside this process. Rust's own lock covers the environment until
            // the first of them exists, which is after this.
            for (name, value) in surroundings() {
                std::env::set_var(name, value);
            }
        });
        // Each test starts where the one before it stopped, and each process somewhere else: a
        // domain rests for a while before it is used again.
        static NEXT: OnceLock<AtomicU32> = OnceLock::new();
        let next = NEXT.get_or_init(|| AtomicU32::new(std::process::id()));
        for _ in 0..100 {
            let id = (next.fetch_add(1, Ordering::Relaxed) % 100 + 1) as u16;
            let Ok(lock) = TcpListener::bind((Ipv4Addr::UNSPECIFIED, LOCK_PORTS + id)) else {
                continue;
            };
            // Somebody outside the agreement may be in the domain: its first participant then
            // has this port.
            let first_participant = PORT_BASE + DOMAIN_GAIN * id + 10;
            if UdpSocket::bind((Ipv4Addr::UNSPECIFIED, first_participant)).is_err() {
                continue;
            }
            let domain = Self {
                id,
                _lock: lock,
                folder: Folder::create(),
            };
            domain.remove_ports();
            return domain;
        }
        panic!("all ROS domains from 1 to 100 are in use");
    }

    /// The number of the domain.
    pub fn id(&self) -> usize {
        usize::from(self.id)
    }

    /// The shared-memory ports of the domain that exist, in use or not.
    pub fn ports(&self) -> Vec<String> {
        let first = PORT_BASE + DOMAIN_GAIN * self.id;
        let files = std::fs::read_dir("/dev/shm").expect("a list of the shared memory");
        files
            .flatten()
            .filter_map(|file| file.file_name().into_string().ok())
            .filter(|name| {
                // The name of Fast DDS before and since its release 3.
                let port = name
                    .strip_prefix("fastrtps_port")
                    .or_else(|| name.strip_prefix("fastdds_port"))
                    .map(str::parse);
                matches!(port, Some(Ok(port)) if (first..first + DOMAIN_GAIN).contains(&port))
            })
            .collect()
    }

    /// Writes a file that lives as long as the domain, and returns its path.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).expect("a file in a folder of our own");
        path.to_str().expect("a path in UTF-8").to_owned()
    }

    /// A command that runs in this domain.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("ROS_DOMAIN_ID", self.id.to_string())
            .env("ROS_LOG_DIR", self.folder.path())
            // What a developer may have set for the eyes, and what we compare.
            .env("RCUTILS_COLORIZED_OUTPUT", "0")
            .env("PYTHONUNBUFFERED", "1")
            .env_remove("RCUTILS_CONSOLE_OUTPUT_FORMAT")
            .env_remove("RCUTILS_LOGGING_USE_STDOUT")
            .env_remove("RUST_BACKTRACE")
            .envs(surroundings());
        command
    }

    /// Starts a program in this domain.
    pub fn start<A: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Process {
        let mut command = self.command(program);
        command.args(arguments);
        Process::start(command)
    }

    /// Starts the server of this package.
    pub fn server(&self, arguments: &[&str]) -> Process {
        self.start(super::SERVER, arguments)
    }

    /// Starts the client of this package.
    pub fn client(&self, arguments: &[&str]) -> Process {
        self.start(super::CLIENT, arguments)
    }

    /// Runs the client of this package to its end, and again when it reports that Fast DDS has cut
    /// it off.
    ///
    /// For tests in which participants come and go by the dozen: docs/reliability.md tells what
    /// happens to one of them now and then. On Kilted the client may see no server, or no reply, and
    /// nothing to report; there it has time limits.
    pub fn client_among_many(&self, arguments: &[&str]) -> Finished {
        let mut arguments = arguments.to_vec();
        if super::is_kilted() {
            arguments.extend(["--wait-timeout", "30", "--reply-timeout", "20"]);
        }
        for _ in 0..2 {
            let finished = self.client(&arguments).finish();
            match finished.status.code() {
                Some(3 | 4) if super::is_kilted() => {}
                Some(4) if finished.stderr.contains("can arrive") => {}
                _ => return finished,
            }
        }
        self.client(&arguments).finish()
    }

    /// Starts a peer of test/peers with the Python that ROS 2 is installed for.
    pub fn peer(&self, name: &str, arguments: &[&str]) -> Process {
        Process::start(self.peer_command(name, arguments))
    }

    /// The command that starts a peer.
    pub fn peer_command(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = self.command("python3");
        command.arg(super::peer(name)).args(arguments);
        command
    }

    /// Removes the ports of processes that were killed, of others before us too; nobody is in the
    /// domain now.
    fn remove_ports(&self) {
        for port in self.ports() {
            for left in [format!("sem.{port}_mutex"), format!("{port}_el"), port] {
                let _ = std::fs::remove_file(format!("/dev/shm/{left}"));
            }
        }
    }
}

impl Drop for Domain {
    fn drop(&mut self) {
        self.remove_ports();
    }
}

/// Keeps all traffic on the loopback interface, and mends what goes wrong there on Kilted.
fn surroundings() -> Vec<(&'static str, &'static str)> {
    let mut variables = vec![("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")];
    // Later distributions warn about the older variable.
    if std::env::var("ROS_DISTRO").is_ok_and(|distro| distro == "humble") {
        variables.push(("ROS_LOCALHOST_ONLY", "1"));
    }
    if super::is_kilted() {
        variables.push(("FASTDDS_DEFAULT_PROFILES_FILE", profile()));
    }
    variables
}

/// The path of a copy of without_type_lookup.xml, which tells what it is for.
fn profile() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| {
        let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/without_type_lookup.xml");
        // Renamed into place, since other test programs may read the same file.
        let part = format!("{path}.{}", std::process::id());
        std::fs::write(&part, include_str!("without_type_lookup.xml")).expect("a file of our own");
        std::fs::rename(&part, path).expect("a file of our own");
        path.to_owned()
    })
}
