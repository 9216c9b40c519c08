// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A supervisor that restarts a program when it exits with 75, and at no other end.
//!
//! rclrs_runtime/test/deadlock_watch.rs shows each fault of Fast DDS that makes a program exit so.

use crate::nodes::{client, CLIENT, SERVER};
use test_support::{send_signal, wait_until, Domain, Process, PATIENCE, SIGINT, SIGTERM};

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
        let mut command = domain.command("bash");
        command
            .args(["-c", SUPERVISOR, "supervisor", program])
            .args(arguments);
        Self(Process::start(command))
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

    /// Sends a signal to the process that it has started last.
    fn signal(&self, signal: i32) {
        send_signal(*self.started().last().expect("a process"), signal);
    }
}

#[test]
fn a_server_whose_port_files_were_deleted_answers_again_after_a_restart() {
    let domain = Domain::claim();
    let supervisor = Supervisor::start(&domain, SERVER, &[]);
    client(&domain, &["2", "3"]).finish().expect_code(0);
    for port in domain.port_files() {
        std::fs::remove_file(format!("/dev/shm/{port}")).expect("a port file of the server");
    }
    wait_until("the server is restarted", PATIENCE, || {
        supervisor.started().len() == 2
    });
    client(&domain, &["4", "5"]).finish().expect_code(0);
    // The server shuts down on SIGINT with the exit code 0: that is no reason to restart it.
    supervisor.signal(SIGINT);
    let finished = supervisor.0.finish().expect_code(0);
    assert_eq!(
        finished.stdout.matches("started").count(),
        2,
        "{finished:?}"
    );
    let line = "No message can reach this process: its shared-memory port file was deleted";
    assert_eq!(finished.stderr.matches(line).count(), 1, "{finished:?}");
    // Beside that line, two for each request and one for the signal.
    assert_eq!(
        finished.stderr.lines().count(),
        1 + 2 * 2 + 1,
        "{finished:?}"
    );
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
