// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The pages of this repository are correct: Rust code is quoted from the sources, and commands print
//! what is shown. `make lint` checks the links.
//!
//! The rules for pages:
//!
//! * A block of code below a line that begins with `From [` is quoted from the file that the line links
//!   to; only the indentation of the whole may differ. Each ```` ```rust ```` block has such a line. A line
//!   `// ...` stands for lines that were left out.
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
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};
use test_support::{wait_until, Domain, Process, PATIENCE, SIGINT, SIGTERM};

/// The line that stands for lines that were left out.
const LEFT_OUT: &str = "// ...";

/// A page in Markdown.
struct Page {
    /// Its path in this package.
    path: PathBuf,
    lines: Vec<String>,
}

/// A fenced block of a page.
struct Block<'a> {
    language: &'a str,
    /// The last line before the block that is not empty.
    introduction: &'a str,
    content: &'a [String],
    /// The number of its first line, as an editor counts.
    line: usize,
}

impl Page {
    fn read(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let text = fs::read_to_string(Path::new(TOP).join(&path));
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self {
            path,
            lines: text.lines().map(str::to_owned).collect(),
        }
    }

    /// All pages of this package, but those in folders that are generated.
    fn all() -> Vec<Self> {
        let mut pages = Vec::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(Path::new(TOP).join(&folder)).expect("a folder") {
                let entry = entry.expect("an entry of a folder");
                let name = entry.file_name().into_string().expect("a name in UTF-8");
                let generated = ["build", "install", "log", "target"].contains(&name.as_str());
                let path = folder.join(&name);
                if entry.file_type().expect("a type").is_dir() {
                    if !name.starts_with('.') && !generated {
                        folders.push(path);
                    }
                } else if name.ends_with(".md") {
                    pages.push(Self::read(path));
                }
            }
        }
        assert!(pages.len() > 3, "where are the pages?");
        pages
    }

    fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        let mut introduction = "";
        let mut open: Option<(&str, usize)> = None;
        for (index, line) in self.lines.iter().enumerate() {
            let fence = line.strip_prefix("```");
            match (open, fence) {
                (None, Some(language)) => open = Some((language, index + 1)),
                (Some((language, start)), Some("")) => {
                    blocks.push(Block {
                        language,
                        introduction,
                        content: &self.lines[start..index],
                        line: start + 1,
                    });
                    open = None;
                }
                (None, None) if !line.trim().is_empty() => introduction = line,
                _ => {}
            }
        }
        assert!(
            open.is_none(),
            "{}: a block has no end",
            self.path.display()
        );
        blocks
    }
}

/// `lines` without the indentation that all of them share.
fn without_indentation(lines: &[String]) -> Vec<&str> {
    let depth = |line: &String| line.len() - line.trim_start().len();
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    let shared = filled.map(depth).min().unwrap_or(0);
    lines
        .iter()
        .map(|line| line.get(shared..).unwrap_or("").trim_end())
        .collect()
}

#[test]
fn code_on_the_pages_is_quoted_from_the_sources() {
    let mut seen = 0;
    for page in Page::all() {
        // Its code reproduces defects of other projects, and is in no source of this one.
        if page.path.ends_with("upstream.md") {
            continue;
        }
        for block in page.blocks() {
            let place = format!("{}:{}", page.path.display(), block.line);
            if !block.introduction.starts_with("From [") {
                assert_ne!(block.language, "rust", "{place}: from which file is this?");
                continue;
            }
            seen += 1;
            let link = block.introduction.split_once("](");
            let link = link.and_then(|(_, rest)| rest.split_once(')'));
            let (link, _) = link.expect("a link to the source");
            let folder = page.path.parent().expect("a page is in a folder");
            let file = Path::new(TOP).join(folder).join(link);
            let text = fs::read_to_string(&file);
            let text = text.unwrap_or_else(|error| panic!("{place}: {}: {error}", file.display()));
            let source: Vec<String> = text.lines().map(str::to_owned).collect();

            let mut from = 0;
            let parts = block.content.split(|line| line.trim() == LEFT_OUT);
            for part in parts.filter(|part| !part.is_empty()) {
                let wanted = without_indentation(part);
                let mut rest = source[from..].windows(wanted.len());
                let Some(start) = rest.position(|lines| without_indentation(lines) == wanted)
                else {
                    panic!(
                        "{place}: this is not in {}, or not in this order:\n{}",
                        file.display(),
                        part.join("\n")
                    );
                };
                from += start + wanted.len();
            }
        }
    }
    assert!(seen > 10, "only {seen} pieces of code on all pages");
}

#[test]
fn the_tutorial_shows_both_nodes_and_both_programs_whole() {
    let page = Page::read("docs/tutorial.md");
    for file in [
        "src/minimal_service.rs",
        "src/bin/server.rs",
        "src/minimal_client.rs",
        "src/bin/client.rs",
    ] {
        let text = fs::read_to_string(Path::new(TOP).join(file)).expect("a source");
        // Two lines of copyright are above.
        let source = text.lines().skip(2).map(str::trim);
        let source: Vec<&str> = source.filter(|line| !line.is_empty()).collect();
        let blocks = page.blocks().into_iter();
        let pieces = blocks.filter(|block| block.introduction.contains(&format!("`{file}`")));
        let lines = pieces
            .flat_map(|block| block.content)
            .map(|line| line.trim());
        let shown: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        assert_eq!(shown, source, "the pieces of {file}, one after the other");
    }
}

