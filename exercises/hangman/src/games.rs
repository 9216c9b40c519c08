// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! All games that the server remembers: the payload of its worker.

use crate::rules::{Game, Verdict, Word};
use game_support::sessions::{Limits, Sessions};
use rand::{seq::IndexedRandom, RngExt};
use std::time::Instant;

/// The server's memory.
pub struct Games {
    words: Vec<Word>,
    games: Sessions<u64, Game>,
}

impl Games {
    /// No games yet; there has to be at least one word.
    pub fn new(words: Vec<Word>) -> Self {
        Self {
            words,
            games: Sessions::default(),
        }
    }

    /// Begins a game, and gives it a random number, so that no other client can guess it; `None` when there are as many
    /// games as there may be.
    pub fn start(&mut self, limits: Limits, now: Instant) -> Option<(u64, Game)> {
        let mut random = rand::rng();
        let word = self.words.choose(&mut random)?.clone();
        let id = random.random_range(1..=u64::MAX);
        let game = self.games.insert(id, Game::new(word), limits, now)?;
        Some((id, game.clone()))
    }

    /// Guesses in a game; `None` when there is no such game. A game that is over is forgotten.
    pub fn guess(
        &mut self,
        id: u64,
        guess: &str,
        limits: Limits,
        now: Instant,
    ) -> Option<(Verdict, Game)> {
        let game = self.games.find(&id, limits, now)?;
        let verdict = game.guess(guess);
        let game = game.clone();
        if game.end().is_some() {
            self.games.remove(&id);
        }
        Some((verdict, game))
    }

    /// How many games take up room.
    pub fn count(&self) -> usize {
        self.games.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const LIMITS: Limits = Limits {
        capacity: 3,
        forget_after: Duration::from_secs(60),
    };

    fn games() -> Games {
        let words = ["node", "topic"].map(|word| Word::new(word).expect("a word"));
        Games::new(words.into())
    }

    #[test]
    fn a_new_game_is_refused_until_an_abandoned_one_expires() {
        let (mut games, now) = (games(), Instant::now());
        let ids: Vec<u64> = (0..3)
            .map(|_| games.start(LIMITS, now).expect("a game").0)
            .collect();
        assert!(games.start(LIMITS, now).is_none());
        let later = now + LIMITS.forget_after;
        assert!(games.guess(ids[0], "o", LIMITS, later).is_some());
        assert!(games.start(LIMITS, later).is_none());
        let later = later + Duration::from_secs(1);
        let (new, _) = games.start(LIMITS, later).expect("a game");
        assert_eq!(games.count(), 2);
        for (id, remembered) in [
            (ids[0], true),
            (ids[1], false),
            (ids[2], false),
            (new, true),
        ] {
            assert_eq!(games.guess(id, "i", LIMITS, later).is_some(), remembered);
        }
    }

    #[test]
    fn a_game_is_forgotten_even_where_there_is_room() {
        let (mut games, now) = (games(), Instant::now());
        let (id, _) = games.start(LIMITS, now).expect("a game");
        let later = now + LIMITS.forget_after + Duration::from_secs(1);
        assert!(games.guess(id, "o", LIMITS, later).is_none());
        assert_eq!(games.count(), 0);
    }

    #[test]
    fn a_game_is_refused_as_fast_by_a_server_with_a_hundred_times_the_games() {
        let now = Instant::now();
        let mut servers = [1_000, 100_000].map(|capacity| {
            let limits = Limits { capacity, ..LIMITS };
            let mut games = games();
            for _ in 0..capacity {
                games.start(limits, now).expect("a game");
            }
            (games, limits)
        });
        // By turns, and the shortest of each, because the machine may have other work.
        let mut shortest = [Duration::MAX; 2];
        for _ in 0..10 {
            for ((games, limits), shortest) in servers.iter_mut().zip(&mut shortest) {
                let start = Instant::now();
                for _ in 0..100 {
                    assert!(games.start(*limits, now).is_none());
                }
                *shortest = start.elapsed().min(*shortest);
            }
        }
        let [few, many] = shortest;
        assert!(
            many < few * 10,
            "{many:?} with many games, {few:?} with few"
        );
    }

    #[test]
    fn all_words_come() {
        let (mut games, now) = (games(), Instant::now());
        let limits = Limits {
            capacity: 1000,
            ..LIMITS
        };
        let lengths: Vec<usize> = (0..100)
            .filter_map(|_| games.start(limits, now))
            .map(|(_, game)| game.shown_word().len())
            .collect();
        assert!(lengths.contains(&4) && lengths.contains(&5));
    }
}
