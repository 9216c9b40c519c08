// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Offers Rock Paper Scissors until SIGINT or SIGTERM.

use clap::Parser;
use game_support::program;
use rock_paper_scissors::server::RockPaperScissors;

/// What `--help` says below its options.
const AFTER_HELP: &str = "\
Parameters:
  best_of       at most how many rounds of a match count: odd, 1 to 99 (default 3)
  seed          a whole number: the server shows the same hands in each run (default: random)
  capacity      how many matches may be played at once, and players be remembered (default 10000)
  forget_after  for how many seconds a player is remembered who does nothing (default 1800)

Exit codes:
    0  stopped by SIGINT (Ctrl-C) or SIGTERM
    1  any other error
    2  bad arguments
   75  Fast DDS failed below the server: restart it
  130  SIGINT, and the server did not shut down within two seconds
  143  the same for SIGTERM

Arguments after --ros-args belong to ROS, for example: server --ros-args -p best_of:=5";

/// The arguments that are not for ROS: there are none but `--help` and `--version`.
#[derive(Debug, Parser)]
#[command(name = "server", version, after_help = AFTER_HELP)]
#[command(about = "Offers the ROS 2 service play_hand: Rock Paper Scissors")]
struct Arguments {}

fn main() {
    program::run_server::<Arguments, _>(RockPaperScissors::create)
}
