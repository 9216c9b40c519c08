// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The pages name each exit code and each message of the nodes. docs/test checks the rest of the pages.

use crate::nodes::{client, server, CLIENT, TOP};
use rclrs_runtime::{exit_code, Error};
use std::{fs, path::Path, time::Duration};
use test_support::{Domain, Process, SIGINT, SIGTERM};

/// Reads a file of this package.
fn read(file: &str) -> String {
    let path = Path::new(TOP).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn exit_codes_on_the_pages_are_those_of_the_code() {
    let signal =
        |number: i32| exit_code::SIGNAL_BASE + u8::try_from(number).expect("a small number");
    let expected = [
        (exit_code::SUCCESS, "the sum was printed on stdout"),
        (exit_code::FAILURE, "any other error"),
        (exit_code::USAGE, "bad arguments"),
        (
            exit_code::NO_SERVICE,
            "no server offered the service in time",
        ),
        (
            exit_code::NO_RESPONSE,
            "no reply: the time limit passed, or the server left",
        ),
        (exit_code::MIDDLEWARE, "Fast DDS failed below the client"),
        (signal(SIGINT), "stopped by SIGINT (Ctrl-C)"),
        (signal(SIGTERM), "stopped by SIGTERM"),
    ];
    let domain = Domain::claim();
    let help = client(&domain, &["--help"]).finish().expect_code(0).stdout;
    let readme = read("README.md");
    let table = readme
        .lines()
        .skip_while(|line| !line.starts_with("| exit code of `client` |"));
    let rows: Vec<&str> = table
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert_eq!(rows.len(), expected.len(), "{rows:?}");
    for ((code, meaning), row) in expected.into_iter().zip(rows) {
        assert!(row.starts_with(&format!("| {code} | {meaning}")), "{row}");
        let line = format!("{code}  {meaning}");
        let mut lines = help.lines().map(str::trim);
        assert!(
            lines.any(|shown| shown.starts_with(&line)),
            "{line}: {help}"
        );
    }
}

/// The error texts that the troubleshooting page has an entry for, each cut where it varies.
fn explained() -> Vec<Vec<String>> {
    let page = read("docs/troubleshooting.md");
    // Each is a heading, or the first cell of a row.
    let texts = page.lines().filter_map(|line| {
        let heading = line
            .strip_prefix("### `")
            .and_then(|text| text.strip_suffix('`'));
        let row = line
            .strip_prefix("| `")
            .and_then(|row| row.split_once("` |"));
        heading.or(row.map(|(text, _)| text))
    });
    texts
        .map(|text| text.split('…').map(str::to_owned).collect())
        .collect()
}

#[test]
fn each_message_of_the_nodes_has_an_entry_in_troubleshooting() {
    let entries = explained();
    let expect = |message: &str| {
        let message = message.trim();
        let found = entries.iter().any(|parts| {
            let mut parts = parts.iter();
            let after_first = parts.next().and_then(|part| message.strip_prefix(part));
            let after_all = after_first.and_then(|rest| {
                parts.try_fold(rest, |rest, part| Some(rest.split_once(part.as_str())?.1))
            });
            after_all.is_some()
        });
        assert!(found, "no entry in docs/troubleshooting.md for: {message}");
    };
    let service = || "/add_two_ints".to_owned();
    let timeout = Duration::from_secs(1);
    for error in [
        Error::NoService {
            service: service(),
            timeout,
        },
        Error::NoResponse {
            service: service(),
            timeout,
        },
        Error::ServerLost { service: service() },
        Error::Unreachable,
        Error::Deadlock,
    ] {
        expect(&error.to_string());
    }
    expect("Stopped by SIGINT");
    expect("Stopped by SIGINT, by force after 2 s");
    let domain = Domain::claim();
    for mistake in [
        "",
        "2",
        "2 x",
        "2 9223372036854775808",
        "2 3 4",
        "2 3 --fast",
        "2 3 --wait-timeout",
        "2 3 --reply-timeout -1",
        "2 3 --ros-args --fast",
        "2 3 --ros-args -r add_two_ints=sum",
        "2 3 --ros-args -r __ns:=robot1",
        "2 3 --ros-args -r __node:=my-node",
    ] {
        let arguments: Vec<&str> = mistake.split_whitespace().collect();
        expect(&client(&domain, &arguments).finish().expect_code(2).stderr);
    }
    let environments: [&[(&str, &str)]; 3] = [
        &[("HOME", ""), ("ROS_HOME", ""), ("ROS_LOG_DIR", "")],
        &[("ROS_LOG_DIR", "/dev/null/log")],
        &[
            ("ROS_SECURITY_ENABLE", "true"),
            ("ROS_SECURITY_STRATEGY", "Enforce"),
        ],
    ];
    for variables in environments {
        let mut command = domain.command(CLIENT);
        command.args(["2", "3"]).envs(variables.iter().copied());
        expect(&Process::start(command).finish().expect_code(1).stderr);
    }
    for parameter in ["one_shot:=maybe", "service_configure_introspection:=loud"] {
        let server = server(&domain, &["--ros-args", "-p", parameter]);
        expect(&server.finish().expect_code(2).stderr);
    }
}
