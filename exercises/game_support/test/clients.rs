// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What holds for the clients of all games: the tests of each game include this file, and hand it
//! what differs.

use crate::support::{Domain, Finished, Process, CLIENT, SERVER};

/// What the tests have to know of a game.
pub struct Game {
    /// What the client asks for in each turn.
    pub question: &'static str,
    /// The full name of the service that the client calls in each turn.
    pub service: &'static str,
    /// What the client says of a turn that was played, whatever has come of it.
    pub played: &'static str,
}

/// Starts the client of the game with a pipe to type into.
pub fn client(domain: &Domain, arguments: &[&str]) -> Process {
    let mut command = domain.command(CLIENT);
    command.args(arguments);
    Process::start_to_talk_to(command)
}

/// Lets the client read `input`, and waits for its end.
pub fn converse(domain: &Domain, arguments: &[&str], input: &str) -> Finished {
    let mut client = client(domain, arguments);
    client.type_in(input);
    client.end_input();
    client.finish()
}

/// Lets the client read `input` on a terminal.
fn converse_on_terminal(domain: &Domain, no_color: Option<&str>, input: &str) -> Finished {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../game_support/test");
    let mut command = domain.command("python3");
    command
        .arg(format!("{folder}/on_terminal.py"))
        .arg(CLIENT)
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .envs(no_color.map(|value| ("NO_COLOR", value)));
    let mut terminal = Process::start_to_talk_to(command);
    terminal.type_in(input);
    let finished = terminal.finish();
    assert_eq!(finished.code(), 0, "{finished:?}");
    finished
}

impl Game {
    /// The server is restarted between two turns: the client says so, and plays on.
    pub fn survives_a_restart(&self, turn: &str, what_it_says: &str, domain: &Domain) {
        let server = domain.server(&[]);
        let mut client = client(domain, &[]);
        client.type_in(turn);
        client.wait_for_print(self.played);
        server.signal(libc::SIGTERM);
        server.finish().expect_code(0);
        let _restarted = domain.server(&[]);
        client.type_in(turn);
        client.wait_for_print("does not know this");
        client.type_in(turn);
        client.end_input();
        let finished = client.finish().expect_code(0);
        assert!(finished.stdout.contains(what_it_says), "{finished:?}");
        let (_, after) = finished.stdout.split_once(what_it_says).expect("two parts");
        assert!(after.contains(self.played), "{finished:?}");
        assert!(after.ends_with("Goodbye\n"), "{finished:?}");
    }

    /// The server is killed with a request in its hands.
    pub fn says_that_the_server_is_gone(&self, turn: &str, domain: &Domain) {
        let mut server = domain.server(&[]);
        let mut client = client(domain, &[]);
        client.wait_for_print(self.question);
        server.freeze();
        client.type_in(turn);
        // The answer is repeated before the request is sent.
        client.wait_for_print(&format!("{} {turn}", self.question));
        server.kill();
        client.finish().expect_code(4).expect_log(&format!(
            "The server of {} vanished before it replied",
            self.service
        ));
    }

    /// The server takes requests, and answers none.
    pub fn gives_up_on_a_reply_in_time(&self, turn: &str, domain: &Domain) {
        let mut server = domain.server(&[]);
        let mut client = client(domain, &["--reply-timeout", "1"]);
        client.wait_for_print(self.question);
        server.will_leave_files_behind();
        server.freeze();
        client.type_in(turn);
        client.finish().expect_code(4).expect_log(&format!(
            "No reply from {} within 1 s; its server is busy or stuck, allow more with --reply-timeout\n",
            self.service
        ));
    }

    /// The server leaves between two turns, and does not come back.
    pub fn gives_up_on_a_server_in_time(&self, turn: &str, domain: &Domain) {
        let server = domain.server(&[]);
        let mut client = client(domain, &["--wait-timeout", "5"]);
        client.wait_for_print(self.question);
        server.signal(libc::SIGTERM);
        server.finish().expect_code(0);
        client.type_in(turn);
        let last = format!(
            "No server offered {} within 5 s; start one, or allow more with --wait-timeout\n",
            self.service
        );
        client
            .finish()
            .expect_code(3)
            .expect_log("service not available, waiting again...\n")
            .expect_log(&last);
    }

    /// Every polite way to end a game.
    pub fn ends_politely(&self, domain: &Domain) {
        let _server = domain.server(&[]);
        for farewell in ["", "/quit\n", "/quit\nthis is not read\n"] {
            let finished = converse(domain, &[], farewell).expect_code(0);
            assert!(finished.stdout.ends_with("\nGoodbye\n"), "{finished:?}");
            assert_eq!(finished.stdout.matches(self.question).count(), 1);
        }
        for (signal, name, code) in [(libc::SIGINT, "INT", 130), (libc::SIGTERM, "TERM", 143)] {
            let mut client = client(domain, &[]);
            client.wait_for_print(self.question);
            client.signal(signal);
            let finished = client.finish().expect_code(code);
            let expected = format!("Stopped by SIG{name}, goodbye\n");
            let last = finished.stderr.lines().last().unwrap_or_default();
            assert_eq!(format!("{last}\n"), expected, "{finished:?}");
        }
    }

