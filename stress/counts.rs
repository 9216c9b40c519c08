// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What the programs of the stress suite have in common: they make calls until they are told to stop, and
//! count the results.

use async_io::Timer;
use clap::Parser;
use rclrs::{Context, ExecutorCommands, InitOptions, RclrsErrorFilter, SpinOptions};
use rclrs_runtime::{CreateSingleThreadedExecutor, Error};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};
use std::{
    future::Future,
    io::Write,
    sync::{
        atomic::{
            AtomicBool, AtomicI64,
            Ordering::{Relaxed, SeqCst},
        },
        Arc,
    },
    thread,
    time::{Duration, Instant},
};

/// How long a program may take to drop its nodes: Fast DDS may deadlock meanwhile.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// The result of a call.
pub enum End {
    /// The right response arrived.
    Right,
    /// A response arrived that cannot be the right one.
    Wrong,
    /// The client, or the server, reported that the call failed.
    Reported,
    /// The client reported that no call can succeed any more.
    Unreachable(Error),
    /// Nothing of the kind within the time limit.
    Lost,
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        match error {
            Error::NoResponse { .. } => Self::Lost,
            Error::Unreachable => Self::Unreachable(error),
            _ => Self::Reported,
        }
    }
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
    stopped: Arc<AtomicBool>,
}

impl Counts {
    /// Counts one more call, and returns how many there were before; `None` when there were `limit`
    /// already, or the program was told to stop.
    pub fn send(&self, limit: Option<i64>) -> Option<i64> {
        if self.stopped.load(SeqCst) {
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
    pub fn end(&self, end: End, started: Instant) -> Result<(), Error> {
        let count = match &end {
            End::Right => {
                let took = started.elapsed().as_millis() as i64;
                self.slowest.fetch_max(took, Relaxed);
                &self.right
            }
            End::Wrong => &self.wrong,
            End::Reported | End::Unreachable(_) => &self.reported,
            End::Lost => &self.lost,
        };
        count.fetch_add(1, Relaxed);
        match end {
            End::Unreachable(error) => Err(error),
            _ => Ok(()),
        }
    }

    /// Prints them as a line of JSON; `done` marks the last one.
    fn print(&self, done: bool) {
        let Self {
            sent,
            right,
            wrong,
            reported,
            lost,
            slowest,
            ..
        } = self;
        // The reader of this may have exited, which is no error here.
        let _ = writeln!(
            std::io::stdout(),
            "{{\"sent\":{},\"right\":{},\"wrong\":{},\"reported\":{},\"lost\":{},\
             \"slowest_ms\":{},\"done\":{done}}}",
            sent.load(Relaxed),
            right.load(Relaxed),
            wrong.load(Relaxed),
            reported.load(Relaxed),
            lost.load(Relaxed),
            slowest.load(Relaxed),
        );
    }
}

/// Runs a program: makes the calls, prints the counts twice a second, and once more at the end.
///
/// After SIGINT or SIGTERM no new call is made, and those in flight end, which may take long. A
/// [`Runtime`](rclrs_runtime::Runtime) would end the process two seconds after the signal.
pub fn run<A, F>(
    make_calls: impl FnOnce(Arc<ExecutorCommands>, A, Arc<Counts>) -> F,
) -> anyhow::Result<()>
where
    A: Parser,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let counts = Arc::new(Counts::default());
    for signal in [SIGINT, SIGTERM] {
        flag::register(signal, Arc::clone(&counts.stopped))?;
    }
    let ros_arguments: Vec<String> = std::env::args().collect();
    let own = rclrs::extract_non_ros_args(ros_arguments.iter().cloned())?;
    let arguments = A::parse_from(own);
    let context = Context::new(ros_arguments, InitOptions::default())?;
    let mut executor = context.create_single_threaded_executor();

    let commands = Arc::clone(executor.commands());
    let calls = commands.run(make_calls(
        Arc::clone(&commands),
        arguments,
        Arc::clone(&counts),
    ));
    let (mut result, done) = commands.create_notice(calls);
    let printing = {
        let counts = Arc::clone(&counts);
        // The task ends when its promise is dropped.
        commands.query(async move {
            loop {
                counts.print(false);
                Timer::after(Duration::from_millis(500)).await;
            }
        })
    };
    executor
        .spin(SpinOptions::new().until_promise_resolved(done))
        .first_error()?;
    let result = match result.try_recv() {
        Ok(Some(result)) => result,
        _ => Err(anyhow::anyhow!(
            "The executor was halted before the calls were over"
        )),
    };
    drop(printing);
    counts.print(true);
    let code = i32::from(result.is_err());
    thread::spawn(move || {
        thread::sleep(SHUTDOWN_TIMEOUT);
        signal_hook::low_level::exit(code);
    });
    result
}
