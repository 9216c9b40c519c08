// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The lists of words.
//!
//! A list is a text with one word in each line. A `#` and what follows it are ignored, and so are
//! empty lines.

use crate::rules::{Word, LONGEST_GUESS};
use std::fs;

/// The list that comes with this package: the file `words.txt`, as it was when it was built.
const BUILT_IN: &str = include_str!("../words.txt");

/// The words of the list that comes with this package.
///
/// # Errors
///
/// None, as a test of this module shows.
pub fn built_in() -> Result<Vec<Word>, String> {
    parse(BUILT_IN)
}

/// Reads a list from a file.
///
/// # Errors
///
/// What is wrong with the file, and where, to stand behind the name of the parameter.
pub fn read(path: &str) -> Result<Vec<Word>, String> {
    let text =
        fs::read_to_string(path).map_err(|error| format!("cannot read '{path}': {error}"))?;
    parse(&text).map_err(|reason| format!("'{path}' {reason}"))
}

fn parse(text: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let text = line.split('#').next().unwrap_or_default().trim();
        if text.is_empty() {
            continue;
        }
        words.push(Word::new(text).ok_or_else(|| {
            // The line may be long.
            let shown: String = text.chars().take(LONGEST_GUESS).collect();
            format!(
                "has something else in line {number} than a word of 1 to {LONGEST_GUESS} letters \
                 from a to z: {shown:?}"
            )
        })?);
    }
    if words.is_empty() {
        return Err("has no word in it".to_owned());
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[Word]) -> Vec<&str> {
        words.iter().map(Word::as_str).collect()
    }

    #[test]
    fn the_list_that_comes_along_is_good() {
        let words = built_in().expect("a list without mistakes");
        let mut unique = texts(&words);
        unique.sort_unstable();
        unique.dedup();
        assert!(unique.len() > 50, "only {} words", unique.len());
        assert_eq!(unique.len(), words.len(), "some words are there twice");
        assert!(unique.iter().all(|word| word.len() > 3), "a word is short");
    }

    #[test]
    fn comments_and_empty_lines_are_no_words() {
        let words = parse("# a list\n\n  Node # of a graph\r\nTOPIC").expect("a list");
        assert_eq!(texts(&words), ["node", "topic"]);
    }

    #[test]
    fn a_list_with_a_mistake_is_refused_with_its_place() {
        for (text, reason) in [
            ("", "has no word in it"),
            ("# none", "has no word in it"),
            ("node\ntwo words", "in line 2 than a word"),
            ("größe", "in line 1 than a word"),
            ("a\u{1b}[31m", r#"from a to z: "a\u{1b}[31m""#),
        ] {
            let refused = parse(text).expect_err(text);
            assert!(refused.contains(reason), "{refused}");
        }
        let long = parse(&"a".repeat(1_000_000)).expect_err("a long word");
        assert!(long.len() < 200, "{} bytes", long.len());
    }
}
