// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Command lines that are understood, and the one line that each mistake gets.

use crate::support::{Domain, Finished, Process, CLIENT, SERVER};
use std::{ffi::OsString, os::unix::ffi::OsStringExt};

const RANGE: &str = "-9223372036854775808 to 9223372036854775807";

/// Runs the client where no server is; a command line that is wrong ends before that matters.
fn client(arguments: &[&str]) -> Finished {
    Domain::claim().client(arguments).finish()
}

#[track_caller]
fn client_refuses(arguments: &[&str], reason: &str) {
    client(arguments).expect_code(2).expect_only_line(reason);
}

#[track_caller]
fn server_refuses(arguments: &[&str], reason: &str) {
    let finished = Domain::claim().server(arguments).finish();
    finished.expect_code(2).expect_only_line(reason);
}

/// Runs the client against a server, for command lines that are right.
#[track_caller]
fn client_answers(arguments: &[&str], result: &str) {
    let domain = Domain::claim();
    let _server = domain.server(&[]);
    let finished = domain.client(arguments).finish();
    finished.expect_code(0).expect_log(result);
}

#[test]
fn help_lists_the_options_and_the_exit_codes() {
    let help = client(&["--help"]).expect_code(0);
    for expected in ["--wait-timeout", "--reply-timeout", "Exit codes:", "130"] {
        assert!(help.stdout.contains(expected), "no {expected}: {help:?}");
    }
    for code in ["0", "1", "2", "3", "4", "130", "143"] {
        let line = format!("{code:>5}  ");
        assert!(help.stdout.contains(&line), "no exit code {code}: {help:?}");
    }
    let help = Domain::claim().server(&["--help"]).finish().expect_code(0);
    for expected in ["one_shot", "service_configure_introspection", "Exit codes:"] {
        assert!(help.stdout.contains(expected), "no {expected}: {help:?}");
    }
}

#[test]
fn whatever_else_goes_wrong_ends_with_1_and_one_line() {
    let domain = Domain::claim();
    for (program, arguments) in [(CLIENT, &["2", "3"][..]), (SERVER, &[])] {
        let mut command = domain.command(program);
        command.args(arguments).env("ROS_DOMAIN_ID", "none");
        let finished = Process::start(command).finish().expect_code(1);
        finished.expect_only_line("ROS_DOMAIN_ID is not an integral number");
    }
}