#[test]
fn exit_codes_on_the_pages_are_those_of_the_code() {
    let signal = |number: i32| exit_code::SIGNAL_BASE + number as u8;
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
        (signal(SIGTERM), "SIGTERM"),
    ];
    let domain = Domain::claim();
    let help = client(&domain, &["--help"]).finish().expect_code(0).stdout;
    for page in ["README.md", "docs/tutorial.md"] {
        let lines = Page::read(page).lines;
        let head = |line: &&String| line.starts_with("| exit code of `client` |");
        let rows = lines.iter().skip_while(|line| !head(line)).skip(2);
        let rows = rows.take_while(|line| line.starts_with('|'));
        // | 130, 143 | stopped by SIGINT (Ctrl-C), stopped by SIGTERM |
        let listed = rows.flat_map(|row| {
            let (codes, meaning) = row[2..].split_once(" | ").expect("two cells");
            codes.split(", ").map(move |code| (code, meaning))
        });
        let listed: Vec<_> = listed.collect();
        assert_eq!(listed.len(), expected.len(), "{page}: {listed:?}");
        for ((code, meaning), (right_code, words)) in listed.into_iter().zip(expected) {
            assert_eq!(code, right_code.to_string(), "{page}: {meaning}");
            assert!(meaning.contains(words), "{page}: {code} is {words}");
        }
    }
    for (code, words) in expected {
        let code = format!("{code}  ");
        let mut lines = help.lines().map(str::trim);
        let found = lines.any(|line| line.starts_with(&code) && line.contains(words));
        assert!(found, "--help on {code}: {help}");
    }
}

/// The terminals of a reader who follows a page.
struct Session {
    domain: Domain,
    /// The value of `AMENT_PREFIX_PATH` with which `ros2` finds this package.
    prefixes: OsString,
    /// Whether the pages show what the commands print.
    shows_output: bool,
    server: Option<Process>,
    exit_code: i32,
}

impl Session {
    fn begin(shows_output: bool) -> Self {
        let domain = Domain::claim();
        Self {
            prefixes: install(&domain),
            domain,
            shows_output,
            server: None,
            exit_code: 0,
        }
    }

    /// Starts a line as a shell would, both streams on the terminal.
    fn start(&self, line: &str) -> Process {
        let mut command = self.domain.command("bash");
        command
            .env("AMENT_PREFIX_PATH", &self.prefixes)
            .args(["-c", &format!("{{ {line}\n}} 2>&1")]);
        Process::start(command)
    }

    /// Runs a line to its end, and returns what it printed.
    fn run(&mut self, line: &str) -> String {
        let finished = self.start(line).finish();
        self.exit_code = finished.code();
        finished.stdout
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
                loop {
                    let printed = comparable(&self.run(line));
                    let failure = printed.contains("[ros2run]: Process exited with failure");
                    let right = !self.shows_output || printed == comparable(shown);
                    if right && (failure && self.shows_output || self.exit_code == 0) {
                        return;
                    }
                    let repeatable =
                        matches!(words[1..], ["node" | "service", "list" | "type", ..]);
                    assert!(
                        repeatable && Instant::now() < deadline,
                        "{place}: {line}\n--- the page shows\n{shown}--- exit code {}, printed\n{printed}--- the server\n{:?}",
                        self.exit_code, self.server
                    );
                }
            }
            ["echo", "$?"] => assert_eq!(shown.trim(), self.exit_code.to_string(), "{place}"),
            ["ros2", "launch", "rust_add_two_ints", file, ..] => {
                // The launch files have tests of their own. `ros2 launch` refuses an argument without a value.
                let file = Path::new(TOP).join("launch").join(file);
                let text = fs::read_to_string(file).expect("a launch file");
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
            ["cd" | "colcon" | "git" | "pip" | "source", ..] => {}
            _ => panic!("{place}: how is this to be run: {line}"),
        }
    }

    /// Waits for the server to log `shown`; with `^C` in front, after Ctrl-C.
    fn expect_log(&mut self, place: &str, shown: &str) {
        let server = self.server.as_ref();
        let server = server.unwrap_or_else(|| panic!("{place}: no server was started"));
        let Some(after_stop) = shown.strip_prefix("^C") else {
            let wanted = comparable(shown);
            let what = format!("{place}: the server logs {wanted:?}");
            let is_logged = || comparable(&server.stdout()).contains(&wanted);
            return wait_until(&what, PATIENCE, is_logged);
        };
        // A terminal sends it to all programs that run in it, `ros2 run` and the server.
        server.signal_group(SIGINT);
        let finished = self.server.take().expect("a server").finish();
        let finished = finished.expect_code(0);
        let is_logged = comparable(&finished.stdout).contains(&comparable(after_stop));
        assert!(
            is_logged,
            "{place}: never logged {after_stop:?}: {finished:?}"
        );
    }

    /// Runs all that a page shows in its terminals.
    fn follow(&mut self, page: &str) {
        let page = Page::read(page);
        let mut commands = 0;
        for block in page.blocks() {
            let place = format!("{}:{}", page.path.display(), block.line);
            match block.language {
                "console" => {
                    let text = block.content.join("\n") + "\n";
                    for command in text.split("$ ").skip(1) {
                        let (line, shown) = command.split_once('\n').expect("lines end");
                        self.type_in(&place, line, shown);
                        commands += 1;
                    }
                }
                "log" => self.expect_log(&place, &(block.content.join("\n") + "\n")),
                _ => {}
            }
        }
        assert!(commands > 5, "only {commands} commands on the page");
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
    // [INFO] [1795342881.935363653] [minimal_client_async]: ...
    kept.map(|line| {
        let parts = line.split('[').filter(|part| {
            let time = part.split_once("] ").map(|(time, _)| time);
            time.is_none_or(|time| time.parse::<f64>().is_err())
        });
        parts.collect::<Vec<_>>().join("[") + "\n"
    })
    .collect()
}

