// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Shows what the generated message crates are like, for `underlay/test/test_message_crates.py`.
//!
//! `message_crates inspect` prints a line of JSON for each message: its layout, its defaults and
//! its constants. `message_crates travel VALUES` sends the values in a JSON file to the peer in
//! Python and back, and takes the peer's ones, as described in [`travel`].

mod inspect;
mod travel;

/// What the test writes anew for each build: it names every message, field and constant.
mod generated {
    use crate::inspect::Inspection;
    use crate::travel::Trips;

    include!(env!("MESSAGE_CRATES_SOURCE"));
}

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words[..] {
        ["inspect"] => {
            generated::inspect_all();
            Ok(())
        }
        ["travel", values] => travel::run(values),
        _ => Err("usage: message_crates inspect | travel VALUES".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("message_crates: {error}");
            ExitCode::FAILURE
        }
    }
}
