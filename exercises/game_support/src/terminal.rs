// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A conversation with the user: questions and answers, one line each.
//!
//! Standard input is read on a thread of its own, because reading it blocks, and the executor has
//! to go on spinning: a signal, or the end of the server, is noticed while the user thinks.
//!
//! Input may as well come from a pipe, as in `printf 'rock\npaper\n' | client`. The answers are then
//! repeated behind the questions, so that what is printed reads like what a terminal would show.

use anstyle::{AnsiColor, Style};
use anyhow::Context;
use std::{
    fmt::Display,
    io::{self, BufRead, IsTerminal, Read, Write},
    thread,
};
use tokio::sync::mpsc;

/// The style of good news.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// The style of bad news.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// The style of a notice.
pub const NOTE: Style = AnsiColor::Yellow.on_default();

/// What the user types to leave; so does the end of the input, which is Ctrl-D on a terminal.
pub const QUIT: &str = "/quit";

/// The longest answer, in bytes; what is beyond is dropped.
const LONGEST: usize = 1000;

/// Standard input and standard output.
pub struct Terminal {
    /// With their newlines; at the end of the input, there is an empty one.
    lines: mpsc::Receiver<io::Result<Vec<u8>>>,
    repeats_answers: bool,
}

impl Terminal {
    /// Begins to read standard input.
    ///
    /// # Errors
    ///
    /// When the operating system refuses a thread.
    pub fn open() -> anyhow::Result<Self> {
        // No more is read than was asked for, plus one line.
        let (sender, lines) = mpsc::channel(1);
        thread::Builder::new()
            .name("input".to_owned())
            .spawn(move || {
                let mut input = io::stdin().lock();
                loop {
                    let mut line = Vec::new();
                    let mut part = input.by_ref().take(LONGEST as u64);
                    let mut result = part.read_until(b'\n', &mut line);
                    if line.len() == LONGEST && !line.ends_with(b"\n") {
                        result = input.skip_until(b'\n');
                        line.push(b'\n');
                    }
                    // To read on would wait for Ctrl-D once more.
                    let is_last = !line.ends_with(b"\n");
                    if sender.blocking_send(result.map(|_| line)).is_err() || is_last {
                        return;
                    }
                }
            })
            .context("Cannot start the thread that reads the input")?;
        Ok(Self {
            lines,
            repeats_answers: !io::stdin().is_terminal(),
        })
    }

    /// Asks, and waits for the answer, without spaces around it; `None` when the user leaves.
    ///
    /// # Errors
    ///
    /// When standard input cannot be read, or standard output cannot be written.
    pub async fn ask(&mut self, question: &str) -> io::Result<Option<String>> {
        let mut output = anstream::stdout();
        write!(output, "{question} ")?;
        output.flush()?;
        let line = self.lines.recv().await.transpose()?.unwrap_or_default();
        if line.is_empty() {
            writeln!(output)?;
            return Ok(None);
        }
        // As when Ctrl-D is typed twice after a text.
        let is_last = !line.ends_with(b"\n");
        let text = String::from_utf8_lossy(&line).trim().to_owned();
        if self.repeats_answers {
            writeln!(output, "{}", harmless(&text))?;
        } else if is_last {
            writeln!(output)?;
        }
        Ok((text != QUIT).then_some(text))
    }

    /// Says something, in a line of its own or several.
    ///
    /// # Errors
    ///
    /// When standard output cannot be written.
    pub fn say(&self, text: impl Display) -> io::Result<()> {
        writeln!(anstream::stdout(), "{text}")
    }

    /// Says something in one of the styles above.
    ///
    /// # Errors
    ///
    /// When standard output cannot be written.
    pub fn say_in(&self, style: Style, text: impl Display) -> io::Result<()> {
        self.say(format_args!("{style}{text}{style:#}"))
    }
}

/// Whether the user wants another game, from the answer to a question that ends with `[Y/n]`; `None`
/// when the answer is neither yes nor no.
pub fn wants_another(answer: &str) -> Option<bool> {
    match answer.to_lowercase().as_str() {
        "" | "y" | "yes" => Some(true),
        "n" | "no" => Some(false),
        _ => None,
    }
}

/// `text` with an escape for each character that would steer the terminal instead of showing.
///
/// Text from another process goes through this.
pub fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\'' | '"' | '\\' => shown.push(character),
            _ => shown.extend(character.escape_debug()),
        }
    }
    shown
}

/// Ends the line in which a terminal shows `^C`.
pub fn break_line() {
    if io::stdout().is_terminal() {
        // A terminal that is closed needs no line.
        let _ = writeln!(io::stdout());
    }
}
