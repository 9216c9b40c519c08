// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! How programs end: exit codes, one line per error, arguments of ROS, signals, panics.

use crate::programs::{example, example_path, AnyArguments};
use anyhow::{anyhow, Context as _};
use rclrs_runtime::{create_node, exit_with, Runtime};
use std::{ffi::OsString, os::unix::ffi::OsStringExt, thread, time::Duration};
use test_support::{in_own_process, Domain, Process, PATIENCE, SIGINT, SIGTERM};

/// Two programs: one without arguments of its own, and one with an argument.
const PROGRAMS: [(&str, &[&str]); 2] = [("service", &[]), ("client", &["true"])];

/// Runs both programs with more arguments, and expects one line.
#[track_caller]
fn both_report(arguments: &[&str], code: i32, line: &str) {
    for (name, own) in PROGRAMS {
        let domain = Domain::claim();
        let finished = example(&domain, name, &[own, arguments].concat()).finish();
        finished.expect_code(code).expect_only_line(line);
    }
}

#[test]
fn a_wrong_environment_ends_with_1_and_one_line() {
    let domain = Domain::claim();
    let no_folder = "There is no folder for the log files: set HOME or ROS_LOG_DIR\n";
    // Humble writes the rest without quotes.
    let not_a_folder = "Cannot write log files: Failed to create log directory";
    let no_keys = "ROS_SECURITY_ENABLE is true, and there are no keys: set ROS_SECURITY_KEYSTORE\n";
    let environments: [(&[(&str, &str)], &str); 4] = [
        (
            &[("ROS_DOMAIN_ID", "none")],
            "ROS_DOMAIN_ID is not an integral number",
        ),
        (&[("HOME", ""), ("ROS_HOME", "")], no_folder),
        (&[("ROS_LOG_DIR", "/dev/null/log")], not_a_folder),
        (
            &[
                ("ROS_SECURITY_ENABLE", "true"),
                ("ROS_SECURITY_STRATEGY", "Enforce"),
            ],
            no_keys,
        ),
    ];
    for (name, arguments) in PROGRAMS {
        for (variables, line) in environments {
            let mut command = domain.command(example_path(name));
            command.args(arguments).env_remove("ROS_LOG_DIR");
            command.envs(variables.iter().copied());
            let finished = Process::start(command).finish().expect_code(1);
            finished.expect_only_line(line);
        }
    }
    // Without a log file there is nothing to miss.
    let mut command = domain.command(example_path("service"));
    command
        .args(["--ros-args", "--disable-external-lib-logs"])
        .env_remove("ROS_LOG_DIR")
        .envs([("HOME", ""), ("ROS_HOME", "")]);
    let service = Process::start(command);
    example(&domain, "client", &["true"])
        .finish()
        .expect_code(0);
    service.stop(SIGTERM).expect_code(0);
}

#[test]
fn help_goes_to_stdout_and_may_be_read_in_part() {
    let domain = Domain::claim();
    let help = example(&domain, "client", &["--help"])
        .finish()
        .expect_code(0);
    assert!(help.stdout.contains("true or false"), "{help:?}");
    assert_eq!(help.stderr, "", "{help:?}");
    let mut command = domain.command("bash");
    let line = "set -o pipefail; \"$0\" --help | head -n 1";
    command.args(["-c", line]).arg(example_path("client"));
    let help = Process::start(command).finish().expect_code(0);
    assert_eq!(help.stdout.lines().count(), 1, "{help:?}");
    assert_eq!(help.stderr, "", "{help:?}");
}

#[test]
fn bad_arguments_of_the_program_end_with_2_and_one_line() {
    both_report(&["--fast"], 2, "Unexpected argument '--fast'; --help lists");
    both_report(&["true", "5"], 2, "Unexpected argument '");
    let domain = Domain::claim();
    for (arguments, line) in [
        (&[][..], "Nothing given for VALUE: true or false\n"),
        (&["maybe"], "Bad value 'maybe' for VALUE: true or false\n"),
    ] {
        let finished = example(&domain, "client", arguments).finish();
        finished.expect_code(2).expect_only_line(line);
    }
}

#[test]
fn the_exit_code_is_kept_without_a_stderr() {
    let domain = Domain::claim();
    let mut command = domain.command("bash");
    command
        .args(["-c", "\"$0\" --fast 2>&-"])
        .arg(example_path("client"));
    Process::start(command).finish().expect_code(2);
}

#[test]
fn an_argument_that_is_not_utf8_is_named() {
    let broken = OsString::from_vec(b"2\xff".to_vec());
    let domain = Domain::claim();
    for (name, _) in PROGRAMS {
        let finished = domain.start(example_path(name), [&broken]).finish();
        let line = r#""2\xFF" is not valid UTF-8"#;
        finished.expect_code(2).expect_only_line(line);
    }
}

#[test]
fn mistakes_in_ros_arguments_end_with_2_and_one_line() {
    for (arguments, line) in [
        (&["-r", "foo"][..], "remap rule: '-r foo'"),
        (&["-r", "__ns:=robot1"], "remap rule: '-r __ns:=robot1'"),
        (&["-r", "__node:=a-b"], "remap rule: '-r __node:=a-b'"),
        (&["-r"], "trailing -r flag"),
        (&["-p", "x"], "parameter override rule: '-p x'"),
        (&["--log-level", "loud"], "log level: '--log-level loud'"),
        (
            &["--params-file", "no.yaml"],
            "params file: '--params-file no.yaml'",
        ),
    ] {
        let line = format!("Couldn't parse {line}");
        both_report(&[&["--ros-args"], arguments].concat(), 2, &line);
    }
    for arguments in [&["--fast"][..], &["-r", "a:=b", "2"]] {
        let unknown = arguments.last().expect("an argument");
        let line = format!("Unknown ROS arguments: '{unknown}'");
        both_report(&[&["--ros-args"], arguments].concat(), 2, &line);
    }
}

