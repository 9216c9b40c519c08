// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What becomes of the calls of a program of the stress suite, and the lines that tell it.

use rust_add_two_ints::{failure::Failure, time_limit::within};
use std::{
    future,
    io::Write,
    sync::atomic::{AtomicI64, Ordering::Relaxed},
    time::{Duration, Instant},
};

/// How a call has ended.
pub enum End {
    /// The right answer came.
    Right,
    /// An answer came that cannot be the right one.
    Wrong,
    /// The client, or the server, said that the call has failed.
    Reported,
    /// The client said that no call can succeed any more.
    CutOff(Failure),
    /// Nothing of the kind came in all the time that it could need.
    Lost,
}

impl End {
    /// How a call has ended that failed with an error.
    pub fn reported(failure: Failure) -> Self {
        match failure {
            Failure::CutOff { .. } => Self::CutOff(failure),
            _ => Self::Reported,
        }
    }
}

/// What has become of the calls so far.
#[derive(Default)]
pub struct Counts {
    sent: AtomicI64,
    right: AtomicI64,
    wrong: AtomicI64,
    reported: AtomicI64,
    lost: AtomicI64,
    /// The longest time that a right answer took, in milliseconds.
    slowest: AtomicI64,
}

impl Counts {
    /// Counts one more call, and returns how many there were before; `None` when there were
    /// `limit` already.
    pub fn send(&self, limit: Option<i64>) -> Option<i64> {
        let number = self.sent.fetch_add(1, Relaxed);
        if limit.is_some_and(|limit| number >= limit) {
            self.sent.fetch_sub(1, Relaxed);
            return None;
        }
        Some(number)
    }

    /// Counts how a call has ended that began at `started`.
    ///
    /// # Errors
    ///
    /// The reason why there is no use in another call.
    pub fn end(&self, end: End, started: Instant) -> Result<(), Failure> {
        let count = match &end {
            End::Right => {
                let took = started.elapsed().as_millis() as i64;
                self.slowest.fetch_max(took, Relaxed);
                &self.right
            }
            End::Wrong => &self.wrong,
            End::Reported | End::CutOff(_) => &self.reported,
            End::Lost => &self.lost,
        };
        count.fetch_add(1, Relaxed);
        match end {
            End::CutOff(failure) => Err(failure),
            _ => Ok(()),
        }
    }

    /// Prints them as a line of JSON; `done` says that it is the last one.
    pub fn print(&self, done: bool) {
        let Self {
            sent,
            right,
            wrong,
            reported,
            lost,
            slowest,
        } = self;
        // Whoever reads this may be gone, which is for its reader to notice.
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

    /// Prints them twice a second, until it is dropped.
    pub async fn print_regularly(&self) {
        loop {
            self.print(false);
            within(Duration::from_millis(500), future::pending::<()>()).await;
        }
    }
}
