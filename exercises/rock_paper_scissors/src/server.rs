// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The server: a node that offers the service `play_hand`.

use crate::{
    games::{Games, Name, Played, Refusal, Round, LONGEST_NAME},
    rules,
};
use game_support::parameters::{declare, LimitParameters};
use rclrs::{
    log_info, ExecutorCommands, IntoPrimitiveOptions, MandatoryParameter, Node, WorkerService,
};
use rclrs_runtime::{create_node, Error, SERVICE_QUEUE_DEPTH};
use ros_env::tutorial_game_interfaces::{
    msg::{Hand, Outcome, Score},
    srv::{PlayHand, PlayHand_Request, PlayHand_Response},
};
use std::{sync::Arc, time::Instant};

/// A node named `rock_paper_scissors` that plays against any number of players.
pub struct RockPaperScissors {
    _srv: WorkerService<PlayHand, Games>,
}

impl RockPaperScissors {
    /// Creates the node and its service on the executor that `commands` belong to.
    ///
    /// # Errors
    ///
    /// [`Error::Rcl`] when rcl refuses the node or the service; [`Error::Parameter`] when a
    /// parameter was set to a value that is not allowed.
    pub fn create(commands: &Arc<ExecutorCommands>) -> Result<(Node, Self), Error> {
        let node = create_node(commands, "rock_paper_scissors")?;
        let best_of = declare(
            &node,
            "best_of",
            3_i64,
            "At most how many rounds of a match count",
            "an odd number from 1 to 99",
            |rounds| (1..=99).contains(rounds) && rounds % 2 == 1,
        )?;
        let seed = node
            .declare_parameter::<i64>("seed")
            .description("Makes the server show the same hands in each run; read at the start")
            .optional()
            .map_err(|error| Error::parameter("seed", "a whole number", error))?;
        let limits = LimitParameters::declare(&node)?;

        // The state lives in the worker, which lends it to each callback in turn: no callback ever
        // sees another at work, and there is no lock to forget.
        let worker = node.create_worker(Games::new(seed.get().map(|seed| seed as u64)));
        let callback_node = Arc::clone(&node);
        let srv = worker.create_service(
            "play_hand".keep_last(SERVICE_QUEUE_DEPTH),
            move |games: &mut Games, request: PlayHand_Request| {
                let response = play(games, &request, &best_of, &limits);
                log_info!(callback_node.logger(), "{}", response.message);
                response
            },
        )?;
        Ok((node, Self { _srv: srv }))
    }
}

/// Answers a request.
fn play(
    games: &mut Games,
    request: &PlayHand_Request,
    best_of: &MandatoryParameter<i64>,
    limits: &LimitParameters,
) -> PlayHand_Response {
    let Some(player) = Name::new(&request.player) else {
        let message = format!(
            "A name has 1 to {LONGEST_NAME} bytes of UTF-8, and no control characters in it"
        );
        return refused(PlayHand_Response::INVALID_PLAYER, message);
    };
    let hand = match request.hand.value {
        Hand::ROCK => rules::Hand::Rock,
        Hand::PAPER => rules::Hand::Paper,
        Hand::SCISSORS => rules::Hand::Scissors,
        other => {
            let message = format!(
                "{other} is no hand; rock is {}, paper {} and scissors {}",
                Hand::ROCK,
                Hand::PAPER,
                Hand::SCISSORS
            );
            return refused(PlayHand_Response::INVALID_HAND, message);
        }
    };
    let round = Round {
        player,
        match_id: (request.match_id != 0).then_some(request.match_id),
        hand,
    };
    let best_of = u8::try_from(best_of.get()).unwrap_or(1);
    match games.play(round, best_of, limits.get(), Instant::now()) {
        Ok(round) => played(&request.player, hand, round),
        Err(Refusal::UnknownMatch) => refused(
            PlayHand_Response::UNKNOWN_MATCH,
            format!("There is no match {} of this player", request.match_id),
        ),
        Err(Refusal::Full) => refused(
            PlayHand_Response::FULL,
            "There are too many players already, come back later".to_owned(),
        ),
    }
}

fn refused(status: u8, message: String) -> PlayHand_Response {
    PlayHand_Response {
        status,
        message,
        ..Default::default()
    }
}

fn played(player: &str, hand: rules::Hand, round: Played) -> PlayHand_Response {
    PlayHand_Response {
        status: PlayHand_Response::PLAYED,
        message: format!(
            "{player:?}: {hand:?} against {:?}: {:?}",
            round.hand, round.outcome
        ),
        hand: Hand {
            value: match round.hand {
                rules::Hand::Rock => Hand::ROCK,
                rules::Hand::Paper => Hand::PAPER,
                rules::Hand::Scissors => Hand::SCISSORS,
            },
        },
        outcome: outcome(Some(round.outcome)),
        match_id: round.match_id,
        best_of: round.best_of,
        match_score: score(round.match_score),
        match_outcome: outcome(round.match_outcome),
        total_score: score(round.total_score),
    }
}

fn outcome(outcome: Option<rules::Outcome>) -> Outcome {
    Outcome {
        value: match outcome {
            None => Outcome::UNDECIDED,
            Some(rules::Outcome::Won) => Outcome::WON,
            Some(rules::Outcome::Lost) => Outcome::LOST,
            Some(rules::Outcome::Drawn) => Outcome::DRAWN,
        },
    }
}

fn score(score: rules::Score) -> Score {
    Score {
        won: score.won,
        lost: score.lost,
        drawn: score.drawn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_be_as_long_as_the_interface_says() {
        assert_eq!(
            LONGEST_NAME,
            usize::from(PlayHand_Request::MAX_PLAYER_BYTES)
        );
    }
}