#[test]
fn terminals_in_the_tutorial_show_the_output_of_the_commands() {
    Session::begin(true).follow("docs/tutorial.md");
}

#[test]
fn commands_in_the_readme_can_be_run() {
    Session::begin(false).follow("README.md");
}

/// The error texts that the troubleshooting page has an entry for, each cut where it varies.
fn explained() -> Vec<Vec<String>> {
    let page = Page::read("docs/troubleshooting.md");
    // Each is a heading, or the first cell of a row.
    let texts = page.lines.iter().filter_map(|line| {
        let heading = line
            .strip_prefix("### `")
            .filter(|line| line.ends_with('`'));
        let heading = heading.map(|heading| heading.trim_matches(['`', ' ']));
        let row = line.strip_prefix("| `");
        heading.or_else(|| row?.split_once("` |").map(|(text, _)| text))
    });
    texts
        .map(|text| text.split('…').map(str::to_owned).collect())
        .collect()
}

/// Whether `parts` are in `text`, one after the other.
fn has_in_order(text: &str, parts: &[String]) -> bool {
    let after = parts.iter().try_fold(text, |rest, part| {
        let (_, after) = rest.split_once(part)?;
        Some(after)
    });
    after.is_some()
}

#[test]
fn each_message_of_the_nodes_has_an_entry_in_troubleshooting() {
    let entries = explained();
    let expect = |message: &str| {
        let message = message.trim();
        let found = entries
            .iter()
            .any(|parts| message.starts_with(parts[0].as_str()) && has_in_order(message, parts));
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
    let mistakes: [&[&str]; 12] = [
        &[],
        &["2"],
        &["2", "x"],
        &["2", "9223372036854775808"],
        &["2", "3", "4"],
        &["2", "3", "--fast"],
        &["2", "3", "--wait-timeout"],
        &["2", "3", "--reply-timeout", "-1"],
        &["2", "3", "--ros-args", "--fast"],
        &["2", "3", "--ros-args", "-r", "add_two_ints=sum"],
        &["2", "3", "--ros-args", "-r", "__ns:=robot1"],
        &["2", "3", "--ros-args", "-r", "__node:=my-node"],
    ];
    for arguments in mistakes {
        expect(&client(&domain, arguments).finish().expect_code(2).stderr);
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
    let mut sources = String::new();
    for entry in fs::read_dir(Path::new(TOP).join("underlay")).expect("the underlay") {
        let path = entry.expect("an entry of a folder").path();
        if path.extension().is_none_or(|extension| extension != "py") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source of the underlay");
        // Long texts are written as several pieces, one below the other.
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        sources += &lines
            .join("\n")
            .replace("\"\nf\"", "")
            .replace("\"\n\"", "");
    }
    let quoted = explained().into_iter().filter_map(|mut parts| {
        let first = parts[0].strip_prefix("underlay: ")?.to_owned();
        parts[0] = first;
        Some(parts)
    });
    let mut seen = 0;
    for parts in quoted {
        seen += 1;
        // The names of languages, tools and versions are filled in when the program runs.
        for part in parts
            .iter()
            .map(|part| part.trim())
            .filter(|part| !part.is_empty())
        {
            let known = sources.contains(part) || FILLED_IN.contains(&part);
            assert!(known, "underlay/ never prints: {part}");
        }
    }
    assert!(seen > 10, "only {seen} messages of the underlay");
}

/// Messages of the underlay as they are printed, with the parts that vary.
const FILLED_IN: [&str; 4] = [
    "Python 3.10 or newer is needed, and",
    "no C++ compiler was found ('c++'): install one",
    "'cargo' was not found: install Rust 1.85 or newer (https://rustup.rs)",
    "', but of jazzy and kilted",
];
