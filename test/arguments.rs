// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The command lines of both programs: what is accepted, and the one line for each mistake.

use crate::nodes::{client, server};
use test_support::{Domain, Finished};

const RANGE: &str = "-9223372036854775808 to 9223372036854775807";

/// Runs the client without a server; a command line that is wrong ends it before that matters.
fn client_alone(arguments: &[&str]) -> Finished {
    client(&Domain::claim(), arguments).finish()
}

#[track_caller]
fn client_refuses(arguments: &[&str], reason: &str) {
    client_alone(arguments)
        .expect_code(2)
        .expect_only_line(reason);
}

#[track_caller]
fn server_refuses(arguments: &[&str], reason: &str) {
    let finished = server(&Domain::claim(), arguments).finish();
    finished.expect_code(2).expect_only_line(reason);
}

/// Runs the client against a server, for command lines that are right.
#[track_caller]
fn client_answers(arguments: &[&str], result: &str) {
    let domain = Domain::claim();
    // As `ros2 launch` starts it, which appends this.
    let _server = server(&domain, &["--ros-args"]);
    let finished = client(&domain, arguments).finish();
    finished.expect_code(0).expect_log(result);
}

#[test]
fn help_lists_the_options_and_the_parameters() {
    let help = client_alone(&["--help"]).expect_code(0);
    for expected in ["--wait-timeout", "--reply-timeout"] {
        assert!(help.stdout.contains(expected), "no {expected}: {help:?}");
    }
    let help = server(&Domain::claim(), &["--help"])
        .finish()
        .expect_code(0);
    for expected in ["one_shot", "service_configure_introspection", "Exit codes:"] {
        assert!(help.stdout.contains(expected), "no {expected}: {help:?}");
    }
}

#[test]
fn version_is_that_of_the_package() {
    let expected = format!("client {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(client_alone(&["--version"]).expect_code(0).stdout, expected);
    let expected = format!("server {}\n", env!("CARGO_PKG_VERSION"));
    let finished = server(&Domain::claim(), &["--version"]).finish();
    assert_eq!(finished.expect_code(0).stdout, expected);
}

#[test]
fn missing_numbers_are_named_and_explained() {
    let a = "A: The first addend, a 64-bit integer";
    let b = "B: The second addend, a 64-bit integer";
    client_refuses(&[], &format!("Nothing given for A and B; {a}; {b}\n"));
    let only_b = format!("Nothing given for {b}\n");
    client_refuses(&["2"], &only_b);
    client_refuses(&["2", "--ros-args", "-r", "a:=b"], &only_b);
}

#[test]
fn text_that_is_not_a_whole_number_of_64_bits_is_named_with_the_range() {
    let not_whole = ["x", "", "2.5", "0x10", "1e3", "nan", "2_000", " 2", "٣"];
    let too_large = ["9223372036854775808", "-9223372036854775809"];
    for text in not_whole.into_iter().chain(too_large) {
        client_refuses(&[text, "3"], &format!("Bad value '{text}' for A: "));
        client_refuses(&["3", text], &format!("Bad value '{text}' for B: "));
        client_refuses(&["3", text], RANGE);
    }
}

#[test]
fn invalid_time_limits_are_named() {
    for option in ["--wait-timeout", "--reply-timeout"] {
        for text in ["-1", "soon", "nan", "inf", "1e400", ""] {
            let reason = format!(
                "Bad value '{text}' for {option}: it must be a number of seconds, zero or more\n"
            );
            client_refuses(&["2", "3", option, text], &reason);
        }
        client_refuses(&["2", "3", option], &format!("No value for {option}: "));
        client_refuses(&["2", "3", option, "1", option, "2"], option);
    }
}

#[test]
fn arguments_without_a_meaning_are_named() {
    client_refuses(&["2", "3", "4"], "Unexpected argument '4'");
    client_refuses(&["2", "3", "--fast"], "Unexpected argument '--fast'");
    client_refuses(&["--2", "3"], "Unexpected argument '--2'");
    client_refuses(&["-x", "3"], "Unexpected argument '-x'");
    server_refuses(&["--fast"], "Unexpected argument '--fast'");
    server_refuses(&["2"], "Unexpected argument '2'");
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
    client_answers(&["2", "3", "--ros-args"], "2 + 3 = 5\n");
}
