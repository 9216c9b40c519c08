// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The thread of a worker.

use super::{undeliverable_responses::LateResponses, wait_set_runner::WaitSetRunner, Spin};
use rclrs::GuardCondition;
use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc, Arc, Weak,
    },
    thread::{self, JoinHandle},
    time::Instant,
};

/// Runs a wait set in each spin of the executor, until this is dropped, or the worker and all that was created
/// on it are.
pub struct WorkerThread {
    spins: mpsc::Sender<Spin>,
    pub guard_condition: Weak<GuardCondition>,
    thread: JoinHandle<()>,
}

impl WorkerThread {
    /// Starts the thread; once `stopped` is set and its wait set was woken up, it ends when nothing is left to run.
    ///
    /// # Panics
    ///
    /// When the operating system refuses a thread: rclrs gives no way to report it.
    pub fn start(mut runner: WaitSetRunner, stopped: Arc<AtomicBool>) -> Self {
        let (spins, to_join) = mpsc::channel::<Spin>();
        let guard_condition = Arc::downgrade(&runner.guard_condition);
        let work = move || {
            let _guard = LateResponses::accept();
            for spin in to_join {
                // `None` when nothing is left to run.
                let run = || loop {
                    if spin.is_halted() {
                        runner.finish_responses(!spin.ends_otherwise.load(Ordering::Acquire));
                        return Ok(Some(()));
                    }
                    // A worker that was dropped gets nothing more, but a timer does not keep its worker, and
                    // what it got before may not have been taken over.
                    let stopped = stopped.load(Ordering::Acquire);
                    let wait_until = (stopped && runner.is_empty()).then(Instant::now);
                    let worked = runner.wait_and_run(wait_until, || false, || spin.is_halted())?;
                    if stopped && runner.is_empty() {
                        return Ok(None);
                    }
                    if worked && spin.once {
                        runner.finish_responses(false);
                        return Ok(Some(()));
                    }
                };
                let result = panic::catch_unwind(AssertUnwindSafe(run));
                if let Ok(Ok(None)) = result {
                    // The others go on with their spin.
                    return;
                }
                let panicked = result.is_err();
                // Fails when the spin has ended already.
                let result = result.map(|ran| ran.map(drop));
                let _ = spin.results.unbounded_send(result);
                if panicked {
                    return;
                }
            }
        };
        let thread = thread::Builder::new()
            .name("worker".to_owned())
            .spawn(work)
            .expect("the operating system refused a thread for a worker");
        Self {
            spins,
            guard_condition,
            thread,
        }
    }

    pub fn is_alive(&self) -> bool {
        !self.thread.is_finished()
    }

    pub fn join_spin(&self, spin: &Spin) {
        // A thread that has just ended has no part in the spin.
        let _ = self.spins.send(spin.clone());
    }

    /// Waits for the end of the thread, which comes when no spin can follow.
    pub fn join(self) {
        drop(self.spins);
        // An executor that is dropped by one of its own workers cannot wait for it.
        if self.thread.thread().id() != thread::current().id() {
            let _ = self.thread.join();
        }
    }
}
