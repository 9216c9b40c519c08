// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Many calls from one process, each one counted: `stress_caller --lanes 16 --seconds 60`.
//!
//! A lane makes one call after the other. No two calls of one caller ask for the same sum, and callers
//! with different `--identity` ask for different ones, so that a response to another call is never taken
//! for the right one.
//!
//! The counts so far are printed twice a second, one JSON object per line; the last line has
//! `"done":true`. At the end of stdin each lane ends with the call that it has in flight.

mod counts;

use anyhow::Context as _;
use clap::Parser;
use counts::{Counts, End};
use rclrs::ExecutorCommands;
use rclrs_runtime::{exit_with, Error};
use rust_add_two_ints::{arguments::TimeLimits, MinimalClientAsync};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
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
    /// For how long to make calls [default: no limit]
    #[arg(long)]
    seconds: Option<f64>,
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
    let arguments = Arc::new(arguments);
    let stop = (arguments.seconds).map(|seconds| Instant::now() + Duration::from_secs_f64(seconds));
    let lane = |_| {
        let (client, arguments) = (Arc::clone(&client), Arc::clone(&arguments));
        let counts = Arc::clone(&counts);
        commands.run(async move {
            while stop.is_none_or(|stop| Instant::now() < stop) {
                let Some(number) = counts.send(arguments.calls) else {
                    break;
                };
                let started = Instant::now();
                let response = client
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .send_request(number, arguments.identity);
                let result = response.await.map(|response| {
                    match response.sum == number + arguments.identity {
                        true => End::Right,
                        false => End::Wrong,
                    }
                });
                counts.end(result, started)?;
            }
            Ok::<_, Error>(())
        })
    };
    let lanes: Vec<_> = (0..arguments.lanes).map(lane).collect();
    for lane in lanes {
        lane.await.context("A lane ended before its calls did")??;
    }
    Ok(())
}
