// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The pages of this repository are correct: Rust code is quoted from the sources, and commands print
//! what is shown. `make lint` checks the links.
//!
//! The rules for pages:
//!
//! * A block of code below a line that begins with `From [` is quoted from the file that the line links
//!   to. Each ```` ```rust ```` block has such a line. A line `// ...` stands for lines that were left
//!   out.
//! * A ```` ```console ```` block shows a terminal: after each `$` a command, then what it prints.
//!   A page is one session from its top to its end, in which the server has a terminal of its own.
//! * A ```` ```log ```` block shows what the server that was started last has logged. With `^C` in
//!   front, that is after Ctrl-C.
//! * A ```` ```sh ```` block shows commands that need more than a test has.
//!
//! Times in log lines never match, and are left out of every comparison.

use crate::nodes::{client, install, server, CLIENT, TOP};
use rclrs_runtime::{exit_code, Error};
use std::{
    ffi::OsString,
    fs,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};
use test_support::{Domain, Process, PATIENCE, SIGINT, SIGTERM};

/// A fenced block of a page.
struct Block {
    language: String,
    /// The last line before the block that is not empty.
    introduction: String,
    content: String,
    /// The page, and the number of the first line as an editor counts.
    place: String,
}

/// Reads a file of this package.
fn read(file: impl AsRef<Path>) -> String {
    let path = Path::new(TOP).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut introduction = "";
    let text = read(page);
    let mut lines = text.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let content = lines.by_ref().map(|(line, _)| line);
            let content = content.take_while(|line| *line != "```");
            blocks.push(Block {
                language: language.to_owned(),
                introduction: introduction.to_owned(),
                content: content.map(|line| format!("{line}\n")).collect(),
                place: format!("{page}:{}", number + 1),
            });
        } else if !line.is_empty() {
            introduction = line;
        }
    }
    blocks
}

/// The pages that may quote sources.
fn pages() -> Vec<String> {
    let mut pages = Vec::new();
    for folder in ["", "docs/", "rclrs_runtime/"] {
        for entry in fs::read_dir(Path::new(TOP).join(folder)).expect("a folder") {
            let name = entry.expect("an entry of a folder").file_name();
            let name = name.into_string().expect("a name in UTF-8");
            if name.ends_with(".md") {
                pages.push(format!("{folder}{name}"));
            }
        }
    }
    pages
}

#[test]
fn code_on_the_pages_is_quoted_from_the_sources() {
    let mut seen = 0;
    // The code of upstream.md reproduces defects of other projects, and is in no source of this one.
    for page in pages().iter().filter(|page| *page != "docs/upstream.md") {
        for block in blocks(page) {
            let place = &block.place;
            let Some(source) = block.introduction.strip_prefix("From [") else {
                assert_ne!(block.language, "rust", "{place}: from which file is this?");
                continue;
            };
            seen += 1;
            let link = source
                .split_once("](")
                .and_then(|(_, link)| link.split_once(')'));
            let (file, _) = link.expect("a link to the source");
            let source = read(Path::new(page).with_file_name(file));
            let mut rest = source.as_str();
            for part in block.content.split("// ...\n") {
                let Some((_, after)) = rest.split_once(part) else {
                    panic!("{place}: this is not in {file}, or not in this order:\n{part}");
                };
                rest = after;
            }
        }
    }
    assert!(seen > 20, "only {seen} pieces of code on all pages");
}

#[test]
fn the_tutorial_shows_both_nodes_and_both_programs_whole() {
    let filled_lines = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect()
    };
    for file in [
        "src/minimal_service.rs",
        "src/bin/server.rs",
        "src/minimal_client.rs",
        "src/bin/client.rs",
    ] {
        let pieces = blocks("docs/tutorial.md").into_iter();
        let pieces = pieces.filter(|block| block.introduction.contains(&format!("`{file}`")));
        let shown: String = pieces.map(|block| block.content).collect();
        // Two lines of copyright are above.
        let source = &filled_lines(&read(file))[2..];
        assert_eq!(filled_lines(&shown), source, "the pieces of {file}");
    }
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

/// The terminals of a reader who follows a page.
struct Session {
    domain: Domain,
    /// The value of `AMENT_PREFIX_PATH` with which `ros2` finds this package.
    prefixes: OsString,
    server: Option<Process>,
    /// Whether the page shows what commands print.
    shows_output: bool,
}

impl Session {
    /// Runs all that a page shows in its terminals.
    fn follow(page: &str, shows_output: bool) {
        let domain = Domain::claim();
        let mut session = Self {
            prefixes: install(&domain),
            domain,
            server: None,
            shows_output,
        };
        let mut commands = 0;
        for block in blocks(page) {
            match block.language.as_str() {
                "console" => {
                    for command in block.content.split("$ ").skip(1) {
                        let (line, shown) = command.split_once('\n').expect("lines end");
                        session.type_in(&block.place, line, shown);
                        commands += 1;
                    }
                }
                "log" => session.expect_log(&block.place, &block.content),
                _ => {}
            }
        }
        assert!(commands > 5, "only {commands} commands on the page");
    }

    /// Starts a line as a shell would, both streams on the terminal.
    fn start(&self, line: &str) -> Process {
        let mut command = self.domain.command("bash");
        command
            .env("AMENT_PREFIX_PATH", &self.prefixes)
            .args(["-c", &format!("{{ {line}\n}} 2>&1")]);
        Process::start(command)
    }

