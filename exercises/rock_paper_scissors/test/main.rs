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
use support::{wait_until, Domain, PATIENCE};

const GAME: Game = Game {
    question: "Your hand:",
    service: "/play_hand",
    played: "best of",
};

#[test]
fn a_match_is_played_through_a_pipe_to_its_end() {
    let domain = Domain::claim();
    let mut server = domain.server(&["--ros-args", "-p", "best_of:=5"]);
    let hands = "rock\nPaper\ns\n".repeat(20);
    let client = converse(&domain, &["--player", "Ada"], &hands).expect_code(0);
    let rounds = client.stdout.matches("best of 5\n").count();
    assert_eq!(rounds, 60, "{client:?}");
    // The rounds of a match add up, and the total counts all of them.
    let (mut won, mut lost, mut drawn) = (0, 0, 0);
    let mut score = (0, 0);
    let mut matches = 0;
    for line in client.stdout.lines() {
        if let Some((round, shown)) = line.split_once(". ").filter(|_| line.starts_with("Your ")) {
            match round.rsplit(": ").next() {
                Some("you win the round") => (won, score.0) = (won + 1, score.0 + 1),
                Some("you lose the round") => (lost, score.1) = (lost + 1, score.1 + 1),
                Some("a draw") => drawn += 1,
                other => panic!("{other:?}: {client:?}"),
            }
            assert_eq!(shown, format!("{} : {}, best of 5", score.0, score.1));
        } else if let Some((ended, total)) = line.split_once(" All your rounds: ") {
            let expected = format!("{won} won, {lost} lost, {drawn} drawn.");
            assert!(total.starts_with(&expected), "{line}, and not {expected}");
            let expected = match score {
                (3, 0..3) => "You win the match!",
                (0..3, 3) => "You lose the match.",
                _ => panic!("ended at {score:?}: {client:?}"),
            };
            assert_eq!(ended, expected);
            score = (0, 0);
            matches += 1;
        }
        assert!(
            score.0 < 3 && score.1 < 3 || line.starts_with("Your "),
            "{client:?}"
        );
    }
    assert!(matches >= 4, "only {matches} matches: {client:?}");
    server.wait_for_log("[rock_paper_scissors]: \"Ada\": ");
}

#[test]
fn a_seed_makes_the_server_show_the_same_hands() {
    let play = |arguments: &[&str]| {
        let domain = Domain::claim();
        let _server = domain.server(arguments);
        let client = converse(&domain, &[], &"rock\n".repeat(40)).expect_code(0);
        client.stdout
    };
    let seeded = ["--ros-args", "-p", "seed:=-7"];
    let outputs = thread::scope(|scope| {
        let games =
            [&seeded[..], &seeded, &[]].map(|arguments| scope.spawn(move || play(arguments)));
        games.map(|game| game.join().expect("a game"))
    });
    assert_eq!(outputs[0], outputs[1]);
    assert_ne!(outputs[0], outputs[2]);
}

#[test]
fn an_rclpy_client_that_knows_the_interface_alone_plays_a_match() {
    let domain = Domain::claim();
    let _server = domain.server(&[]);
    let peer = domain.peer("players.py", &["1", "30"]).finish();
    peer.expect_code(0);
}

#[test]
fn fifty_players_at_once_have_matches_of_their_own() {
    let domain = Domain::claim();
    let _server = domain.server(&["--ros-args", "--log-level", "warn"]);
    let many = domain.peer("players.py", &["50", "40"]);
    // And some with programs of their own between them.
    thread::scope(|scope| {
        for number in 0..4 {
            let domain = &domain;
            scope.spawn(move || {
                let name = format!("Rust {number}");
                let client = converse(domain, &["--player", &name], &"p\n".repeat(30));
                let client = client.expect_code(0);
                assert_eq!(
                    client.stdout.matches("best of 3\n").count(),
                    30,
                    "{client:?}"
                );
            });
        }
    });
    let many = many.finish().expect_code(0);
    assert!(many.stdout.contains("2000 rounds"), "{many:?}");
}

#[test]
fn the_server_answers_whatever_it_is_sent_and_stays_up() {
    let domain = Domain::claim();
    let mut server = domain.server(&[]);
    let peer = domain.peer("hostile_player.py", &[]).finish();
    peer.expect_code(0);
    let client = converse(&domain, &["--player", "a\tb"], "rock\n").expect_code(0);
    let refused = "A name has 1 to 64 bytes of UTF-8, and no control characters in it\n";
    assert!(client.stdout.contains(refused), "{client:?}");
    assert!(server.is_running(), "{server:?}");
    assert!(!server.log().contains('\u{1b}'), "{server:?}");
    assert!(server.log().len() < 10_000, "{server:?}");
}