#[test]
fn version_is_that_of_the_package() {
    let expected = format!("client {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(client(&["--version"]).expect_code(0).stdout, expected);
    let expected = format!("server {}\n", env!("CARGO_PKG_VERSION"));
    let finished = Domain::claim().server(&["--version"]).finish();
    assert_eq!(finished.expect_code(0).stdout, expected);
}

#[test]
fn missing_numbers_are_named() {
    client_refuses(&[], "Nothing given for A and B: ");
    client_refuses(&["2"], "Nothing given for B: ");
    client_refuses(&["2"], RANGE);
    client_refuses(&["2", "--ros-args", "-r", "a:=b"], "Nothing given for B: ");
}

#[test]
fn a_number_too_many_is_named() {
    client_refuses(&["2", "3", "4"], "Unexpected argument '4'");
}

#[test]
fn what_is_not_a_whole_number_is_named_with_the_range() {
    for text in [
        "x", "", "2.5", "0x10", "1e3", "nan", "2_000", " 2", "--2", "٣",
    ] {
        if text.starts_with("--") {
            client_refuses(&[text, "3"], "Unexpected argument '--2'");
            continue;
        }
        client_refuses(&[text, "3"], &format!("Bad value '{text}' for A: "));
        client_refuses(&["3", text], &format!("Bad value '{text}' for B: "));
        client_refuses(&["3", text], RANGE);
    }
}

#[test]
fn a_number_outside_64_bits_is_named_with_the_range() {
    for text in ["9223372036854775808", "-9223372036854775809"] {
        client_refuses(&[text, "3"], &format!("Bad value '{text}' for A: "));
        client_refuses(&["3", text], &format!("Bad value '{text}' for B: "));
        client_refuses(&["3", text], RANGE);
    }
}

#[test]
fn time_limits_that_make_no_sense_are_named() {
    for option in ["--wait-timeout", "--reply-timeout"] {
        for text in ["-1", "soon", "nan", "inf", "1e400", ""] {
            let reason = format!("Bad value '{text}' for {option}: it must be a number of seconds");
            client_refuses(&["2", "3", option, text], &reason);
        }
        client_refuses(&["2", "3", option], &format!("No value for {option}: "));
        client_refuses(&["2", "3", option, "1", option, "2"], option);
    }
}

#[test]
fn unknown_options_are_named() {
    client_refuses(&["2", "3", "--fast"], "Unexpected argument '--fast'");
    client_refuses(&["-x", "3"], "Unexpected argument '-x'");
    server_refuses(&["--fast"], "Unexpected argument '--fast'");
    server_refuses(&["2"], "Unexpected argument '2'");
}

#[test]
fn an_argument_that_is_not_utf8_is_named() {
    let broken = OsString::from_vec(b"2\xff".to_vec());
    for program in [CLIENT, SERVER] {
        let finished = Domain::claim().start(program, [&broken]).finish();
        finished
            .expect_code(2)
            .expect_only_line(r#""2\xFF" is not valid UTF-8"#);
    }
}

#[test]
fn mistakes_in_ros_arguments_are_reported_in_one_line() {
    let mistakes: [(&[&str], &str); 9] = [
        (&["-r", "foo"], "Couldn't parse remap rule: '-r foo'"),
        (
            &["-r", "__ns:=robot1"],
            "Couldn't parse remap rule: '-r __ns:=robot1'",
        ),
        (
            &["-r", "__node:=a-b"],
            "Couldn't parse remap rule: '-r __node:=a-b'",
        ),
        (&["-r"], "Couldn't parse trailing -r flag"),
        (
            &["-p", "x"],
            "Couldn't parse parameter override rule: '-p x'",
        ),
        (
            &["--log-level", "loud"],
            "Couldn't parse log level: '--log-level loud'",
        ),
        (
            &["--params-file", "no.yaml"],
            "Couldn't parse params file: '--params-file no.yaml'",
        ),
        (&["--fast"], "Unknown ROS arguments: '--fast'"),
        (&["-r", "a:=b", "2"], "Unknown ROS arguments: '2'"),
    ];
    for (arguments, reason) in mistakes {
        let mut command_line = vec!["2", "3", "--ros-args"];
        command_line.extend(arguments);
        client_refuses(&command_line, reason);
        server_refuses(&command_line[2..], reason);
    }
}

#[test]
fn negative_numbers_are_numbers() {
    client_answers(&["-7", "49"], "for -7 + 49 = 42\n");
    client_answers(&["7", "-49"], "for 7 + -49 = -42\n");
    client_answers(&["--", "-7", "-49"], "for -7 + -49 = -56\n");
}

#[test]
fn ros_arguments_may_stand_anywhere() {
    let rule = "unused:=unused";
    client_answers(&["--ros-args", "-r", rule, "--", "2", "3"], "2 + 3 = 5\n");
    client_answers(&["2", "--ros-args", "-r", rule, "--", "3"], "2 + 3 = 5\n");
    client_answers(&["2", "3", "--ros-args", "-r", rule], "2 + 3 = 5\n");
    let options = ["--wait-timeout", "60", "-2", "3", "--reply-timeout", "60"];
    client_answers(&options, "-2 + 3 = 1\n");
}

#[test]
fn a_bare_ros_args_at_the_end_as_ros2_launch_appends_it_is_understood() {
    let domain = Domain::claim();
    let _server = domain.server(&["--ros-args"]);
    let finished = domain.client(&["2", "3", "--ros-args"]).finish();
    finished.expect_code(0).expect_log("for 2 + 3 = 5\n");
}