#[test]
fn a_use_sim_time_that_is_not_a_bool_ends_with_2_and_one_line() {
    let maybe = ["--ros-args", "-p", "use_sim_time:=maybe"];
    let line = "Bad value for the parameter use_sim_time: it must be true or false\n";
    both_report(&maybe, 2, line);
    // Every node has the parameter, and one on simulated time works as well.
    let domain = Domain::claim();
    let simulated = ["--ros-args", "-p", "use_sim_time:=true"];
    let _service = example(&domain, "service", &simulated);
    let client = example(&domain, "client", &[&["true"], &simulated[..]].concat());
    client.finish().expect_code(0);
}

#[test]
fn an_error_is_printed_in_one_line_with_its_causes() {
    in_own_process(|| {
        exit_with(|| Err(anyhow!("the first line\nand the second")).context("Cannot work"))
    })
    .expect_code(1)
    .expect_log("Cannot work: the first line and the second\n");
}

#[test]
fn a_panic_ends_with_1_and_one_line() {
    in_own_process(|| exit_with(|| panic!("two\nlines")))
        .expect_code(1)
        .expect_log("Internal error, please report it: two lines at ");
}

#[test]
fn a_panic_in_another_thread_shuts_the_program_down() {
    let finished = in_own_process(|| {
        exit_with(|| {
            let (mut runtime, AnyArguments { .. }) = Runtime::init()?;
            let node = create_node(runtime.commands(), "panicking")?;
            let thread = thread::spawn(|| panic!("in a thread"));
            let signal = runtime.spin()?;
            assert_eq!(signal.map(|signal| signal.number()), Some(SIGTERM));
            assert!(thread.join().is_err());
            runtime.shutdown(node);
            Ok(())
        })
    });
    let finished = finished
        .expect_code(1)
        .expect_log("Internal error, please report it: in a thread at ");
    assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
}

#[test]
fn a_panic_in_another_thread_after_a_signal_ends_with_1() {
    let finished = in_own_process(|| {
        exit_with(|| {
            let (mut runtime, AnyArguments { .. }) = Runtime::init()?;
            send_to_itself(SIGINT);
            runtime.spin()?;
            let _ = thread::spawn(|| panic!("in a thread")).join();
            // Time for the thread that receives signals.
            thread::sleep(Duration::from_millis(300));
            runtime.shutdown(());
            Ok(())
        })
    });
    finished.expect_code(1).expect_log("in a thread at ");
}

#[test]
fn a_panic_in_another_thread_ends_a_program_without_a_runtime_with_1() {
    let finished = in_own_process(|| {
        exit_with(|| {
            let _ = thread::spawn(|| panic!("in a thread")).join();
            Err(anyhow!("The program went on"))
        })
    });
    let finished = finished.expect_code(1).expect_log("in a thread at ");
    assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
}

/// Does something when it is dropped, as a node may.
struct OnDrop(fn());

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0();
    }
}

fn send_to_itself(signal: i32) {
    // SAFETY: The function has no preconditions.
    unsafe { libc::kill(libc::getpid(), signal) };
}

#[test]
fn a_runtime_that_cannot_be_dropped_in_time_keeps_the_exit_code() {
    in_own_process(|| {
        exit_with(|| {
            let (mut runtime, AnyArguments { .. }) = Runtime::init()?;
            let result = runtime.spin_until_complete(async { Err::<(), _>(anyhow!("No result")) });
            runtime.shutdown(OnDrop(|| thread::sleep(2 * PATIENCE)));
            result
        })
    })
    .expect_code(1)
    .expect_log("No result\n");
}

#[test]
fn a_program_that_crashes_while_it_shuts_down_keeps_the_exit_code() {
    in_own_process(|| {
        exit_with(|| {
            let (runtime, AnyArguments { .. }) = Runtime::init()?;
            runtime.shutdown(OnDrop(|| send_to_itself(libc::SIGSEGV)));
            Ok(())
        })
    })
    .expect_code(0);
}

#[test]
fn the_same_signal_again_within_a_second_is_a_copy() {
    in_own_process(|| {
        exit_with(|| {
            let (mut runtime, AnyArguments { .. }) = Runtime::init()?;
            send_to_itself(SIGINT);
            runtime.spin()?;
            runtime.shutdown(OnDrop(|| {
                send_to_itself(SIGINT);
                // Time for the thread that receives it.
                thread::sleep(Duration::from_millis(300));
            }));
            Err(anyhow!("Ended by itself"))
        })
    })
    .expect_code(1)
    .expect_log("Ended by itself\n");
}

#[test]
fn a_program_may_go_on_after_it_has_shut_down() {
    in_own_process(|| {
        exit_with(|| {
            let (runtime, AnyArguments { .. }) = Runtime::init()?;
            let node = create_node(runtime.commands(), "early")?;
            runtime.shutdown(node);
            thread::sleep(Duration::from_secs(3));
            Err(anyhow!("Ended by itself"))
        })
    })
    .expect_code(1)
    .expect_log("Ended by itself\n");
}
