// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Turns SIGINT and SIGTERM into a future, so that a program can leave in good order.
//!
//! rclrs installs no signal handlers. Without one, Ctrl-C ends a node on the spot: other nodes go
//! on seeing it until its lease runs out, 20 seconds later, and its shared memory stays behind
//! in `/dev/shm`.
//!
//! Only the binaries use this module. A library that took over the signals of the program it is
//! part of would be a nuisance; ours is told to stop by being dropped.

use crate::{failure::Failure, report};
use anyhow::Context;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};
use std::{
    future::Future,
    thread,
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// For how long the same signal again is taken for an echo of the first.
///
/// A terminal sends Ctrl-C to `ros2 run` and to the node below it, and `ros2 run` passes it on to
/// the node, which therefore gets each Ctrl-C twice (<https://github.com/ros2/ros2cli/pull/899>).
const ECHO: Duration = Duration::from_secs(1);

/// Receives the first SIGINT or SIGTERM; a second one, but for an echo of the first,
/// ends the process on the spot.
#[derive(Clone)]
pub struct Shutdown {
    signal: watch::Receiver<Option<i32>>,
}

impl Shutdown {
    /// Takes over both signals, for the rest of the process.
    ///
    /// This also wakes them up where they are ignored. A shell without job control starts every
    /// background process (`server &` in a script) with SIGINT ignored, and a server that could
    /// not be interrupted would outlive the script. rclcpp and rclpy do the same.
    ///
    /// The program has two seconds to begin to leave ([`report::leave_in_time`]), and is ended then.
    ///
    /// # Errors
    ///
    /// When the operating system refuses a handler or a thread.
    pub fn on_signals() -> anyhow::Result<Self> {
        Self::when_told(|signal| report::leave_or_fail(Failure::Goodbye(signal)))
    }

    /// The same for a program that first finishes what it has begun, however long that takes.
    ///
    /// # Errors
    ///
    /// When the operating system refuses a handler or a thread.
    pub fn on_signals_at_leisure() -> anyhow::Result<Self> {
        Self::when_told(|_| {})
    }

    fn when_told(then: fn(i32)) -> anyhow::Result<Self> {
        let mut signals =
            Signals::new([SIGINT, SIGTERM]).context("Cannot handle SIGINT and SIGTERM")?;
        let (sender, signal) = watch::channel(None);
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                let mut first: Option<(i32, Instant)> = None;
                for signal in signals.forever() {
                    match first {
                        None => {
                            first = Some((signal, Instant::now()));
                            sender.send_replace(Some(signal));
                            then(signal);
                        }
                        Some((number, when)) if number == signal && when.elapsed() < ECHO => {}
                        // Whoever asks twice does not want to wait for a goodbye. This ends the
                        // process as if it had no handler at all.
                        Some(_) => {
                            let _ = emulate_default_handler(signal);
                        }
                    }
                }
            })
            .context("Cannot start the thread that waits for signals")?;
        Ok(Self { signal })
    }

    /// The signal that came, if one did.
    pub fn signal(&self) -> Option<i32> {
        *self.signal.borrow()
    }

    /// Ends with the number of the first signal that comes, or has come already.
    pub fn received(&self) -> impl Future<Output = i32> + Send + 'static {
        let mut receiver = self.signal.clone();
        async move {
            match receiver
                .wait_for(Option::is_some)
                .await
                .map(|signal| *signal)
            {
                Ok(Some(signal)) => signal,
                // The thread never ends before the process does.
                _ => std::future::pending().await,
            }
        }
    }
}
