// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A supervisor that restarts a program when it exits with 75, and at no other end.
//!
//! More about the faults of Fast DDS that make a program exit so is in rclrs_runtime/test/deadlock_watch.rs.

use crate::nodes::{client, CLIENT, SERVER};
use std::process::Command;
use test_support::{
    send_signal, skip_without, wait_until, Domain, Feature, Process, PATIENCE, SIGINT, SIGTERM,
};

/// The supervisor: the exit code 75, `EX_TEMPFAIL` of sysexits.h, asks for a restart.
const SUPERVISOR: &str = r#"
while true; do
  "$@" &
  echo "started $!"
  wait $!
  code=$?
  [ $code -eq 75 ] || exit $code
done
"#;

/// A shell that runs the supervisor.
struct Supervisor(Process);

impl Supervisor {
    fn start(domain: &Domain, program: &str, arguments: &[&str]) -> Self {
        Self(Process::start(Self::command(domain, program, arguments)))
    }

    fn command(domain: &Domain, program: &str, arguments: &[&str]) -> Command {
        let mut command = domain.command("bash");
        command
            .args(["-c", SUPERVISOR, "supervisor", program])
            .args(arguments);
        command
    }

    /// The processes that it has started so far.
    fn started(&self) -> Vec<i32> {
        let lines = self.0.stdout();
        let numbers = lines
            .lines()
            .filter_map(|line| line.strip_prefix("started "));
        numbers
            .map(|number| number.parse().expect("a number"))
            .collect()
    }

    /// Waits until it has started the program again, and expects that the new server answers, and is not
    /// restarted after SIGINT. Both servers have answered one client, and the first has logged `fault`.
    #[track_caller]
    fn expect_restart(self, domain: &Domain, fault: &str) {
        wait_until("the server is restarted", PATIENCE, || {
            self.started().len() == 2
        });
        client(domain, &["4", "5"]).finish().expect_code(0);
        // The server shuts down with the exit code 0.
        self.signal(SIGINT);
        let finished = self.0.finish().expect_code(0);
        assert_eq!(
            finished.stdout.matches("started").count(),
            2,
            "{finished:?}"
        );
        assert_eq!(finished.stderr.matches(fault).count(), 1, "{finished:?}");
        // Beside that line, two for each request and one for the signal.
        let lines = finished.stderr.lines().count();
        assert_eq!(lines, 1 + 2 * 2 + 1, "{finished:?}");
    }

    /// Sends a signal to the process that it has started last.
    fn signal(&self, signal: i32) {
        send_signal(*self.started().last().expect("a process"), signal);
    }
}

#[test]
fn a_server_whose_port_files_were_deleted_answers_again_after_a_restart() {
    skip_without!(Feature::FastDds);
    let domain = Domain::claim();
    let supervisor = Supervisor::start(&domain, SERVER, &[]);
    client(&domain, &["2", "3"]).finish().expect_code(0);
    for port in domain.port_files() {
        std::fs::remove_file(format!("/dev/shm/{port}")).expect("a port file of the server");
    }
    let fault = "No message can reach this process: its shared-memory port file was deleted";
    supervisor.expect_restart(&domain, fault);
}

#[test]
fn a_deadlocked_server_answers_again_after_a_restart() {
    skip_without!(Feature::NamedThreads);
    let domain = Domain::claim();
    let mut command = Supervisor::command(&domain, SERVER, &[]);
    domain.block_fast_dds(&mut command, "departure");
    let supervisor = Supervisor(Process::start(command));
    // Fast DDS blocks when this client leaves, and the next one does not discover the server.
    client(&domain, &["2", "3"]).finish().expect_code(0);
    client(&domain, &["2", "3", "--wait-timeout", "3"])
        .finish()
        .expect_code(3);
    supervisor.expect_restart(&domain, "Fast DDS is deadlocked");
}

#[test]
fn a_program_that_was_stopped_by_a_signal_is_not_restarted() {
    for (signal, code) in [(SIGINT, 130), (SIGTERM, 143)] {
        let domain = Domain::claim();
        let mut supervisor = Supervisor::start(&domain, CLIENT, &["2", "3"]);
        supervisor
            .0
            .wait_for_log("service not available, waiting again...");
        supervisor.signal(signal);
        let finished = supervisor.0.finish().expect_code(code);
        assert_eq!(
            finished.stdout.matches("started").count(),
            1,
            "{finished:?}"
        );
    }
}
