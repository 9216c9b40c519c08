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

use anyhow::Context;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};
use std::{future::Future, thread};
use tokio::sync::watch;

/// Receives the first SIGINT or SIGTERM; a second one ends the process on the spot.
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
    /// # Errors
    ///
    /// When the operating system refuses a handler or a thread.
    pub fn on_signals() -> anyhow::Result<Self> {
        let mut signals =
            Signals::new([SIGINT, SIGTERM]).context("Cannot handle SIGINT and SIGTERM")?;
        let (sender, signal) = watch::channel(None);
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                for signal in signals.forever() {
                    if sender.borrow().is_some() {
                        // Whoever asks twice does not want to wait for a goodbye. This ends the
                        // process as if it had no handler at all.
                        let _ = emulate_default_handler(signal);
                    }
                    sender.send_replace(Some(signal));
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
