// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The client: a node that plays for the user.

use crate::gallows;
use anyhow::{bail, Result};
use clap::Parser;
use game_support::{
    program::{TimeLimits, CLIENT_AFTER_HELP},
    terminal::{harmless, wants_another, Terminal, BAD, GOOD, NOTE},
};
use rclrs::{ExecutorCommands, IntoNodeOptions};
use rclrs_runtime::{create_node, Error, ServiceClient};
use ros_env::tutorial_game_interfaces::{
    msg::{HangmanGame, Outcome},
    srv::{
        GuessHangman, GuessHangman_Request, GuessHangman_Response, StartHangman,
        StartHangman_Request, StartHangman_Response,
    },
};
use std::{sync::Arc, time::Duration};

/// The arguments that are not for ROS.
#[derive(Debug, Parser)]
#[command(name = "client", version, after_help = CLIENT_AFTER_HELP)]
#[command(about = "Plays Hangman against the server")]
pub struct Arguments {
    /// How long to wait.
    #[command(flatten)]
    limits: TimeLimits,
}

const WELCOME: &str = "\
Hangman: find the word before the drawing is complete.
Type a letter, or the whole word. Ctrl-D or /quit ends the game.";

/// The whole conversation: game after game, until the user leaves.
///
/// # Errors
///
/// What goes wrong with the server is a `rclrs_runtime::Error`, but for a server that is full, which has its own
/// words for it; what goes wrong with input or output is an `io::Error`.
pub async fn play(
    commands: Arc<ExecutorCommands>,
    arguments: Arguments,
    mut terminal: Terminal,
) -> Result<()> {
    let player = Player::connect(&commands, arguments.limits).await?;
    terminal.say(WELCOME)?;
    while player.play_one(&mut terminal).await? {}
    terminal.say("Goodbye")?;
    Ok(())
}

/// A node with a client for each of the two services.
struct Player {
    start: ServiceClient<StartHangman>,
    guess: ServiceClient<GuessHangman>,
    wait_timeout: Option<Duration>,
}

impl Player {
    async fn connect(commands: &Arc<ExecutorCommands>, limits: TimeLimits) -> Result<Self, Error> {
        let node = create_node(commands, "hangman_player".start_parameter_services(false))?;
        let player = Self {
            start: ServiceClient::new(&node, "start_hangman")?
                .with_response_timeout(limits.reply_timeout),
            guess: ServiceClient::new(&node, "guess_hangman")?
                .with_response_timeout(limits.reply_timeout),
            wait_timeout: limits.wait_timeout,
        };
        player.start.wait_for_service(player.wait_timeout).await?;
        player.guess.wait_for_service(player.wait_timeout).await?;
        Ok(player)
    }

    /// Begins a game; a server that takes no more of them has its say, which ends the program.
    async fn start(&self) -> Result<HangmanGame> {
        self.start.wait_for_service(self.wait_timeout).await?;
        let response = self.start.call(StartHangman_Request::default()).await?;
        if response.status != StartHangman_Response::STARTED {
            bail!(harmless(&response.message));
        }
        Ok(response.game)
    }

    async fn guess(&self, game_id: u64, guess: String) -> Result<GuessHangman_Response, Error> {
        // The server may have left while the user was thinking.
        self.guess.wait_for_service(self.wait_timeout).await?;
        let request = GuessHangman_Request { game_id, guess };
        self.guess.call(request).await
    }

    /// Plays a game to its end; returns whether the user wants another.
    async fn play_one(&self, terminal: &mut Terminal) -> Result<bool> {
        let mut game = self.start().await?;
        show(terminal, &game)?;
        while game.outcome.value == Outcome::UNDECIDED {
            let Some(guess) = terminal.ask("Your guess:").await? else {
                return Ok(false);
            };
            if guess.is_empty() {
                continue;
            }
            let response = self.guess(game.id, guess).await?;
            let style = match response.status {
                GuessHangman_Response::HIT => GOOD,
                GuessHangman_Response::MISS => BAD,
                GuessHangman_Response::UNKNOWN_GAME => {
                    terminal.say_in(
                        NOTE,
                        "The server does not know this game any more: it was restarted, or you \
                         have been away for too long.\nHere is a new one.",
                    )?;
                    return Ok(true);
                }
                _ => NOTE,
            };
            terminal.say_in(style, harmless(&response.message))?;
            game = response.game;
            // With any other status, nothing has changed.
            if style != NOTE {
                show(terminal, &game)?;
            }
        }
        match game.outcome.value {
            Outcome::WON => terminal.say_in(GOOD, "You have found it!")?,
            _ => terminal.say_in(BAD, "You are hanged.")?,
        }
        while let Some(answer) = terminal.ask("Another game? [Y/n]").await? {
            if let Some(another) = wants_another(&answer) {
                return Ok(another);
            }
        }
        Ok(false)
    }
}

/// Shows a game as it is.
fn show(terminal: &Terminal, game: &HangmanGame) -> std::io::Result<()> {
    let spaced = |text: &str| {
        let letters = text.chars().map(String::from);
        harmless(&letters.collect::<Vec<_>>().join(" "))
    };
    let mut tried = spaced(&game.letters);
    for word in &game.words {
        tried = format!("{tried} {}", harmless(word));
    }
    let tried = match tried.trim() {
        "" => String::new(),
        tried => format!("   tried: {tried}"),
    };
    terminal.say(format_args!(
        "\n{}\n{}   lives: {}{tried}",
        gallows::drawing(game.lives),
        spaced(&game.word),
        game.lives,
    ))
}
