// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! SIGINT and SIGTERM as a future. rclrs installs no signal handlers (`docs/upstream.md`, 11).

use super::exit;
use crate::{error::exit_code, Error};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator,
    low_level::{emulate_default_handler, signal_name},
};
use std::{
    fmt,
    future::Future,
    mem, ptr,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// For how long the same signal again counts as a copy of the first.
///
/// A terminal sends Ctrl-C to `ros2 run` and to the node below it, and `ros2 run` forwards it to the
/// node, which therefore receives each Ctrl-C twice (`docs/upstream.md`, 42).
const COPY_INTERVAL: Duration = Duration::from_secs(1);

static ARE_HANDLED: AtomicBool = AtomicBool::new(false);

/// Whether SIGINT and SIGTERM shut the program down.
pub fn are_handled() -> bool {
    ARE_HANDLED.load(Ordering::SeqCst)
}

/// A signal that stopped the program: SIGINT or SIGTERM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal(i32);

impl Signal {
    /// The number of the signal.
    pub fn number(self) -> i32 {
        self.0
    }

    /// The exit code of a program that this signal stopped: 130 or 143.
    pub fn exit_code(self) -> u8 {
        u8::try_from(self.0).map_or(exit_code::FAILURE, |number| exit_code::SIGNAL_BASE + number)
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(signal_name(self.0).unwrap_or("a signal"))
    }
}

/// Receives the first SIGINT or SIGTERM; a second one, but for a copy of the first, ends the process
/// at once.
pub struct Signals {
    first: watch::Receiver<Option<Signal>>,
}

impl Signals {
    /// Handles both signals, for the rest of the process.
    ///
    /// Also where they are ignored: a shell without job control starts every background process
    /// (`server &` in a script) with SIGINT ignored. And where they are blocked: a mask is inherited.
    /// rclcpp and rclpy handle ignored signals as well.
    pub fn handle() -> Result<Self, Error> {
        let refused = |error| Error::System("Cannot handle SIGINT and SIGTERM", error);
        let mut signals = iterator::Signals::new([SIGINT, SIGTERM]).map_err(refused)?;
        unblock();
        let (sender, first) = watch::channel(None);
        let wait = move || {
            let mut first: Option<(i32, Instant)> = None;
            for signal in signals.forever() {
                match first {
                    None => {
                        first = Some((signal, Instant::now()));
                        exit::start_signal_timeout(Signal(signal));
                        sender.send_replace(Some(Signal(signal)));
                    }
                    Some((number, time)) if number == signal && time.elapsed() < COPY_INTERVAL => {}
                    // This ends the process as if it had no handler.
                    Some(_) => {
                        let _ = emulate_default_handler(signal);
                    }
                }
            }
        };
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(wait)
            .map_err(|error| Error::System("Cannot start the thread for signals", error))?;
        ARE_HANDLED.store(true, Ordering::SeqCst);
        Ok(Self { first })
    }

    /// The signal that was received, if any.
    pub fn first(&self) -> Option<Signal> {
        *self.first.borrow()
    }

    /// Resolves to the first signal that is received, or was received already.
    pub fn received(&self) -> impl Future<Output = Signal> + Send + 'static {
        let mut receiver = self.first.clone();
        async move {
            let first = receiver.wait_for(Option::is_some).await;
            match first.map(|signal| *signal) {
                Ok(Some(signal)) => signal,
                // The thread never ends before the process does.
                _ => std::future::pending().await,
            }
        }
    }
}

/// Unblocks both signals for the calling thread, and for those that it starts.
fn unblock() {
    // SAFETY: A set of signals may be all zeros before it is emptied; all pointers are valid.
    unsafe {
        let mut signals: libc::sigset_t = mem::zeroed();
        libc::sigemptyset(&mut signals);
        libc::sigaddset(&mut signals, SIGINT);
        libc::sigaddset(&mut signals, SIGTERM);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &signals, ptr::null_mut());
    }
}
