// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Many calls from one process, each one counted: `stress_caller --lanes 16`.
//!
//! A lane makes one call after the other. No two calls of one caller ask for the same sum, and callers
//! with different `--identity` ask for different ones, so that a response to another call is never taken
//! for the right one.
//!
//! The counts so far are printed twice a second, one JSON object per line; the last line has
//! `"done":true`. At the end of stdin each lane ends with the call that it has in flight.

mod counts;

use clap::Parser;
use counts::{Caller, Counts, End};
use rclrs::ExecutorCommands;
use rclrs_runtime::{exit_with, Error};
use rust_add_two_ints::{arguments::TimeLimits, MinimalClientAsync};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Makes many calls of add_two_ints and counts their results.
#[derive(Parser)]
struct Arguments {
    /// How many calls are in flight at once
    #[arg(long, default_value_t = 1)]
    lanes: i64,
    /// How many calls to make in all [default: no limit]
    #[arg(long)]
    calls: Option<i64>,
    /// How long a call may take before it counts as lost, in seconds
    #[arg(long, default_value_t = 60.0)]
    patience: f64,
    /// The second addend of all calls, different for each caller
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    identity: i64,
}

fn main() {
    exit_with(|| counts::run(make_calls))
}

async fn make_calls(
    commands: Arc<ExecutorCommands>,
    arguments: Arguments,
    counts: Arc<Counts>,
) -> anyhow::Result<()> {
    let limit = Some(Duration::from_secs_f64(arguments.patience));
    let limits = TimeLimits {
        wait_timeout: limit,
        reply_timeout: limit,
    };
    let client = MinimalClientAsync::new(&commands, limits).await?;
    let client = Arc::new(Mutex::new(client));
    let lane = |_| Lane {
        client: Arc::clone(&client),
        identity: arguments.identity,
    };
    let lanes = (0..arguments.lanes).map(lane);
    counts::make_calls(&commands, &counts, arguments.calls, lanes).await
}

/// One of those that use the client of the process.
struct Lane {
    client: Arc<Mutex<MinimalClientAsync>>,
    identity: i64,
}

impl Caller for Lane {
    async fn call(&mut self, number: i64) -> Result<End, Error> {
        let response = self
            .client
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .send_request(number, self.identity);
        match response.await?.sum == number + self.identity {
            true => Ok(End::Right),
            false => Ok(End::Wrong),
        }
    }
}
