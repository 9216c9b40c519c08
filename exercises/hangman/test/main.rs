// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The tests of both nodes, from outside: real processes, real peers, a real ROS graph. Those that all games
//! have in common are in the module `game`.

#[path = "../../game_support/test/game.rs"]
mod game;

use game::{client, play, play_on_terminal, server, Game};
use test_support::{wait_until, Domain, Process, PATIENCE};

const GAME: Game = Game {
    question: "Your guess:",
    turn: "e\n",
    played: "'e'\n",
    service: "/guess_hangman",
    restarted: "Here is a new one.\n",
    parameters: &["word_list", "capacity", "forget_after"],
    bad_parameters: &BAD_PARAMETERS,
    server_of_the_page: |domain| server_with_word(domain, "node"),
    rounds: "3",
    printed: "150 games",
};

const BAD_PARAMETERS: [(&str, &str); 4] = [
    (
        "word_list:=/nowhere.txt",
        "Bad value for the parameter word_list: cannot read '/nowhere.txt': No such file or directory",
    ),
    // The first line of this file that is neither empty nor a comment.
    (
        concat!("word_list:=", env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        "Cargo.toml' has something else in line 4 than a word of 1 to 64 letters from a to z: \"[package]\"\n",
    ),
    (
        "word_list:=7",
        "Bad value for the parameter word_list: it must be the path of a file\n",
    ),
    (
        "capacity:=0",
        "Bad value for the parameter capacity: it must be a whole number from 1 to 1000000\n",
    ),
];

/// Starts a server whose only word is `word`.
fn server_with_word(domain: &Domain, word: &str) -> Process {
    let list = domain.file("words.txt", word);
    server(domain, &[&format!("word_list:={list}")])
}

#[test]
fn a_game_is_won_through_a_pipe() {
    let domain = Domain::claim();
    let mut server = server_with_word(&domain, "# the only one\nExecutor\n");
    let client = play(&domain, &[], "e\nz\nZ\n7\nexecuted\nx\nexecutor\n").expect_code(0);
    let shown = [
        "_ _ _ _ _ _ _ _   lives: 7\n",
        "Your guess: e\nYes: 'e'\n",
        "e _ e _ _ _ _ _   lives: 7   tried: e\n",
        "Your guess: z\nNo: 'z'\n",
        "  +---+\n  |\n",
        "lives: 6   tried: e z\n",
        "Your guess: Z\n'Z' was tried before, which costs nothing\n",
        "Your guess: 7\n\"7\" is neither a letter from a to z nor a word of 8 of them",
        "Your guess: executed\nNo: 'executed'\n",
        "lives: 5   tried: e z executed\n",
        "Your guess: x\nYes: 'x'\n",
        "Your guess: executor\nYes: 'executor'\n",
        "e x e c u t o r   lives: 5   tried: e x z executed\n",
        "You have found it!\nAnother game? [Y/n] \nGoodbye\n",
    ];
    let mut rest = client.stdout.as_str();
    for text in shown {
        let Some((_, after)) = rest.split_once(text) else {
            panic!("no {text:?} in the rest of {client:?}");
        };
        rest = after;
    }
    server.wait_for_log("[hangman]: A game has begun: 8 letters, 7 lives\n");
}

#[test]
fn a_game_is_lost_through_a_pipe_and_another_one_follows() {
    let domain = Domain::claim();
    let _server = server_with_word(&domain, "node");
    let client = play(&domain, &[], "a\nb\nc\nf\ng\nh\ni\nYes\nnode\nno\n").expect_code(0);
    let hanged = "  +---+\n  |   |\n  |   O\n  |  /|\\\n  |  / \\\n=========\nn o d e   lives: 0";
    assert!(client.stdout.contains(hanged), "{client:?}");
    // The word is not shown before.
    let (before, after) = client
        .stdout
        .split_once("You are hanged.\n")
        .expect("an end");
    assert_eq!(before.matches("_ _ _ _   lives: ").count(), 7, "{client:?}");
    assert!(!before.contains("node"), "{client:?}");
    assert!(after.contains("You have found it!\n"), "{client:?}");
    assert!(
        after.ends_with("Another game? [Y/n] no\nGoodbye\n"),
        "{client:?}"
    );
}

#[test]
fn after_a_game_enter_begins_the_next_and_ctrl_d_leaves() {
    let domain = Domain::claim();
    let _server = server_with_word(&domain, "node");
    let shown = play_on_terminal(&domain, Some("1"), "node\n\nnode\n\u{4}").stdout;
    assert_eq!(shown.matches("You have found it!").count(), 2, "{shown}");
    assert!(shown.ends_with("Goodbye\r\n"), "{shown}");
}

#[test]
fn the_game_is_drawn_again_only_when_it_has_changed() {
    let domain = Domain::claim();
    let _server = server_with_word(&domain, "node");
    let shown = play_on_terminal(&domain, Some("1"), "\n\n7\no\no\n/quit\n").stdout;
    assert_eq!(shown.matches("Your guess:").count(), 6, "{shown}");
    // At the start, and after the first 'o'.
    assert_eq!(shown.matches("lives: 7").count(), 2, "{shown}");
}

#[test]
fn a_new_game_is_refused_when_the_server_has_as_many_as_it_may() {
    let domain = Domain::claim();
    let mut server = server(&domain, &["capacity:=1"]);
    let mut first = client(&domain, &[]);
    first.wait_for_output("Your guess:");
    let other = play(&domain, &[], "").expect_code(1);
    let reason = "There are too many games already, come back later\n";
    assert!(other.stderr.ends_with(reason), "{other:?}");
    assert!(server.is_running(), "{server:?}");
    // The first game goes on.
    first.write("e\n");
    first.wait_for_output("'e'\n");
}

#[test]
fn an_abandoned_game_expires_and_another_one_can_begin() {
    let domain = Domain::claim();
    let _server = server(&domain, &["capacity:=1", "forget_after:=1"]);
    let mut first = client(&domain, &[]);
    first.wait_for_output("Your guess:");
    wait_until("another game can begin", PATIENCE, || {
        let other = play(&domain, &[], "");
        other.stdout.contains("Your guess:")
    });
    first.write("e\n");
    first.wait_for_output("The server does not know this game any more");
}
