// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The rules of Hangman.

use std::{collections::BTreeSet, fmt};

/// How many wrong guesses end a game.
pub const LIVES: u8 = 7;

/// The longest guess that is read, in bytes.
pub const LONGEST_GUESS: usize = 64;

/// What stands for a letter that was not found yet.
pub const MASK: char = '_';

/// A word that can be guessed: one or more letters from a to z, and no more than a guess may have.
#[derive(Clone, PartialEq, Eq)]
pub struct Word(String);

impl Word {
    /// Takes capital letters for small ones; `None` when there is anything but letters.
    pub fn new(text: &str) -> Option<Self> {
        let valid = (1..=LONGEST_GUESS).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        valid.then(|| Self(text.to_ascii_lowercase()))
    }

    /// The word as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Does not show the word, lest a log does.
impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a word of {} letters", self.0.len())
    }
}

/// A game: a word, and what was tried to find it.
#[derive(Clone, Debug)]
pub struct Game {
    word: Word,
    letters: BTreeSet<char>,
    words: Vec<Word>,
    lives: u8,
    solved: bool,
}

/// What has become of a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The letter is in the word, or it was the word.
    Hit,
    /// It is not, and has cost a life.
    Miss,
    /// It was tried before; nothing has changed.
    Repeated,
    /// It is neither a letter nor a word that could be it; nothing has changed.
    Invalid,
    /// The game was over already; nothing has changed.
    Over,
}

/// How a game has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The word was found.
    Won,
    /// No lives are left.
    Lost,
}

impl Game {
    /// Begins a game.
    pub fn new(word: Word) -> Self {
        Self {
            word,
            letters: BTreeSet::new(),
            words: Vec::new(),
            lives: LIVES,
            solved: false,
        }
    }

    /// Tries a letter, or the whole word.
    pub fn guess(&mut self, guess: &str) -> Verdict {
        if self.end().is_some() {
            return Verdict::Over;
        }
        let Some(guess) = Word::new(guess.trim()) else {
            return Verdict::Invalid;
        };
        let mut letters = guess.as_str().chars();
        if let (Some(letter), None) = (letters.next(), letters.next()) {
            return self.guess_letter(letter);
        }
        if guess.as_str().len() != self.word.as_str().len() {
            return Verdict::Invalid;
        }
        self.guess_word(guess)
    }

    fn guess_letter(&mut self, letter: char) -> Verdict {
        if !self.letters.insert(letter) {
            Verdict::Repeated
        } else if self.word.as_str().contains(letter) {
            Verdict::Hit
        } else {
            self.lives -= 1;
            Verdict::Miss
        }
    }

    fn guess_word(&mut self, guess: Word) -> Verdict {
        if guess == self.word {
            self.solved = true;
            Verdict::Hit
        } else if self.words.contains(&guess) {
            Verdict::Repeated
        } else {
            self.words.push(guess);
            self.lives -= 1;
            Verdict::Miss
        }
    }

    /// How the game has ended; `None` while it goes on.
    pub fn end(&self) -> Option<End> {
        let found = |letter| self.letters.contains(&letter);
        if self.solved || self.word.as_str().chars().all(found) {
            Some(End::Won)
        } else if self.lives == 0 {
            Some(End::Lost)
        } else {
            None
        }
    }

    /// The word as the player may see it: with a mask for each letter that was not found yet, and
    /// in full when the game is over.
    pub fn shown_word(&self) -> String {
        let over = self.end().is_some();
        let show = |letter: char| match over || self.letters.contains(&letter) {
            true => letter,
            false => MASK,
        };
        self.word.as_str().chars().map(show).collect()
    }

    /// All letters that were tried, in the order of the alphabet.
    pub fn letters(&self) -> String {
        self.letters.iter().collect()
    }

