// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The tests that all games have in common. The test program of each game includes this file as a module,
//! and describes its game in the constant `GAME`.

use crate::GAME;
use std::fs;
use test_support::{Domain, Finished, Process, SIGINT, SIGPIPE, SIGTERM};

const SERVER: &str = env!("CARGO_BIN_EXE_server");
const CLIENT: &str = env!("CARGO_BIN_EXE_client");

/// The folder of this file.
const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../game_support/test");

/// The description of a game.
pub struct Game {
    /// The question of the client in each turn.
    pub question: &'static str,
    /// An answer that is always right, with the end of its line.
    pub turn: &'static str,
    /// A part of what the client prints after each turn that was played.
    pub played: &'static str,
    /// The full name of the service that the client calls in each turn.
    pub service: &'static str,
    /// What the client prints when the server was restarted between two turns.
    pub restarted: &'static str,
    /// The parameters of the server.
    pub parameters: &'static [&'static str],
    /// Parameters with a bad value, `NAME:=VALUE`, and the end of the line that reports it.
    pub bad_parameters: &'static [(&'static str, &'static str)],
    /// Starts the server for the game that docs/exercises.md shows.
    pub server_of_the_page: fn(&Domain) -> Process,
    /// How many games or rounds each of the fifty players of players.py plays.
    pub rounds: &'static str,
    /// What the fifty players print at the end.
    pub printed: &'static str,
}

/// Starts the server of the game with parameters, each `NAME:=VALUE`.
pub fn server(domain: &Domain, parameters: &[&str]) -> Process {
    let parameters = parameters.iter().flat_map(|parameter| ["-p", parameter]);
    domain.start(SERVER, ["--ros-args"].into_iter().chain(parameters))
}

/// Starts the client of the game with a pipe as stdin.
pub fn client(domain: &Domain, arguments: &[&str]) -> Process {
    let mut command = domain.command(CLIENT);
    command.args(arguments);
    Process::start_with_stdin(command)
}

/// Lets the client read `input`, and waits until it ends.
pub fn play(domain: &Domain, arguments: &[&str], input: &str) -> Finished {
    let mut client = client(domain, arguments);
    client.write(input);
    client.close_stdin();
    client.finish()
}