    /// Nobody reads what the client writes.
    pub fn ends_quietly_when_nobody_listens(&self, turn: &str, domain: &Domain) {
        let _server = domain.server(&[]);
        let mut command = domain.command("bash");
        let line = format!(
            "set -o pipefail; yes '{}' | \"$0\" | head -n 1",
            turn.trim()
        );
        command.args(["-c", &line, CLIENT]);
        let finished = Process::start(command).finish();
        // `yes` is ended by SIGPIPE, and the client is not.
        assert_eq!(finished.code(), 128 + libc::SIGPIPE, "{finished:?}");
        assert_eq!(finished.stdout.lines().count(), 1, "{finished:?}");
        assert!(!finished.stderr.contains("rror"), "{finished:?}");
    }

    /// Colours are for terminals, and for those who want them.
    pub fn shows_colours_on_a_terminal_only(&self, turn: &str, domain: &Domain) {
        let _server = domain.server(&[]);
        let input = format!("{turn}/quit\n");
        let coloured = |finished: Finished| {
            assert!(finished.stdout.contains("Goodbye"), "{finished:?}");
            finished.stdout.contains("\u{1b}[")
        };
        assert!(coloured(converse_on_terminal(domain, None, &input)));
        assert!(!coloured(converse_on_terminal(domain, Some("1"), &input)));
        assert!(!coloured(converse(domain, &[], &input)));
    }

    /// The page on the exercises shows a conversation: typed in again, it goes the same way.
    pub fn goes_as_shown_on_the_page(&self, server: Process, domain: &Domain) {
        const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/exercises.md");
        let page = std::fs::read_to_string(PAGE).expect("the page");
        let blocks = page.split("```text\n").skip(1);
        let blocks = blocks.filter_map(|block| block.split_once("```").map(|(block, _)| block));
        let mut shown = blocks.filter(|block| block.contains(self.question));
        let shown = shown.next().expect("a conversation on the page");
        let questions = [self.question, "Another game? [y/N]"];
        let answers = shown.lines().filter_map(|line| {
            let answer = questions.iter().find_map(|start| line.strip_prefix(start));
            answer.map(|answer| format!("{}\n", answer.trim()))
        });
        let answers: String = answers.collect();
        let printed = converse(domain, &[], &answers).expect_code(0).stdout;
        assert_eq!(
            printed, shown,
            "--- printed\n{printed}--- on the page\n{shown}"
        );
        drop(server);
    }

    /// What is typed may be anything.
    pub fn bears_any_input(&self, domain: &Domain) {
        let _server = domain.server(&[]);
        let long = "x".repeat(1_000_000);
        let input = format!("{long}\n\n\u{1b}[2J\0\n\u{202e}né\n");
        let finished = converse(domain, &[], &input).expect_code(0);
        assert_eq!(finished.stdout.matches(self.question).count(), 5);
        assert!(!finished.stdout.contains('\u{1b}'), "{finished:?}");
        assert!(!finished.stdout.contains('\u{202e}'), "{finished:?}");
        assert!(finished.stdout.len() < 20_000, "{}", finished.stdout.len());
    }
}

/// `--help`, `--version` and mistakes on the command line of both programs.
pub fn command_lines_are_checked(parameters: &[&str], mistakes: &[(&[&str], &str)]) {
    let domain = Domain::claim();
    let help = domain.client(&["--help"]).finish().expect_code(0).stdout;
    for code in ["0", "1", "2", "3", "4", "130", "143"] {
        let line = format!("{code:>5}  ");
        assert!(help.contains(&line), "no exit code {code}: {help}");
    }
    for option in ["--wait-timeout", "--reply-timeout", "NO_COLOR"] {
        assert!(help.contains(option), "no {option}: {help}");
    }
    let help = domain.server(&["--help"]).finish().expect_code(0).stdout;
    for parameter in parameters {
        assert!(help.contains(parameter), "no {parameter}: {help}");
    }
    let version = concat!(env!("CARGO_PKG_VERSION"), "\n");
    for program in [SERVER, CLIENT] {
        let shown = domain.start(program, ["--version"]).finish();
        assert!(shown.stdout.ends_with(version), "{shown:?}");
        let refused = domain.start(program, ["--fast"]).finish().expect_code(2);
        refused.expect_only_line("Unexpected argument '--fast'; --help lists what is understood");
    }
    domain
        .client(&["--wait-timeout", "soon"])
        .finish()
        .expect_code(2)
        .expect_only_line("Bad value 'soon' for --wait-timeout: it must be a number of seconds");
    domain
        .client(&["--wait-timeout", "0.2"])
        .finish()
        .expect_code(3)
        .expect_log("within 0.2 s; start one, or allow more with --wait-timeout\n");
    for (parameter, reason) in mistakes {
        let arguments = ["--ros-args", "-p"].iter().chain(*parameter);
        let arguments: Vec<&str> = arguments.copied().collect();
        let refused = domain.server(&arguments).finish().expect_code(2);
        refused.expect_only_line(reason);
    }
}
