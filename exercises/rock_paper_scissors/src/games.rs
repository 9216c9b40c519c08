// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! All matches and scores that the server remembers: the payload of its worker.

use crate::rules::{Hand, Outcome, Score};
use game_support::sessions::{Limits, Sessions};
use rand::{rngs::StdRng, seq::IndexedRandom, RngExt, SeedableRng};
use std::time::Instant;

/// The longest name of a player, in bytes.
pub const LONGEST_NAME: usize = 64;

/// The name of a player: not empty, not too long, and without control characters, which would
/// steer the terminal that shows a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a>(&'a str);

impl<'a> Name<'a> {
    /// Takes `text` for a name, unless it cannot be one.
    pub fn new(text: &'a str) -> Option<Self> {
        let valid = (1..=LONGEST_NAME).contains(&text.len()) && !text.contains(char::is_control);
        valid.then_some(Self(text))
    }
}

/// What a player asks for.
#[derive(Clone, Copy, Debug)]
pub struct Round<'a> {
    /// Who plays.
    pub player: Name<'a>,
    /// The match that goes on; `None` begins one.
    pub match_id: Option<u64>,
    /// What the player shows.
    pub hand: Hand,
}

/// What has become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Played {
    /// What the server has shown.
    pub hand: Hand,
    /// The outcome of the round.
    pub outcome: Outcome,
    /// The match that the round belongs to.
    pub match_id: u64,
    /// At most how many rounds of the match count.
    pub best_of: u8,
    /// The rounds of the match.
    pub match_score: Score,
    /// The outcome of the match, once it is decided.
    pub match_outcome: Option<Outcome>,
    /// All rounds of the player.
    pub total_score: Score,
}

/// Why a round was not played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The player has no such match.
    UnknownMatch,
    /// There are as many matches or players as there may be.
    Full,
}

/// The server's memory, and its luck.
pub struct Games {
    matches: Sessions<u64, Match>,
    totals: Sessions<String, Score>,
    luck: StdRng,
}

struct Match {
    player: String,
    best_of: u8,
    score: Score,
}

impl Games {
    /// No matches, and hands at random: always the same for the same `seed`.
    pub fn new(seed: Option<u64>) -> Self {
        Self {
            matches: Sessions::default(),
            totals: Sessions::default(),
            luck: match seed {
                Some(seed) => StdRng::seed_from_u64(seed),
                None => rand::make_rng(),
            },
        }
    }

    /// Plays a round; a match that begins with it is of `best_of` rounds.
    ///
    /// # Errors
    ///
    /// [`Refusal`] tells why the round was not played. Nothing has changed then.
    pub fn play(
        &mut self,
        round: Round,
        best_of: u8,
        limits: Limits,
        now: Instant,
    ) -> Result<Played, Refusal> {
        let Round { player, hand, .. } = round;
        let Name(player) = player;
        let (id, current) = match round.match_id {
            Some(id) => {
                let found = self.matches.find(&id, limits, now);
                let own = found.filter(|found| found.player == player);
                (id, own.ok_or(Refusal::UnknownMatch)?)
            }
            None => {
                // Not from the seed: a number that can be guessed would let others play on.
                let id = rand::rng().random_range(1..=u64::MAX);
                let new = Match {
                    player: player.to_owned(),
                    best_of,
                    score: Score::default(),
                };
                let admitted = self.matches.insert(id, new, limits, now);
                (id, admitted.ok_or(Refusal::Full)?)
            }
        };
        // A player whose total was forgotten in a long match begins another.
        let new_total = Score::default();
        let total = self
            .totals
            .find_or_insert(player.to_owned(), new_total, limits, now);
        let Some(total) = total else {
            if round.match_id.is_none() {
                self.matches.remove(&id);
            }
            return Err(Refusal::Full);
        };

        let own_hand = *Hand::ALL.choose(&mut self.luck).unwrap_or(&Hand::Rock);
        let outcome = hand.against(own_hand);
        current.score.count(outcome);
        total.count(outcome);
        let played = Played {
            hand: own_hand,
            outcome,
            match_id: id,
            best_of: current.best_of,
            match_score: current.score,
            match_outcome: current.score.decides(current.best_of),
            total_score: *total,
        };
        if played.match_outcome.is_some() {
            self.matches.remove(&id);
        }
        Ok(played)
    }

    /// How many matches are being played, and how many players have a score.
    pub fn count(&self) -> (usize, usize) {
        (self.matches.count(), self.totals.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const LIMITS: Limits = Limits {
        capacity: 1000,
        forget_after: Duration::from_secs(60),
    };

    fn round(player: &str, match_id: Option<u64>) -> Round<'_> {
        Round {
            player: Name::new(player).expect("a name"),
            match_id,
            hand: Hand::Rock,
        }
    }

    #[test]
    fn a_match_that_is_over_is_forgotten_and_its_rounds_are_not() {
        // The first hand of this seed is scissors.
        let (mut games, now) = (Games::new(Some(1)), Instant::now());
        let played = games.play(round("Ada", None), 1, LIMITS, now);
        let played = played.expect("a round");
        assert_eq!(played.match_outcome, Some(Outcome::Won));
        let again = games.play(round("Ada", Some(played.match_id)), 1, LIMITS, now);
        assert_eq!(again, Err(Refusal::UnknownMatch));
        assert_eq!(games.count(), (0, 1));
    }

    #[test]
    fn the_same_seed_shows_the_same_hands_and_all_hands_come() {
        let hands = |seed| {
            let mut games = Games::new(seed);
            let mut show = || games.play(round("Ada", None), 1, LIMITS, Instant::now());
            (0..100)
                .map(|_| show().expect("a round").hand)
                .collect::<Vec<_>>()
        };
        assert_eq!(hands(Some(7)), hands(Some(7)));
        assert_ne!(hands(Some(7)), hands(Some(8)));
        assert_ne!(hands(None), hands(None));
        for hand in Hand::ALL {
            assert!(hands(Some(7)).contains(&hand), "never {hand:?}");
        }
    }

    #[test]
    fn a_new_player_is_refused_at_the_limit_until_others_expire() {
        let (mut games, now) = (Games::new(Some(0)), Instant::now());
        let limits = Limits {
            capacity: 2,
            ..LIMITS
        };
        let mut play = |name, id, now| games.play(round(name, id), 99, limits, now);
        let ada = play("Ada", None, now).expect("a round");
        let bob = play("Bob", None, now).expect("a round");
        assert_eq!(play("Eve", None, now), Err(Refusal::Full));
        // Ada plays on, and Bob does not.
        let later = now + LIMITS.forget_after;
        assert!(play("Ada", Some(ada.match_id), later).is_ok());
        assert_eq!(play("Eve", None, later), Err(Refusal::Full));
        let later = later + Duration::from_secs(1);
        let eve = play("Eve", None, later).expect("a round");
        assert_eq!(
            play("Bob", Some(bob.match_id), later),
            Err(Refusal::UnknownMatch)
        );
        let ada = play("Ada", Some(ada.match_id), later).expect("a round");
        assert_eq!(ada.total_score, ada.match_score);
        assert!(play("Eve", Some(eve.match_id), later).is_ok());
        assert_eq!(games.count(), (2, 2));
    }
}