    /// All words that were tried and were wrong, in the order in which they were tried.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(Word::as_str)
    }

    /// How many more wrong guesses end the game.
    pub fn lives(&self) -> u8 {
        self.lives
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    fn game(word: &str) -> Game {
        Game::new(Word::new(word).expect("a word"))
    }

    /// Guesses as people, and others, make them; most from few letters, so that they hit.
    fn guess() -> impl Strategy<Value = String> {
        prop_oneof![
            8 => "[a-e]",
            4 => "[a-eA-E]{2,4}",
            1 => "[a-zA-Z]",
            1 => "[ \t]?[a-e][ \n]?",
            1 => any::<String>(),
        ]
    }

    proptest! {
        #[test]
        fn nothing_is_ever_taken_back(word in "[a-e]{1,4}", guesses in vec(guess(), 0..60)) {
            let mut game = game(&word);
            for guess in guesses {
                let before = game.clone();
                let verdict = game.guess(&guess);
                prop_assert!(game.lives() <= before.lives());
                let cost = before.lives() - game.lives();
                prop_assert_eq!(cost, u8::from(verdict == Verdict::Miss));
                for (now, then) in game.shown_word().chars().zip(before.shown_word().chars()) {
                    prop_assert!(then == MASK || now == then);
                }
                prop_assert!(before.letters().chars().all(|letter| game.letters().contains(letter)));
                prop_assert!(game.words().zip(before.words()).all(|(now, then)| now == then));
                prop_assert!(game.words().count() >= before.words().count());
                if before.end().is_some() {
                    prop_assert_eq!(verdict, Verdict::Over);
                    prop_assert_eq!(game.end(), before.end());
                }
                if matches!(verdict, Verdict::Repeated | Verdict::Invalid | Verdict::Over) {
                    prop_assert_eq!(format!("{game:?}"), format!("{before:?}"));
                }
            }
        }

        #[test]
        fn the_word_shows_just_what_was_found(word in "[a-e]{1,4}", guesses in vec(guess(), 0..60)) {
            let mut game = game(&word);
            for guess in guesses {
                game.guess(&guess);
                let expected: String = match game.end() {
                    Some(_) => word.clone(),
                    None => word
                        .chars()
                        .map(|c| if game.letters().contains(c) { c } else { MASK })
                        .collect(),
                };
                prop_assert_eq!(game.shown_word(), expected);
                if game.end().is_none() {
                    prop_assert!(game.shown_word().contains(MASK));
                    prop_assert!(game.lives() > 0);
                }
            }
        }

        #[test]
        fn a_game_always_ends(word in "[a-z]{1,12}", order in Just(('a'..='z').collect::<Vec<_>>()).prop_shuffle()) {
            let mut game = game(&word);
            for letter in order {
                game.guess(&letter.to_string());
            }
            let end = game.end();
            prop_assert!(end.is_some());
            prop_assert_eq!(end == Some(End::Lost), game.lives() == 0);
            prop_assert_eq!(game.shown_word(), word);
        }
    }

    #[test]
    fn a_game_is_won_by_its_letters() {
        let mut game = game("node");
        assert_eq!(game.shown_word(), "____");
        assert_eq!(game.guess("n"), Verdict::Hit);
        assert_eq!(game.guess(" O "), Verdict::Hit);
        assert_eq!(game.shown_word(), "no__");
        assert_eq!(game.guess("x"), Verdict::Miss);
        assert_eq!(game.guess("X"), Verdict::Repeated);
        assert_eq!((game.lives(), game.letters().as_str()), (LIVES - 1, "nox"));
        assert_eq!(game.guess("d"), Verdict::Hit);
        assert_eq!(game.end(), None);
        assert_eq!(game.guess("e"), Verdict::Hit);
        assert_eq!(game.end(), Some(End::Won));
        assert_eq!(game.shown_word(), "node");
        assert_eq!(game.guess("z"), Verdict::Over);
    }

    #[test]
    fn a_game_is_won_by_its_word_at_once() {
        let mut game = game("node");
        assert_eq!(game.guess("Nude"), Verdict::Miss);
        assert_eq!(game.guess("nude"), Verdict::Repeated);
        assert_eq!(game.guess("NODE"), Verdict::Hit);
        assert_eq!(game.end(), Some(End::Won));
        assert_eq!((game.lives(), game.letters().as_str()), (LIVES - 1, ""));
        assert_eq!(game.words().collect::<Vec<_>>(), ["nude"]);
    }

    #[test]
    fn a_game_is_lost_by_its_last_life() {
        let mut game = game("node");
        for (lost, letter) in (1..).zip("abcfghi".chars()) {
            assert_eq!(game.end(), None);
            assert_eq!(game.guess(&letter.to_string()), Verdict::Miss);
            assert_eq!(game.lives(), LIVES - lost);
        }
        assert_eq!(game.end(), Some(End::Lost));
        assert_eq!(game.shown_word(), "node");
    }

    #[test]
    fn what_cannot_be_a_guess_costs_nothing() {
        let mut game = game("node");
        let long = "a".repeat(LONGEST_GUESS + 1);
        for guess in [
            "",
            " ",
            "1",
            "é",
            "ｎ",
            "no",
            "nodes",
            "n o",
            "no\u{301}de",
            "n\0",
            "_",
            &long,
        ] {
            assert_eq!(game.guess(guess), Verdict::Invalid, "{guess:?}");
        }
        assert_eq!((game.lives(), game.letters().as_str()), (LIVES, ""));
    }

    #[test]
    fn a_game_does_not_give_its_word_away_when_it_is_logged() {
        assert!(!format!("{:?}", game("node")).contains("node"));
    }
}
