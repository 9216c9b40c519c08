// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Offers Hangman until SIGINT or SIGTERM.

use clap::Parser;
use game_support::program::{self, SERVER_EXIT_CODES};
use hangman::server::Hangman;

/// What `--help` says below its options, before the exit codes.
const PARAMETERS: &str = "\
Parameters:
  word_list     a file with words, one in each line (default: a list that comes along)
  capacity      how many games may be played at once (default 10000)
  forget_after  for how many seconds a player is remembered who does nothing (default 1800)";

/// The arguments that are not for ROS: there are none but `--help` and `--version`.
#[derive(Debug, Parser)]
#[command(name = "server", version, after_help = format!("{PARAMETERS}\n\n{SERVER_EXIT_CODES}"))]
#[command(about = "Offers the ROS 2 services start_hangman and guess_hangman")]
struct Arguments {}

fn main() {
    program::run_server::<Arguments, _>(Hangman::create)
}