#[test]
fn newcomers_are_turned_away_when_the_server_is_full() {
    let domain = Domain::claim();
    let _server = domain.server(&["--ros-args", "-p", "capacity:=1", "-p", "best_of:=99"]);
    let mut ada = clients::client(&domain, &["--player", "Ada"]);
    ada.type_in("rock\n");
    ada.wait_for_print("best of 99");
    let bob = converse(&domain, &["--player", "Bob"], "rock\n").expect_code(0);
    let full = "There are too many players already, come back later\n";
    assert!(bob.stdout.contains(full), "{bob:?}");
    // Whoever is in stays in.
    ada.type_in("this is no hand\nrock\n");
    ada.end_input();
    let ada = ada.finish().expect_code(0);
    assert_eq!(ada.stdout.matches("best of 99").count(), 2, "{ada:?}");
}

#[test]
fn an_abandoned_match_makes_room_for_another() {
    let domain = Domain::claim();
    let limits = ["capacity:=1", "forget_after:=1", "best_of:=99"];
    let limits = limits.iter().flat_map(|limit| ["-p", limit]);
    let arguments: Vec<&str> = ["--ros-args"].into_iter().chain(limits).collect();
    let _server = domain.server(&arguments);
    let mut ada = clients::client(&domain, &["--player", "Ada"]);
    ada.type_in("rock\n");
    ada.wait_for_print("best of 99");
    wait_until("there is room for Bob", PATIENCE, || {
        let bob = converse(&domain, &["--player", "Bob"], "rock\n").expect_code(0);
        bob.stdout.contains("best of 99")
    });
    ada.type_in("rock\n");
    ada.wait_for_print("The server does not know this match any more");
}

#[test]
fn client_says_that_the_server_was_restarted_in_mid_match() {
    let what = "This hand was not played; the next one begins a new match.\n";
    GAME.survives_a_restart("rock\n", what, &Domain::claim());
}

#[test]
fn client_says_that_the_server_was_killed_with_a_hand_in_its_hands() {
    GAME.says_that_the_server_is_gone("rock\n", &Domain::claim());
}

#[test]
fn client_gives_up_on_a_reply_in_time() {
    GAME.gives_up_on_a_reply_in_time("rock\n", &Domain::claim());
}

#[test]
fn client_gives_up_on_a_server_in_time() {
    GAME.gives_up_on_a_server_in_time("rock\n", &Domain::claim());
}

#[test]
fn client_ends_politely() {
    GAME.ends_politely(&Domain::claim());
}

#[test]
fn client_ends_quietly_when_nobody_listens() {
    GAME.ends_quietly_when_nobody_listens("rock\n", &Domain::claim());
}

#[test]
fn client_shows_colours_on_a_terminal_only() {
    GAME.shows_colours_on_a_terminal_only("rock\n", &Domain::claim());
}

#[test]
fn a_match_goes_as_shown_on_the_page() {
    let domain = Domain::claim();
    let server = domain.server(&["--ros-args", "-p", "seed:=1"]);
    GAME.goes_as_shown_on_the_page(server, &domain);
}

#[test]
fn client_bears_any_input() {
    GAME.bears_any_input(&Domain::claim());
}

#[test]
fn programs_explain_themselves_and_their_mistakes() {
    let odd = "Bad value for the parameter best_of: it must be an odd number from 1 to 99\n";
    command_lines_are_checked(
        &["best_of", "seed", "capacity", "forget_after"],
        &[
            (&["best_of:=2"], odd),
            (&["best_of:=101"], odd),
            (&["best_of:=-1"], odd),
            (&["best_of:=three"], odd),
            (
                &["seed:=lucky"],
                "Bad value for the parameter seed: it must be a whole number\n",
            ),
            (
                &["capacity:=0"],
                "Bad value for the parameter capacity: it must be a whole number from 1 to 1000000\n",
            ),
            (
                &["forget_after:=0.5"],
                "Bad value for the parameter forget_after: it must be a whole number of seconds from 1 to 31536000\n",
            ),
        ],
    );
    Domain::claim()
        .client(&["--player"])
        .finish()
        .expect_code(2)
        .expect_only_line("No value for --player\n");
}
