// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The tests of both nodes, from outside: real processes, real peers, a real ROS graph. Those that all games
//! have in common are in the module `game`.

#[path = "../../game_support/test/game.rs"]
mod game;

use game::{client, play, play_on_terminal, server, Game};
use test_support::{wait_until, Domain, PATIENCE};

const GAME: Game = Game {
    question: "Your hand:",
    turn: "rock\n",
    played: "best of",
    service: "/play_hand",
    restarted: "This hand was not played; the next one begins a new match.\n",
    parameters: &["best_of", "seed", "capacity", "forget_after"],
    bad_parameters: &BAD_PARAMETERS,
    server_of_the_page: |domain| server(domain, &["seed:=1"]),
    rounds: "40",
    printed: "2000 rounds",
};

const NOT_ODD: &str =
    "Bad value for the parameter best_of: it must be an odd number from 1 to 99\n";

const BAD_PARAMETERS: [(&str, &str); 7] = [
    ("best_of:=2", NOT_ODD),
    ("best_of:=101", NOT_ODD),
    ("best_of:=-1", NOT_ODD),
    ("best_of:=three", NOT_ODD),
    (
        "seed:=lucky",
        "Bad value for the parameter seed: it must be a whole number\n",
    ),
    (
        "capacity:=0",
        "Bad value for the parameter capacity: it must be a whole number from 1 to 1000000\n",
    ),
    (
        "forget_after:=0.5",
        "Bad value for the parameter forget_after: it must be a whole number of seconds from 1 to 31536000\n",
    ),
];

#[test]
fn a_match_is_played_through_a_pipe_to_its_end() {
    let domain = Domain::claim();
    // The first hands of this seed are four times scissors, and rock.
    let mut server = server(&domain, &["seed:=1"]);
    let hands = "Paper\ns\nR\npaper\nrock\n";
    let client = play(&domain, &["--player", "Ada"], hands).expect_code(0);
    let shown = "\
Your hand: Paper
Your paper against scissors: you lose the round. 0 : 1, best of 3
Your hand: s
Your scissors against scissors: a draw. 0 : 1, best of 3
Your hand: R
Your rock against scissors: you win the round. 1 : 1, best of 3
Your hand: paper
Your paper against scissors: you lose the round. 1 : 2, best of 3
You lose the match. All your rounds: 1 won, 2 lost, 1 drawn.
Another match? [Y/n] rock
Your rock against rock: a draw. 0 : 0, best of 3
Your hand: \nGoodbye
";
    assert!(client.stdout.ends_with(shown), "{client:?}");
    server.wait_for_log("[rock_paper_scissors]: \"Ada\": ");
}

#[test]
fn after_a_match_enter_or_a_hand_begins_the_next_and_no_or_ctrl_d_leaves() {
    // The first two hands of this seed are scissors.
    for (typed, hands) in [("rock\n\nrock\nn\n", 2), ("rock\nrock\n\u{4}", 1)] {
        let domain = Domain::claim();
        let _server = server(&domain, &["seed:=1", "best_of:=1"]);
        let shown = play_on_terminal(&domain, Some("1"), typed).stdout;
        let count = |text: &str| shown.matches(text).count();
        assert_eq!(count("You win the match!"), 2, "{shown}");
        assert_eq!(count("Your hand:"), hands, "{shown}");
        assert_eq!(count("Another match? [Y/n]"), 2, "{shown}");
        assert!(shown.ends_with("Goodbye\r\n"), "{shown}");
    }
}

#[test]
fn a_new_player_is_refused_when_the_server_has_as_many_as_it_may() {
    let domain = Domain::claim();
    let _server = server(&domain, &["capacity:=1", "best_of:=99"]);
    let mut ada = client(&domain, &["--player", "Ada"]);
    ada.write("rock\n");
    ada.wait_for_output("best of 99");
    let bob = play(&domain, &["--player", "Bob"], "rock\n").expect_code(0);
    let full = "There are too many players already, come back later\n";
    assert!(bob.stdout.contains(full), "{bob:?}");
    // The first match goes on.
    ada.write("this is no hand\nrock\n");
    ada.close_stdin();
    let ada = ada.finish().expect_code(0);
    assert_eq!(ada.stdout.matches("best of 99").count(), 2, "{ada:?}");
}

#[test]
fn an_abandoned_match_expires_and_another_player_can_begin() {
    let domain = Domain::claim();
    let _server = server(&domain, &["capacity:=1", "forget_after:=1", "best_of:=99"]);
    let mut ada = client(&domain, &["--player", "Ada"]);
    ada.write("rock\n");
    ada.wait_for_output("best of 99");
    wait_until("Bob can begin", PATIENCE, || {
        let bob = play(&domain, &["--player", "Bob"], "rock\n").expect_code(0);
        bob.stdout.contains("best of 99")
    });
    ada.write("rock\n");
    ada.wait_for_output("The server does not know this match any more");
}
