// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What the programs of the stress suite have in common: they make calls until stdin ends, and count the
//! results.

use anyhow::Context as _;
use async_io::Timer;
use clap::Parser;
use rclrs::ExecutorCommands;
use rclrs_runtime::{Error, Runtime};
use std::{
    future::Future,
    io::{self, Write},
    sync::{
        atomic::{AtomicBool, AtomicI64, Ordering::Relaxed},
        Arc,
    },
    thread,
    time::{Duration, Instant},
};

/// What became of a call for which the client returned no error.
pub enum End {
    /// The right response arrived.
    Right,
    /// A response arrived that cannot be the right one.
    Wrong,
    /// The server reported that the call failed.
    #[allow(dead_code, reason = "add_two_ints reports nothing")]
    Reported,
}

/// A client that makes one call after the other.
pub trait Caller: Send + 'static {
    /// Makes the call with this number, and checks its response.
    fn call(&mut self, number: i64) -> impl Future<Output = Result<End, Error>> + Send;
}

/// Lets all `callers` make calls at once, until there were `limit` in all, or stdin has ended.
pub async fn make_calls<C: Caller>(
    commands: &Arc<ExecutorCommands>,
    counts: &Arc<Counts>,
    limit: Option<i64>,
    callers: impl Iterator<Item = C>,
) -> anyhow::Result<()> {
    let begin = |mut caller: C| {
        let counts = Arc::clone(counts);
        commands.run(async move {
            while let Some(number) = counts.send(limit) {
                let started = Instant::now();
                let result = caller.call(number).await;
                counts.end(result, started)?;
            }
            Ok::<_, Error>(())
        })
    };
    for caller in callers.map(begin).collect::<Vec<_>>() {
        caller
            .await
            .context("A caller ended before its calls did")??;
    }
    Ok(())
}

/// The results of the calls so far.
#[derive(Default)]
pub struct Counts {
    sent: AtomicI64,
    right: AtomicI64,
    wrong: AtomicI64,
    reported: AtomicI64,
    lost: AtomicI64,
    /// The longest time until a right response, in milliseconds.
    slowest: AtomicI64,
    stopped: AtomicBool,
}

impl Counts {
    /// Counts one more call, and returns how many there were before; `None` when there were `limit`
    /// already, or stdin has ended.
    fn send(&self, limit: Option<i64>) -> Option<i64> {
        if self.stopped.load(Relaxed) {
            return None;
        }
        let number = self.sent.fetch_add(1, Relaxed);
        if limit.is_some_and(|limit| number >= limit) {
            self.sent.fetch_sub(1, Relaxed);
            return None;
        }
        Some(number)
    }

    /// Counts the result of a call that was made at `started`.
    ///
    /// # Errors
    ///
    /// The reason why no call can succeed any more.
    fn end(&self, result: Result<End, Error>, started: Instant) -> Result<(), Error> {
        let count = match &result {
            Ok(End::Right) => {
                let took = started.elapsed().as_millis() as i64;
                self.slowest.fetch_max(took, Relaxed);
                &self.right
            }
            Ok(End::Wrong) => &self.wrong,
            Err(Error::NoResponse { .. }) => &self.lost,
            Ok(End::Reported) | Err(_) => &self.reported,
        };
        count.fetch_add(1, Relaxed);
        match result {
            Err(error @ Error::Unreachable) => Err(error),
            _ => Ok(()),
        }
    }

    /// Prints them as a line of JSON; `done` marks the last one.
    fn print(&self, done: bool) {
        // The reader of this may have exited, which is no error here.
        let _ = writeln!(
            io::stdout(),
            "{{\"sent\":{},\"right\":{},\"wrong\":{},\"reported\":{},\"lost\":{},\
             \"slowest_ms\":{},\"done\":{done}}}",
            self.sent.load(Relaxed),
            self.right.load(Relaxed),
            self.wrong.load(Relaxed),
            self.reported.load(Relaxed),
            self.lost.load(Relaxed),
            self.slowest.load(Relaxed),
        );
    }
}

/// Runs a program: makes the calls, prints the counts twice a second, and once more at the end.
///
/// At the end of stdin no new call is made, and those in flight end, which may take long. A signal would
/// leave them two seconds.
pub fn run<A, F>(
    make_calls: impl FnOnce(Arc<ExecutorCommands>, A, Arc<Counts>) -> F,
) -> anyhow::Result<()>
where
    A: Parser,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let counts = Arc::new(Counts::default());
    let (mut runtime, arguments) = Runtime::init()?;
    let commands = Arc::clone(runtime.commands());
    let stopping = Arc::clone(&counts);
    thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        stopping.stopped.store(true, Relaxed);
    });
    let printed = Arc::clone(&counts);
    // The task ends when its promise is dropped.
    let printing = commands.query(async move {
        loop {
            printed.print(false);
            Timer::after(Duration::from_millis(500)).await;
        }
    });
    let calls = make_calls(commands, arguments, Arc::clone(&counts));
    let result = runtime.spin_until_complete(calls);
    drop(printing);
    counts.print(true);
    result
}