/// Starts a peer of test/peers.
pub fn peer(domain: &Domain, name: &str, arguments: &[&str]) -> Process {
    let script = format!("{}/test/peers/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut command = domain.python(script, arguments);
    // The peers of all games import game_client.py.
    let others = std::env::var("PYTHONPATH").unwrap_or_default();
    command.env("PYTHONPATH", format!("{SHARED}:{others}"));
    Process::start(command)
}

/// Types `input` to the client on a terminal, and waits until it ends.
pub fn play_on_terminal(domain: &Domain, no_color: Option<&str>, input: &str) -> Finished {
    let script = format!("{SHARED}/on_terminal.py");
    let mut command = domain.python(script, &[CLIENT]);
    command
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .envs(no_color.map(|value| ("NO_COLOR", value)));
    let mut terminal = Process::start_with_stdin(command);
    terminal.write(input);
    terminal.finish().expect_code(0)
}

#[test]
fn client_reports_that_the_server_was_restarted_and_plays_on() {
    let domain = Domain::claim();
    let first = server(&domain, &[]);
    let mut client = client(&domain, &[]);
    client.write(GAME.turn);
    client.wait_for_output(GAME.played);
    first.stop(SIGTERM).expect_code(0);
    let _second = server(&domain, &[]);
    client.write(GAME.turn);
    client.wait_for_output("does not know this");
    client.write(GAME.turn);
    client.close_stdin();
    let finished = client.finish().expect_code(0);
    let after = finished.stdout.split_once(GAME.restarted);
    let (_, after) = after.unwrap_or_else(|| panic!("no {:?} in {finished:?}", GAME.restarted));
    assert!(after.contains(GAME.played), "{finished:?}");
    assert!(after.ends_with("Goodbye\n"), "{finished:?}");
}

#[test]
fn client_waits_for_a_reply_until_the_time_limit() {
    let domain = Domain::claim();
    let mut server = server(&domain, &[]);
    let mut client = client(&domain, &["--reply-timeout", "1"]);
    client.wait_for_output(GAME.question);
    server.remove_segments_later();
    server.suspend();
    client.write(GAME.turn);
    let line = format!(
        "No reply from {} within 1 s; its server is busy, or uses another middleware",
        GAME.service
    );
    client.finish().expect_code(4).expect_last_line(&line);
}

#[test]
fn client_waits_for_a_server_until_the_time_limit() {
    let domain = Domain::claim();
    let server = server(&domain, &[]);
    let mut client = client(&domain, &["--wait-timeout", "5"]);
    client.wait_for_output(GAME.question);
    // The server shuts down between two turns.
    server.stop(SIGTERM).expect_code(0);
    client.write(GAME.turn);
    let line = format!(
        "No server offered {} within 5 s; start one, or wait longer",
        GAME.service
    );
    client
        .finish()
        .expect_code(3)
        .expect_log("service not available, waiting again...\n")
        .expect_last_line(&line);
}

#[test]
fn client_ends_with_its_input_with_quit_and_on_either_signal() {
    let domain = Domain::claim();
    let _server = server(&domain, &[]);
    for input in ["", "/quit\n", "/quit\nthis is not read\n"] {
        let finished = play(&domain, &[], input).expect_code(0);
        assert!(finished.stdout.ends_with("\nGoodbye\n"), "{finished:?}");
        assert_eq!(finished.stdout.matches(GAME.question).count(), 1);
    }
    for (signal, name, code) in [(SIGINT, "SIGINT", 130), (SIGTERM, "SIGTERM", 143)] {
        let mut client = client(&domain, &[]);
        client.wait_for_output(GAME.question);
        let finished = client.stop(signal).expect_code(code);
        finished.expect_last_line(&format!("Stopped by {name}"));
    }
}

#[test]
fn client_on_a_terminal_ends_when_ctrl_d_is_typed_twice_after_a_text() {
    let domain = Domain::claim();
    let _server = server(&domain, &[]);
    let input = format!("{}\u{4}\u{4}", GAME.turn.trim());
    let shown = play_on_terminal(&domain, Some("1"), &input).stdout;
    let shown = shown.replace("\r\n", "\n");
    assert!(shown.contains(GAME.played), "{shown}");
    assert!(shown.ends_with("\nGoodbye\n"), "{shown}");
}

#[test]
fn client_ends_without_an_error_when_its_output_is_closed() {
    let domain = Domain::claim();
    let _server = server(&domain, &[]);
    let line = format!(
        "set -o pipefail; yes '{}' | \"$0\" | head -n 1",
        GAME.turn.trim()
    );
    let finished = domain.start("bash", ["-c", &line, CLIENT]).finish();
    // SIGPIPE ends `yes`, and not the client.
    let finished = finished.expect_code(128 + SIGPIPE);
    assert_eq!(finished.stdout.lines().count(), 1, "{finished:?}");
    assert!(!finished.stderr.contains("rror"), "{finished:?}");
}

#[test]
fn client_prints_colours_on_a_terminal_alone() {
    let domain = Domain::claim();
    let _server = server(&domain, &[]);
    let input = format!("{}/quit\n", GAME.turn);
    let is_coloured = |finished: Finished| {
        assert!(finished.stdout.contains("Goodbye"), "{finished:?}");
        finished.stdout.contains("\u{1b}[")
    };
    assert!(is_coloured(play_on_terminal(&domain, None, &input)));
    assert!(!is_coloured(play_on_terminal(&domain, Some("1"), &input)));
    assert!(!is_coloured(play(&domain, &[], &input)));
}

#[test]
fn a_game_is_played_as_shown_on_the_page() {
    let domain = Domain::claim();
    let _server = (GAME.server_of_the_page)(&domain);
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/exercises.md");
    let page = fs::read_to_string(page).expect("the page");
    let blocks = page.split("```text\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split_once("```").map(|(block, _)| block));
    let mut shown = blocks.filter(|block| block.contains(GAME.question));
    let shown = shown.next().expect("a game on the page");
    let questions = [GAME.question, "Another game? [Y/n]"];
    let answers = shown.lines().filter_map(|line| {
        let answer = questions.iter().find_map(|start| line.strip_prefix(start));
        answer.map(|answer| format!("{}\n", answer.trim()))
    });
    let answers: String = answers.collect();
    let printed = play(&domain, &[], &answers).expect_code(0).stdout;
    assert_eq!(
        printed, shown,
        "--- printed\n{printed}--- on the page\n{shown}"
    );
}

#[test]
fn client_accepts_any_input() {
    let domain = Domain::claim();
    let _server = server(&domain, &[]);
    let long = "x".repeat(1_000_000);
    let input = format!("{long}\n\n\u{1b}[2J\0\n\u{202e}né\n");
    let finished = play(&domain, &[], &input).expect_code(0);
    assert_eq!(finished.stdout.matches(GAME.question).count(), 5);
    assert!(!finished.stdout.contains('\u{1b}'), "{finished:?}");
    assert!(!finished.stdout.contains('\u{202e}'), "{finished:?}");
    assert!(finished.stdout.len() < 20_000, "{}", finished.stdout.len());
}

#[test]
fn server_answers_every_request_of_a_hostile_client() {
    let domain = Domain::claim();
    let mut server = server(&domain, &[]);
    peer(&domain, "hostile_player.py", &[])
        .finish()
        .expect_code(0);
    let finished = play(&domain, &[], "").expect_code(0);
    assert!(finished.stdout.contains(GAME.question), "{finished:?}");
    assert!(server.is_running(), "{server:?}");
    assert!(!server.stderr().contains('\u{1b}'), "{server:?}");
    assert!(server.stderr().len() < 10_000, "{server:?}");
}

#[test]
fn fifty_players_at_once_have_games_of_their_own() {
    let domain = Domain::claim();
    let _server = domain.start(SERVER, ["--ros-args", "--log-level", "warn"]);
    let players = peer(&domain, "players.py", &["50", GAME.rounds])
        .finish()
        .expect_code(0);
    assert!(players.stdout.contains(GAME.printed), "{players:?}");
}

#[test]
fn command_lines_are_explained_and_checked() {
    let domain = Domain::claim();
    let run = |program, arguments: &[&str]| domain.start(program, arguments).finish();
    let help = run(CLIENT, &["--help"]).expect_code(0).stdout;
    for code in ["0", "1", "2", "3", "4", "75", "130", "143"] {
        let line = format!("{code:>5}  ");
        assert!(help.contains(&line), "no exit code {code}: {help}");
    }
    for option in ["--wait-timeout", "--reply-timeout", "NO_COLOR"] {
        assert!(help.contains(option), "no {option}: {help}");
    }
    let help = run(SERVER, &["--help"]).expect_code(0).stdout;
    for parameter in GAME.parameters {
        assert!(help.contains(parameter), "no {parameter}: {help}");
    }
    let version = concat!(env!("CARGO_PKG_VERSION"), "\n");
    for program in [SERVER, CLIENT] {
        let shown = run(program, &["--version"]).expect_code(0);
        assert!(shown.stdout.ends_with(version), "{shown:?}");
        let refused = run(program, &["--fast"]).expect_code(2);
        refused.expect_only_line("Unexpected argument '--fast'; --help lists what is understood");
    }
    run(CLIENT, &["--wait-timeout", "soon"])
        .expect_code(2)
        .expect_only_line("Bad value 'soon' for --wait-timeout: it must be a number of seconds");
    run(CLIENT, &["--wait-timeout", "0.2"])
        .expect_code(3)
        .expect_log("within 0.2 s; start one, or wait longer\n");
    for (parameter, line) in GAME.bad_parameters {
        let refused = server(&domain, &[parameter]).finish().expect_code(2);
        refused.expect_only_line(line);
    }
}
