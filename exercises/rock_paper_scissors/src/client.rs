// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The client: a node that plays for the user.

use clap::Parser;
use game_support::{
    program::{TimeLimits, CLIENT_AFTER_HELP},
    terminal::{harmless, wants_another, Terminal, BAD, GOOD, NOTE, QUIT},
};
use rclrs::{ExecutorCommands, IntoNodeOptions};
use rclrs_runtime::{create_node, ServiceClient};
use ros_env::tutorial_game_interfaces::{
    msg::{Hand, Outcome, Score},
    srv::{PlayHand, PlayHand_Request, PlayHand_Response},
};
use std::{io, sync::Arc};

/// The arguments that are not for ROS.
#[derive(Debug, Parser)]
#[command(name = "client", version, after_help = CLIENT_AFTER_HELP)]
#[command(about = "Plays Rock Paper Scissors against the server")]
pub struct Arguments {
    /// Your name, under which your rounds are counted [default: your user name]
    #[arg(long, value_name = "NAME")]
    player: Option<String>,

    /// How long to wait.
    #[command(flatten)]
    limits: TimeLimits,
}

const WELCOME: &str = "\
Rock Paper Scissors: rock blunts scissors, scissors cut paper, paper wraps rock.
Type rock, paper or scissors, or their first letters. Ctrl-D or /quit ends the game.";

/// The question in each turn.
const HAND: &str = "Your hand:";
/// The question after a match.
const AGAIN: &str = "Another match? [Y/n]";

/// The whole conversation: match after match, until the user leaves.
///
/// # Errors
///
/// What goes wrong with the server is a `rclrs_runtime::Error`; what goes wrong with input or output is an
/// `io::Error`.
pub async fn play(
    commands: Arc<ExecutorCommands>,
    arguments: Arguments,
    mut terminal: Terminal,
) -> anyhow::Result<()> {
    let limits = arguments.limits;
    let user = || std::env::var("USER").ok().filter(|user| !user.is_empty());
    let player = arguments
        .player
        .or_else(user)
        .unwrap_or_else(|| "player".to_owned());

    let node = create_node(
        &commands,
        "rock_paper_scissors_player".start_parameter_services(false),
    )?;
    let cli = ServiceClient::<PlayHand>::new(&node, "play_hand")?
        .with_response_timeout(limits.reply_timeout);
    cli.wait_for_service(limits.wait_timeout).await?;
    terminal.say(WELCOME)?;

    let mut match_id = 0;
    let mut question = HAND;
    while let Some(answer) = terminal.ask(question).await? {
        if question == AGAIN {
            match wants_another(&answer) {
                Some(true) => {
                    question = HAND;
                    continue;
                }
                Some(false) => break,
                // A hand is a yes, and the first of the match.
                None => {}
            }
        }
        let Some(value) = hand(&answer) else {
            terminal.say_in(
                NOTE,
                format_args!("That is no hand: type rock, paper or scissors, or {QUIT}"),
            )?;
            continue;
        };
        let request = PlayHand_Request {
            player: player.clone(),
            match_id,
            hand: Hand { value },
        };
        // The server may have left while the user was thinking.
        cli.wait_for_service(limits.wait_timeout).await?;
        let response = cli.call(request).await?;
        match response.status {
            PlayHand_Response::PLAYED => {
                (match_id, question) = match response.match_outcome.value {
                    Outcome::UNDECIDED => (response.match_id, HAND),
                    _ => (0, AGAIN),
                };
                report(&terminal, value, &response)?;
            }
            PlayHand_Response::UNKNOWN_MATCH => {
                match_id = 0;
                terminal.say_in(
                    NOTE,
                    "The server does not know this match any more: it was restarted, or you have \
                     been away for too long.\nThis hand was not played; the next one begins a \
                     new match.",
                )?;
            }
            // What is left is the server's to explain.
            _ => terminal.say_in(BAD, harmless(&response.message))?,
        }
    }
    terminal.say("Goodbye")?;
    Ok(())
}

/// The hand that the user means.
fn hand(answer: &str) -> Option<u8> {
    match answer.to_lowercase().as_str() {
        "rock" | "r" => Some(Hand::ROCK),
        "paper" | "p" => Some(Hand::PAPER),
        "scissors" | "s" => Some(Hand::SCISSORS),
        _ => None,
    }
}

fn name(hand: u8) -> &'static str {
    match hand {
        Hand::ROCK => "rock",
        Hand::PAPER => "paper",
        Hand::SCISSORS => "scissors",
        _ => "an unknown hand",
    }
}

/// Tells how a round has ended, and the match, if it has.
fn report(terminal: &Terminal, own: u8, response: &PlayHand_Response) -> io::Result<()> {
    let Score { won, lost, .. } = response.match_score;
    let best_of = response.best_of;
    let (style, words) = match response.outcome.value {
        Outcome::WON => (GOOD, "you win the round"),
        Outcome::LOST => (BAD, "you lose the round"),
        _ => (NOTE, "a draw"),
    };
    terminal.say(format_args!(
        "Your {} against {}: {style}{words}{style:#}. {won} : {lost}, best of {best_of}",
        name(own),
        name(response.hand.value),
    ))?;
    let (style, words) = match response.match_outcome.value {
        Outcome::WON => (GOOD, "You win the match!"),
        Outcome::LOST => (BAD, "You lose the match."),
        _ => return Ok(()),
    };
    let Score { won, lost, drawn } = response.total_score;
    terminal.say(format_args!(
        "{style}{words}{style:#} All your rounds: {won} won, {lost} lost, {drawn} drawn."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hands_are_known_by_their_names_and_first_letters() {
        for (answers, expected) in [
            (["rock", "r", "ROCK", "R"], Hand::ROCK),
            (["paper", "p", "Paper", "P"], Hand::PAPER),
            (["scissors", "s", "sCiSsOrS", "S"], Hand::SCISSORS),
        ] {
            for answer in answers {
                assert_eq!(hand(answer), Some(expected), "{answer}");
                assert!(name(expected).starts_with(&answer.to_lowercase()));
            }
        }
        for answer in ["", "stone", "rockk", "1", "石头"] {
            assert_eq!(hand(answer), None, "{answer}");
        }
    }
}
