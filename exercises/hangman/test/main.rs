// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The tests of both nodes, from outside: real processes, real peers, a real ROS graph.

// What these tests have in common with those of the package around, and with those of other games.
#[path = "../../game_support/test/clients.rs"]
mod clients;
#[allow(dead_code, unused_imports)]
#[path = "../../../test/support/mod.rs"]
mod support;

use clients::{command_lines_are_checked, converse, Game};
use std::thread;
use support::{wait_until, Domain, Process, PATIENCE};

const GAME: Game = Game {
    question: "Your guess:",
    service: "/guess_hangman",
    played: "'e'\n",
};

/// Starts a server whose only word is `word`.
fn server_with(domain: &Domain, word: &str) -> Process {
    let list = domain.file("words.txt", word);
    let parameter = format!("word_list:={list}");
    domain.server(&["--ros-args", "-p", &parameter])
}

#[test]
fn a_game_is_won_through_a_pipe() {
    let domain = Domain::claim();
    let mut server = server_with(&domain, "# the only one\nExecutor\n");
    let client = converse(&domain, &[], "e\nz\nZ\n7\nexecuted\nx\nexecutor\n").expect_code(0);
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
        "You have found it!\nAnother game? [y/N] \nGoodbye\n",
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
    let _server = server_with(&domain, "node");
    let client = converse(&domain, &[], "a\nb\nc\nf\ng\nh\ni\nYes\nnode\nno\n").expect_code(0);
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
        after.ends_with("Another game? [y/N] no\nGoodbye\n"),
        "{client:?}"
    );
}

#[test]
fn the_words_that_come_along_are_played() {
    let domain = Domain::claim();
    let _server = domain.server(&[]);
    let alphabet: String = ('a'..='z').map(|letter| format!("{letter}\n")).collect();
    let client = converse(&domain, &[], &alphabet).expect_code(0);
    let ended = ["You have found it!", "You are hanged."].map(|end| client.stdout.contains(end));
    assert!(ended[0] != ended[1], "{client:?}");
}

#[test]
fn an_rclpy_client_that_knows_the_interface_alone_plays_games() {
    let domain = Domain::claim();
    let _server = domain.server(&[]);
    domain
        .peer("players.py", &["1", "5"])
        .finish()
        .expect_code(0);
}

#[test]
fn fifty_players_at_once_have_games_of_their_own() {
    let domain = Domain::claim();
    let _server = domain.server(&["--ros-args", "--log-level", "warn"]);
    let many = domain.peer("players.py", &["50", "3"]);
    // And some with programs of their own between them.
    thread::scope(|scope| {
        for _ in 0..4 {
            let domain = &domain;
            scope.spawn(move || {
                let game: String = ('a'..='z').map(|letter| format!("{letter}\n")).collect();
                let client = converse(domain, &[], &game).expect_code(0);
                assert!(client.stdout.contains("Another game?"), "{client:?}");
            });
        }
    });
    let many = many.finish().expect_code(0);
    assert!(many.stdout.contains("150 games"), "{many:?}");
}

#[test]
fn the_server_answers_whatever_it_is_sent_and_stays_up() {
    let domain = Domain::claim();
    let mut server = domain.server(&[]);
    domain
        .peer("hostile_player.py", &[])
        .finish()
        .expect_code(0);
    assert!(converse(&domain, &[], "")
        .expect_code(0)
        .stdout
        .contains("lives: 7"));
    assert!(server.is_running(), "{server:?}");
    assert!(!server.log().contains('\u{1b}'), "{server:?}");
    assert!(server.log().len() < 10_000, "{server:?}");
}

#[test]
fn newcomers_are_turned_away_when_the_server_is_full() {
    let domain = Domain::claim();
    let mut server = domain.server(&["--ros-args", "-p", "capacity:=1"]);
    let mut first = clients::client(&domain, &[]);
    first.wait_for_print("Your guess:");
    let other = converse(&domain, &[], "").expect_code(1);
    let reason = "There are too many games already, come back later\n";
    assert!(other.stderr.ends_with(reason), "{other:?}");
    assert!(server.is_running(), "{server:?}");
    // Whoever is in stays in.
    first.type_in("e\n");
    first.wait_for_print("'e'\n");
}

#[test]
fn an_abandoned_game_makes_room_for_another() {
    let domain = Domain::claim();
    let limits = ["-p", "capacity:=1", "-p", "forget_after:=1"];
    let _server = domain.server(&[&["--ros-args"], &limits[..]].concat());
    let mut first = clients::client(&domain, &[]);
    first.wait_for_print("Your guess:");
    wait_until("there is room for another", PATIENCE, || {
        let other = converse(&domain, &[], "");
        other.stdout.contains("Your guess:")
    });
    first.type_in("e\n");
    first.wait_for_print("The server does not know this game any more");
}

#[test]
fn client_says_that_the_server_was_restarted_in_mid_game() {
    GAME.survives_a_restart("e\n", "Here is a new one.\n", &Domain::claim());
}

#[test]
fn client_says_that_the_server_was_killed_with_a_guess_in_its_hands() {
    GAME.says_that_the_server_is_gone("e\n", &Domain::claim());
}

#[test]
fn client_gives_up_on_a_reply_in_time() {
    GAME.gives_up_on_a_reply_in_time("e\n", &Domain::claim());
}

#[test]
fn client_gives_up_on_a_server_in_time() {
    GAME.gives_up_on_a_server_in_time("e\n", &Domain::claim());
}

#[test]
fn client_ends_politely() {
    GAME.ends_politely(&Domain::claim());
}

#[test]
fn client_ends_quietly_when_nobody_listens() {
    GAME.ends_quietly_when_nobody_listens("e\n", &Domain::claim());
}

#[test]
fn client_shows_colours_on_a_terminal_only() {
    GAME.shows_colours_on_a_terminal_only("e\n", &Domain::claim());
}

#[test]
fn a_game_goes_as_shown_on_the_page() {
    let domain = Domain::claim();
    let server = server_with(&domain, "node");
    GAME.goes_as_shown_on_the_page(server, &domain);
}

#[test]
fn client_bears_any_input() {
    GAME.bears_any_input(&Domain::claim());
}

#[test]
fn programs_explain_themselves_and_their_mistakes() {
    let domain = Domain::claim();
    let list = |name: &str, content: &str| format!("word_list:={}", domain.file(name, content));
    let empty = list("empty.txt", "\n# nothing\n");
    let wrong = list("wrong.txt", "node\n\nzwölf\n");
    command_lines_are_checked(
        &["word_list", "capacity", "forget_after"],
        &[
            (&["word_list:=/nowhere.txt"], "Bad value for the parameter word_list: cannot read '/nowhere.txt': No such file or directory"),
            (&[&empty], "empty.txt' has no word in it\n"),
            (&[&wrong], "wrong.txt' has something else in line 3 than a word of 1 to 64 letters from a to z: \"zwölf\"\n"),
            (&["word_list:=7"], "Bad value for the parameter word_list: it must be the path of a file\n"),
            (&["capacity:=0"], "Bad value for the parameter capacity: it must be a whole number from 1 to 1000000\n"),
        ],
    );
}
