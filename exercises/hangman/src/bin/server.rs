// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Offers Hangman until SIGINT or SIGTERM.

use clap::Parser;
use game_support::program;
use hangman::server::Hangman;

/// What `--help` says below its options.
const AFTER_HELP: &str = "\
Parameters:
  word_list     a file with words, one in each line (default: a list that comes along)
  capacity      how many games may be played at once (default 10000)
  forget_after  for how many seconds a player is remembered who does nothing (default 1800)

Exit codes:
    0  stopped by SIGINT (Ctrl-C) or SIGTERM
    1  any other error
    2  bad arguments
   75  Fast DDS failed below the server: restart it
  130  SIGINT, and the server did not shut down within two seconds
  143  the same for SIGTERM

Arguments after --ros-args belong to ROS, for example: server --ros-args -p word_list:=words.txt";

/// The arguments that are not for ROS: there are none but `--help` and `--version`.
#[derive(Debug, Parser)]
#[command(name = "server", version, after_help = AFTER_HELP)]
#[command(about = "Offers the ROS 2 services start_hangman and guess_hangman")]
struct Arguments {}

fn main() {
    program::run_server::<Arguments, _>(Hangman::create)
}
