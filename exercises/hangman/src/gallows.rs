// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The drawing.

use crate::rules::LIVES;

/// What is drawn with so many lives left: just the ground at first, everything in the end.
pub fn drawing(lives: u8) -> String {
    let wrong = LIVES.saturating_sub(lives);
    // Each part appears with the wrong guess of this number.
    let part = |number: u8, text: &'static str| {
        if wrong >= number {
            text
        } else {
            &"       "[..text.len()]
        }
    };
    let lines = [
        format!("  {}", part(1, "+---+")),
        format!("  {}   {}", part(1, "|"), part(2, "|")),
        format!("  {}   {}", part(1, "|"), part(3, "O")),
        format!(
            "  {}  {}{}{}",
            part(1, "|"),
            part(5, "/"),
            part(4, "|"),
            part(6, "\\")
        ),
        format!("  {}  {}", part(1, "|"), part(7, "/ \\")),
        "=========".to_owned(),
    ];
    let lines = lines.map(|line| line.trim_end().to_owned());
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

    #[test]
    fn the_last_drawing_is_complete() {
        let expected = "  +---+\n  |   |\n  |   O\n  |  /|\\\n  |  / \\\n=========";
        assert_eq!(drawing(0), expected);
    }
}
