// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The drawing.

use crate::rules::LIVES;

const COMPLETE: &str = "  +---+\n  |   |\n  |   O\n  |  /|\\\n  |  / \\\n=========";

/// The wrong guess with which each character of it appears.
const WRONG_GUESS: &str = "  11111\n  1   2\n  1   3\n  1  546\n  1  7 7\n000000000";

/// What is drawn with so many lives left: just the ground at first, everything in the end.
pub fn drawing(lives: u8) -> String {
    let wrong = u32::from(LIVES.saturating_sub(lives));
    let show = |(character, number): (char, char)| match number.to_digit(10) {
        Some(number) if number > wrong => ' ',
        _ => character,
    };
    let shown: String = COMPLETE
        .chars()
        .zip(WRONG_GUESS.chars())
        .map(show)
        .collect();
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    lines.join("\n").trim_start_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_guess_adds_to_the_drawing() {
        let ink = |lives| {
            let drawing = drawing(lives);
            assert!(drawing.lines().all(|line| !line.is_empty()), "{drawing}");
            drawing.chars().filter(|c| !c.is_whitespace()).count()
        };
        for lives in 1..=LIVES {
            assert!(ink(lives) < ink(lives - 1), "with {lives} lives");
        }
    }
}
