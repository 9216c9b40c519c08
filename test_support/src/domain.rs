// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A ROS domain that no other test uses at the same time.

use crate::{
    features::{is_humble, is_kilted},
    process::port_of,
    Process,
};
use rclrs::{Context, InitOptions};
use std::{
    ffi::OsStr,
    net::{Ipv4Addr, TcpListener, UdpSocket},
    path::Path,
    process::Command,
    sync::{
        atomic::{AtomicU32, Ordering},
        LazyLock, Once,
    },
};
use tempfile::TempDir;

/// A domain is in use while TCP port 32768 + domain is bound. This is the convention of the ROS
/// package `domain_coordinator`, which other test suites follow as well.
const LOCK_PORTS: u16 = 32768;

/// The ports of a domain begin at `PORT_BASE + DOMAIN_GAIN * domain` (DDSI-RTPS 2.5, section 9.6.2.3).
const PORT_BASE: u16 = 7400;
const DOMAIN_GAIN: u16 = 250;

/// A ROS domain and a folder, both reserved for one test.
pub struct Domain {
    id: u16,
    _lock: TcpListener,
    folder: TempDir,
}

impl Domain {
    /// Reserves a domain that is free.
    pub fn claim() -> Self {
        static ENVIRONMENT: Once = Once::new();
        ENVIRONMENT.call_once(|| {
            // For the nodes of this process. Rust's own lock covers the environment until the first
            // of them exists, which is after this.
            for (name, value) in environment() {
                std::env::set_var(name, value);
            }
        });
        // Each test takes the domain after that of the test before, and each process begins
        // elsewhere, so that a domain is not used again at once.
        static NEXT: LazyLock<AtomicU32> = LazyLock::new(|| AtomicU32::new(std::process::id()));
        for _ in 0..100 {
            let id = (NEXT.fetch_add(1, Ordering::Relaxed) % 100 + 1) as u16;
            let Ok(lock) = TcpListener::bind((Ipv4Addr::UNSPECIFIED, LOCK_PORTS + id)) else {
                continue;
            };
            // A program that does not follow the convention may use the domain: the first
            // participant binds this port.
            let first_participant = PORT_BASE + DOMAIN_GAIN * id + 10;
            if UdpSocket::bind((Ipv4Addr::UNSPECIFIED, first_participant)).is_err() {
                continue;
            }
            let domain = Self {
                id,
                _lock: lock,
                folder: tempfile::tempdir().expect("a temporary folder"),
            };
            domain.remove_port_files();
            return domain;
        }
        panic!("all ROS domains from 1 to 100 are in use");
    }

    /// The number of the domain.
    pub fn id(&self) -> usize {
        usize::from(self.id)
    }

    /// The names of the shared-memory port files of the domain that exist, in use or not.
    pub fn port_files(&self) -> Vec<String> {
        let first = PORT_BASE + DOMAIN_GAIN * self.id;
        let ports = first..first + DOMAIN_GAIN;
        let files = std::fs::read_dir("/dev/shm").expect("the folder of shared memory");
        let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
        let is_own = |name: &String| port_of(name).is_some_and(|port| ports.contains(&port));
        names.filter(is_own).collect()
    }

    /// The folder of the test, which is removed with the domain. ROS logs are written to it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the folder of the test, and returns its path.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder().join(name);
        std::fs::write(&path, content).expect("a file in the folder of the test");
        path.to_str().expect("a path in UTF-8").to_owned()
    }

    /// A context of this process in this domain, with these arguments of ROS.
    pub fn context(&self, ros_arguments: &[&str]) -> Context {
        let arguments = ["test", "--ros-args"].iter().chain(ros_arguments);
        let arguments = arguments.map(|argument| (*argument).to_owned());
        let options = InitOptions::new().with_domain_id(Some(self.id()));
        Context::new(arguments, options).expect("a ROS context")
    }

    /// A command that runs in this domain.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("ROS_DOMAIN_ID", self.id.to_string())
            .env("ROS_LOG_DIR", self.folder())
            // What a developer may have set would change the output that the tests compare.
            .env("RCUTILS_COLORIZED_OUTPUT", "0")
            .env("PYTHONUNBUFFERED", "1")
            .env_remove("RCUTILS_CONSOLE_OUTPUT_FORMAT")
            .env_remove("RCUTILS_LOGGING_USE_STDOUT")
            .env_remove("RUST_BACKTRACE")
            .envs(environment());
        command
    }

    /// A command that runs a Python script in this domain, with the Python that ROS 2 is installed
    /// for.
    pub fn python(&self, script: impl AsRef<Path>, arguments: &[&str]) -> Command {
        let script = script.as_ref();
        assert!(script.is_file(), "there is no script {}", script.display());
        let mut command = self.command("python3");
        command.arg(script).args(arguments);
        command
    }

    /// Starts a program below which Fast DDS blocks at a moment that `block_fast_dds.c` defines:
    /// `departure` or `reader`.
    pub fn start_on_blocking_fast_dds(
        &self,
        program: impl AsRef<OsStr>,
        arguments: &[&str],
        moment: &str,
    ) -> Process {
        let library = self.folder().join("block_fast_dds.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/block_fast_dds.c");
        let mut build = Command::new(std::env::var("CC").unwrap_or_else(|_| "cc".to_owned()));
        build.args(["-shared", "-fPIC", "-o"]).arg(&library);
        build.args([source, "-ldl"]);
        Process::start(build).finish().expect_code(0);
        let mut command = self.command(program);
        command.args(arguments);
        command.env("LD_PRELOAD", library).env("BLOCK_AT", moment);
        Process::start(command)
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

    /// Removes the port files that killed processes have left behind. No process uses the domain now.
    fn remove_port_files(&self) {
        for port in self.port_files() {
            for file in [format!("sem.{port}_mutex"), format!("{port}_el"), port] {
                let _ = std::fs::remove_file(format!("/dev/shm/{file}"));
            }
        }
    }
}

impl Drop for Domain {
    fn drop(&mut self) {
        self.remove_port_files();
    }
}

/// Keeps all traffic on the loopback interface, and works around a defect of Fast DDS 3.2.
fn environment() -> Vec<(&'static str, &'static str)> {
    let mut variables = vec![if is_humble() {
        // Later distributions warn about this one.
        ("ROS_LOCALHOST_ONLY", "1")
    } else {
        ("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    }];
    if is_kilted() {
        let profile = concat!(env!("CARGO_MANIFEST_DIR"), "/without_type_lookup.xml");
        variables.push(("FASTDDS_DEFAULT_PROFILES_FILE", profile));
    }
    variables
}
