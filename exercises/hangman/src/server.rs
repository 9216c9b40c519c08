// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The server: a node that offers the services `start_hangman` and `guess_hangman`.

use crate::{
    games::Games,
    rules::{End, Game, Verdict, LIVES, LONGEST_GUESS},
    words,
};
use game_support::parameters::LimitParameters;
use rclrs::{log_info, ExecutorCommands, IntoPrimitiveOptions, Node, WorkerService};
use rclrs_runtime::{create_node, Error, SERVICE_QUEUE_DEPTH};
use ros_env::tutorial_game_interfaces::{
    msg::{HangmanGame, Outcome},
    srv::{
        GuessHangman, GuessHangman_Request, GuessHangman_Response, StartHangman,
        StartHangman_Request, StartHangman_Response,
    },
};
use std::{sync::Arc, time::Instant};

/// The parameter that names a file with words.
const WORD_LIST: &str = "word_list";

/// A node named `hangman` that plays any number of games at once.
pub struct Hangman {
    _start: WorkerService<StartHangman, Games>,
    _guess: WorkerService<GuessHangman, Games>,
}

impl Hangman {
    /// Creates the node and its services on the executor that `commands` belong to.
    ///
    /// # Errors
    ///
    /// [`Error::Rcl`] when rcl refuses the node or a service; [`Error::Parameter`] when a
    /// parameter was set to a value that is not allowed, or a list of words cannot be used.
    pub fn create(commands: &Arc<ExecutorCommands>) -> Result<(Node, Self), Error> {
        let node = create_node(commands, "hangman")?;
        let word_list = node
            .declare_parameter::<Arc<str>>(WORD_LIST)
            .default("".into())
            .description("A file with words, one in each line; read at the start")
            .read_only()
            .map_err(|error| Error::parameter(WORD_LIST, "the path of a file", error))?
            .get();
        let words = match &*word_list {
            "" => words::built_in(),
            path => words::read(path),
        };
        let words = words.map_err(|reason| Error::Parameter {
            name: WORD_LIST,
            reason,
        })?;
        let limits = LimitParameters::declare(&node)?;

        // Both services belong to one worker, and so share its payload: the games. The worker runs
        // one callback at a time, and there is no lock to forget.
        let worker = node.create_worker(Games::new(words));
        let start = {
            let (node, limits) = (Arc::clone(&node), Arc::clone(&limits));
            worker.create_service(
                "start_hangman".keep_last(SERVICE_QUEUE_DEPTH),
                move |games: &mut Games, _: StartHangman_Request| {
                    let response = start(games, &limits);
                    log_info!(node.logger(), "{}", response.message);
                    response
                },
            )?
        };
        let guess = {
            let node = Arc::clone(&node);
            worker.create_service(
                "guess_hangman".keep_last(SERVICE_QUEUE_DEPTH),
                move |games: &mut Games, request: GuessHangman_Request| {
                    let response = guess(games, &request, &limits);
                    log_info!(node.logger(), "{}", response.message);
                    response
                },
            )?
        };
        let hangman = Self {
            _start: start,
            _guess: guess,
        };
        Ok((node, hangman))
    }
}

fn start(games: &mut Games, limits: &LimitParameters) -> StartHangman_Response {
    match games.start(limits.get(), Instant::now()) {
        Some((id, game)) => StartHangman_Response {
            status: StartHangman_Response::STARTED,
            message: format!(
                "A game has begun: {} letters, {LIVES} lives",
                game.shown_word().len()
            ),
            game: message(id, &game),
        },
        None => StartHangman_Response {
            status: StartHangman_Response::FULL,
            message: "There are too many games already, come back later".to_owned(),
            ..Default::default()
        },
    }
}

fn guess(
    games: &mut Games,
    request: &GuessHangman_Request,
    limits: &LimitParameters,
) -> GuessHangman_Response {
    let GuessHangman_Request { game_id, guess } = request;
    let Some((verdict, game)) = games.guess(*game_id, guess, limits.get(), Instant::now()) else {
        return unknown();
    };
    let guess = guess.trim();
    let letters = game.shown_word().len();
    let (status, message_text) = match verdict {
        Verdict::Hit => (GuessHangman_Response::HIT, format!("Yes: '{guess}'")),
        Verdict::Miss => (GuessHangman_Response::MISS, format!("No: '{guess}'")),
        Verdict::Repeated => (
            GuessHangman_Response::REPEATED,
            format!("'{guess}' was tried before, which costs nothing"),
        ),
        Verdict::Invalid => (
            GuessHangman_Response::INVALID_GUESS,
            format!(
                "{} is neither a letter from a to z nor a word of {letters} of them, which costs \
                 nothing",
                shown(guess)
            ),
        ),
        // Cannot happen: a game that is over is forgotten.
        Verdict::Over => return unknown(),
    };
    GuessHangman_Response {
        status,
        message: message_text,
        game: message(*game_id, &game),
    }
}

fn unknown() -> GuessHangman_Response {
    GuessHangman_Response {
        status: GuessHangman_Response::UNKNOWN_GAME,
        message: "There is no such game: it is over, or was forgotten".to_owned(),
        ..Default::default()
    }
}

/// A guess that may be anything, fit to be logged.
fn shown(guess: &str) -> String {
    let mut end = LONGEST_GUESS.min(guess.len());
    while !guess.is_char_boundary(end) {
        end -= 1;
    }
    let more = if end < guess.len() { "..." } else { "" };
    format!("{:?}{more}", &guess[..end])
}

fn message(id: u64, game: &Game) -> HangmanGame {
    HangmanGame {
        id,
        word: game.shown_word(),
        letters: game.letters(),
        words: game.words().map(str::to_owned).collect(),
        lives: game.lives(),
        outcome: Outcome {
            value: match game.end() {
                None => Outcome::UNDECIDED,
                Some(End::Won) => Outcome::WON,
                Some(End::Lost) => Outcome::LOST,
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_those_of_the_interface() {
        assert_eq!(LIVES, HangmanGame::LIVES);
        let longest = usize::from(GuessHangman_Request::MAX_GUESS_BYTES);
        assert_eq!(LONGEST_GUESS, longest);
    }

    #[test]
    fn guesses_are_shown_short_and_harmless() {
        assert_eq!(shown("a\u{1b}[2J"), r#""a\u{1b}[2J""#);
        let long = shown(&"é".repeat(1_000_000));
        assert_eq!(long, format!("{:?}...", "é".repeat(LONGEST_GUESS / 2)));
    }
}
