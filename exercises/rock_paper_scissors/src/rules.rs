// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The rules of Rock Paper Scissors.

/// What a side shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// Blunts scissors.
    Rock,
    /// Wraps rock.
    Paper,
    /// Cut paper.
    Scissors,
}

/// How a round or a match has ended, as the player sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The player has won.
    Won,
    /// The player has lost.
    Lost,
    /// Both have shown the same.
    Drawn,
}

impl Hand {
    /// All hands there are.
    pub const ALL: [Self; 3] = [Self::Rock, Self::Paper, Self::Scissors];

    /// The hand that this one beats.
    pub fn beats(self) -> Self {
        match self {
            Self::Rock => Self::Scissors,
            Self::Scissors => Self::Paper,
            Self::Paper => Self::Rock,
        }
    }

    /// The outcome of a round for the player of this hand.
    pub fn against(self, other: Self) -> Outcome {
        if self == other {
            Outcome::Drawn
        } else if self.beats() == other {
            Outcome::Won
        } else {
            Outcome::Lost
        }
    }
}

/// How many rounds have ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Rounds that the player has won.
    pub won: u32,
    /// Rounds that the player has lost.
    pub lost: u32,
    /// Rounds that were drawn.
    pub drawn: u32,
}

impl Score {
    /// Counts one more round.
    pub fn count(&mut self, outcome: Outcome) {
        let rounds = match outcome {
            Outcome::Won => &mut self.won,
            Outcome::Lost => &mut self.lost,
            Outcome::Drawn => &mut self.drawn,
        };
        // A player who never sleeps gets there after a year or two.
        *rounds = rounds.saturating_add(1);
    }

    /// Who has won a match of `best_of` rounds with this score: the first side with more than half
    /// of them. `None` before that. Rounds that were drawn do not count.
    pub fn decides(&self, best_of: u8) -> Option<Outcome> {
        let enough = u32::from(best_of) / 2 + 1;
        if self.won >= enough {
            Some(Outcome::Won)
        } else if self.lost >= enough {
            Some(Outcome::Lost)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Hand::{Paper, Rock, Scissors};
    use Outcome::{Drawn, Lost, Won};

    #[test]
    fn every_pair_of_hands_has_its_outcome() {
        let outcomes = [
            (Rock, Rock, Drawn),
            (Rock, Paper, Lost),
            (Rock, Scissors, Won),
            (Paper, Rock, Won),
            (Paper, Paper, Drawn),
            (Paper, Scissors, Lost),
            (Scissors, Rock, Lost),
            (Scissors, Paper, Won),
            (Scissors, Scissors, Drawn),
        ];
        for (one, other, outcome) in outcomes {
            assert_eq!(one.against(other), outcome, "{one:?} against {other:?}");
        }
    }

    #[test]
    fn a_match_is_decided_by_more_than_half_of_its_rounds_and_not_before() {
        for best_of in (1..=99).step_by(2) {
            let enough = u32::from(best_of) / 2 + 1;
            for won in 0..=enough {
                for lost in 0..=enough {
                    let score = Score {
                        won,
                        lost,
                        drawn: 7,
                    };
                    let expected = match (won == enough, lost == enough) {
                        (true, _) => Some(Won),
                        (false, true) => Some(Lost),
                        (false, false) => None,
                    };
                    assert_eq!(score.decides(best_of), expected, "{score:?} of {best_of}");
                }
            }
        }
    }

    #[test]
    fn a_score_counts_each_outcome_and_stays_at_its_limit() {
        let mut score = Score::default();
        for outcome in [Won, Lost, Lost, Drawn, Drawn, Drawn] {
            score.count(outcome);
        }
        let expected = Score {
            won: 1,
            lost: 2,
            drawn: 3,
        };
        assert_eq!(score, expected);
        score.won = u32::MAX;
        score.count(Won);
        assert_eq!(score.won, u32::MAX);
    }
}
