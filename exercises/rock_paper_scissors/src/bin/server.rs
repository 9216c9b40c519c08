// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Offers Rock Paper Scissors until SIGINT or SIGTERM.

use clap::Parser;
use game_support::program::{self, SERVER_EXIT_CODES};
use rock_paper_scissors::server::RockPaperScissors;

/// What `--help` says below its options, before the exit codes.
const PARAMETERS: &str = "\
Parameters:
  best_of       at most how many rounds of a match count: odd, 1 to 99 (default 3)
  seed          a whole number: the server shows the same hands in each run (default: random)
  capacity      how many matches may be played at once, and players be remembered (default 10000)
  forget_after  for how many seconds a player is remembered who does nothing (default 1800)";

/// The arguments that are not for ROS: there are none but `--help` and `--version`.
#[derive(Debug, Parser)]
#[command(name = "server", version, after_help = format!("{PARAMETERS}\n\n{SERVER_EXIT_CODES}"))]
#[command(about = "Offers the ROS 2 service play_hand: Rock Paper Scissors")]
struct Arguments {}

fn main() {
    program::run_server::<Arguments, _>(RockPaperScissors::create)
}