    /// Types `line`, as the page at `place` shows it with the output `shown`.
    fn type_in(&mut self, place: &str, line: &str, shown: &str) {
        let line = line.split(" # ").next().unwrap_or_default().trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["ros2", "run", "rust_add_two_ints", "server", ..] => {
                // A reader who starts another server in this terminal has ended the one before.
                self.server = None;
                self.server = Some(self.start(line));
            }
            ["ros2", "run" | "node" | "service", ..] => {
                // Discovery takes a moment, until a query of the graph returns what is shown.
                let deadline = Instant::now() + PATIENCE;
                let is_query = matches!(words[1..], ["node" | "service", "list" | "type", ..]);
                loop {
                    let finished = self.start(line).finish();
                    let printed = comparable(&finished.stdout);
                    let fails = shown.contains("[ros2run]: Process exited with failure");
                    if (finished.code() != 0) == fails
                        && (!self.shows_output || printed == comparable(shown))
                    {
                        return;
                    }
                    assert!(
                        is_query && Instant::now() < deadline,
                        "{place}: {line}\n--- the page shows\n{shown}--- it ended\n{finished:?}\n\
                         --- the server\n{:?}",
                        self.server
                    );
                }
            }
            ["ros2", "launch", "rust_add_two_ints", file, ..] => {
                // The launch files have tests of their own. `ros2 launch` refuses an argument without a value.
                let text = read(Path::new("launch").join(file));
                for argument in &words[4..] {
                    let (name, value) = argument.split_once(":=").expect("an argument");
                    let is_declared = text.contains(&format!("\"{name}\""));
                    assert!(is_declared && !value.is_empty(), "{place}: {argument}");
                }
            }
            ["make", ..] => {
                // Prints the commands that make would run.
                let arguments = words[1..].iter().skip_while(|word| **word == "-C");
                let arguments = arguments.filter(|word| !word.starts_with("src/"));
                let mut command = Command::new("make");
                command.current_dir(TOP).arg("--dry-run").args(arguments);
                let outcome = command.output().expect("make");
                assert!(outcome.status.success(), "{place}: {line}: {outcome:?}");
            }
            // The tests of the underlay run these.
            ["cd" | "colcon" | "git" | "source", ..] => {}
            _ => panic!("{place}: how is this to be run: {line}"),
        }
    }

    /// Waits for the server to log `shown`; with `^C` in front, after Ctrl-C.
    fn expect_log(&mut self, place: &str, shown: &str) {
        let server = self.server.take().expect("a server was started");
        if let Some(shown) = shown.strip_prefix("^C") {
            // A terminal sends it to all programs that run in it, `ros2 run` and the server.
            server.signal_group(SIGINT);
            let finished = server.finish().expect_code(0);
            let logged = comparable(&finished.stdout);
            assert!(logged.contains(&comparable(shown)), "{place}: {finished:?}");
        } else {
            let wanted = comparable(shown);
            let deadline = Instant::now() + PATIENCE;
            while !comparable(&server.stdout()).contains(&wanted) {
                assert!(
                    Instant::now() < deadline,
                    "{place}: never logged {wanted:?}: {server:?}"
                );
                thread::sleep(Duration::from_millis(10));
            }
            self.server = Some(server);
        }
    }
}

/// `text` without what differs from run to run.
fn comparable(text: &str) -> String {
    // The time that discovery takes differs.
    let waiting = [
        "service not available, waiting again...",
        "waiting for service to become available...",
    ];
    let lines = text.lines();
    let kept = lines.filter(|line| !waiting.iter().any(|words| line.ends_with(words)));
    kept.map(|line| {
        // [INFO] [1795342881.935363653] [minimal_client_async]: ...
        let parts: Vec<&str> = line.splitn(3, ' ').collect();
        match parts[..] {
            [level @ ("[INFO]" | "[WARN]" | "[ERROR]"), _, rest] => format!("{level} {rest}\n"),
            _ => format!("{line}\n"),
        }
    })
    .collect()
}

#[test]
fn terminals_in_the_tutorial_show_the_output_of_the_commands() {
    Session::follow("docs/tutorial.md", true);
}

#[test]
fn commands_in_the_readme_can_be_run() {
    Session::follow("README.md", false);
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

#[test]
fn troubleshooting_quotes_the_messages_of_the_underlay() {
    // As they are printed: the names of languages, tools and versions are filled in then.
    let mut known = "\
        Python 3.10 or newer is needed, and \
        no C++ compiler was found ('c++'): install one \
        'cargo' was not found: install Rust 1.85 or newer (https://rustup.rs) \
        ', but of jazzy and kilted"
        .to_owned();
    for entry in fs::read_dir(Path::new(TOP).join("underlay")).expect("the underlay") {
        let path = entry.expect("an entry of a folder").path();
        if path.extension().is_some_and(|extension| extension == "py") {
            // Long texts are written as several pieces, one below the other.
            let lines: Vec<String> = read(path)
                .lines()
                .map(|line| line.trim().to_owned())
                .collect();
            known += &lines
                .join("\n")
                .replace("\"\nf\"", "")
                .replace("\"\n\"", "");
        }
    }
    let mut seen = 0;
    for mut parts in explained() {
        let Some(first) = parts[0].strip_prefix("underlay: ") else {
            continue;
        };
        parts[0] = first.to_owned();
        seen += 1;
        for part in &parts {
            assert!(
                known.contains(part.trim()),
                "underlay/ never prints: {part}"
            );
        }
    }
    assert!(seen > 10, "only {seen} messages of the underlay");
}
