// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Plays Hangman against the server.

use game_support::program;
use hangman::client;

fn main() {
    program::run_client(client::play)
}
