// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Many calls from one process, each one counted: `stress_caller --lanes 16 --seconds 60`.
//!
//! A lane makes one call after the other. No two calls of one caller ask for the same sum, and
//! callers with different `--identity` ask for different ones, so that a reply that belongs to
//! another call cannot pass for the right one. Every call ends in one of four ways, see [`End`].
//!
//! The counts so far are printed twice a second, one JSON object per line; the last line has
//! `"done":true`. SIGINT and SIGTERM make the lanes end after their present call.

mod counts;

use anyhow::{anyhow, Context as _};
use async_io::Timer;
use clap::Parser;
use counts::{Counts, End};
use rclrs::{Context, ExecutorCommands, InitOptions, RclrsErrorFilter, SpinOptions};
use rust_add_two_ints::{
    failure::Failure, report, shutdown::Shutdown,
    single_threaded_executor::CreateSingleThreadedExecutor, time_limit::within, MinimalClientAsync,
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Makes many calls of add_two_ints and counts what becomes of them.
#[derive(Parser)]
struct Arguments {
    /// How many calls are under way at once
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
    /// How long each lane rests after a call, in seconds
    #[arg(long, default_value_t = 0.0)]
    rest: f64,
    /// The second addend of all calls, which tells callers apart
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    identity: i64,
}

fn main() {
    report::exit_with(run)
}

fn run() -> anyhow::Result<()> {
    let shutdown = Shutdown::on_signals_at_leisure()?;
    let ros_arguments: Vec<String> = std::env::args().collect();
    let own = rclrs::extract_non_ros_args(ros_arguments.iter().cloned())?;
    let arguments = Arc::new(Arguments::parse_from(own));
    let context = Context::new(ros_arguments, InitOptions::default())?;
    let mut executor = context.create_single_threaded_executor();
    let commands = Arc::clone(executor.commands());

    let counts = Arc::new(Counts::default());
    let calls = make_calls(commands, arguments, shutdown, Arc::clone(&counts));
    let calls = executor.commands().run(calls);
    let (mut outcome, done) = executor.commands().create_notice(calls);
    executor
        .spin(SpinOptions::new().until_promise_resolved(done))
        .first_error()?;
    counts.print(true);
    report::leave_in_time(match outcome.try_recv() {
        Ok(Some(outcome)) => outcome,
        _ => Err(anyhow!("The executor stopped before the calls were over")),
    })
}

async fn make_calls(
    commands: Arc<ExecutorCommands>,
    arguments: Arc<Arguments>,
    shutdown: Shutdown,
    counts: Arc<Counts>,
) -> anyhow::Result<()> {
    let limit = Duration::from_secs_f64(arguments.patience);
    let client = MinimalClientAsync::new(&commands, Some(limit)).await?;
    let client = Arc::new(Mutex::new(client));
    let end = arguments
        .seconds
        .map(|seconds| Instant::now() + Duration::from_secs_f64(seconds));
    let printing = commands.query({
        let counts = Arc::clone(&counts);
        async move { counts.print_regularly().await }
    });
    let lanes: Vec<_> = (0..arguments.lanes)
        .map(|_| {
            let client = Arc::clone(&client);
            let arguments = Arc::clone(&arguments);
            let shutdown = shutdown.clone();
            let counts = Arc::clone(&counts);
            commands.run(async move {
                while shutdown.signal().is_none() && end.is_none_or(|end| Instant::now() < end) {
                    let Some(number) = counts.send(arguments.calls) else {
                        break;
                    };
                    let started = Instant::now();
                    let future = client
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .send_request(number, arguments.identity);
                    let end = match within(limit, future).await {
                        Some(Ok(response)) if response.sum == number + arguments.identity => {
                            End::Right
                        }
                        Some(Ok(_)) => End::Wrong,
                        Some(Err(failure)) => End::reported(failure),
                        None => End::Lost,
                    };
                    counts.end(end, started)?;
                    if arguments.rest > 0.0 {
                        Timer::after(Duration::from_secs_f64(arguments.rest)).await;
                    }
                }
                Ok::<_, Failure>(())
            })
        })
        .collect();
    for lane in lanes {
        lane.await.context("A lane ended before its calls did")??;
    }
    drop(printing);
    Ok(())
}
