// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Ends the program when Fast DDS no longer works below it; a supervisor can then restart it.
//!
//! rcl reports none of these cases:
//!
//! * **Deadlock** of two threads (`docs/upstream.md`, 18). A server goes on answering the clients that it
//!   knows, and is never discovered by another one; a client may hang, even in its own drop. One of the
//!   two threads keeps the timers, and a participant announces itself every three seconds. When that thread
//!   has not run for ten seconds, a client is created on a node of [`create_node`](crate::create_node), which
//!   takes the locks in question. When that does not end within ten seconds either, Fast DDS is deadlocked.
//!   Fast DDS before 2.10 (Humble) does not name its threads: no deadlock is detected.
//! * **Unreachable**, as [`port_files`](super::port_files) describes.
//! * **Blocked**: a callback on a receiving thread does not return. Fast DDS works, but receives nothing;
//!   another participant may take the port for one without an owner, and delete its file.

use super::{
    event_threads::{event_threads, threads},
    port_files,
};
use crate::{executor::receiving_thread::running_callback, nodes, process::exit, Error};
use libc::pid_t;
use procfs::process::Process;
use rclrs::ExecutorCommands;
use ros_env::rcl_interfaces::srv::GetParameters;
use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    thread,
    time::Duration,
};

/// The time between two polls.
const PERIOD: Duration = Duration::from_secs(2);

/// In how many polls in a row a timer thread has not run before the client is created, and before the
/// program ends; and in how many a callback has run before it counts as blocked. Time alone is no
/// evidence: this process may have been stopped.
const IDLE_POLLS: u32 = 5;

/// Watches the middleware below the nodes of an executor from a thread of its own, for as long as
/// that executor exists.
pub fn start(commands: &Arc<ExecutorCommands>) {
    if !super::is_in_use() {
        return;
    }
    // A strong reference would keep the participant until the next poll.
    let executor = Arc::downgrade(commands);
    // Without a thread, a fault is not detected, and nothing else changes.
    let _ = thread::Builder::new()
        .name("deadlock_watch".to_owned())
        .spawn(move || watch(&executor));
}

fn watch(executor: &Weak<ExecutorCommands>) {
    let mut callbacks = Callbacks::default();
    let mut timers = TimerThreads::default();
    let mut allowed = IDLE_POLLS;
    while executor.strong_count() > 0 {
        thread::sleep(PERIOD);
        match (callbacks.idle_polls(), port_files::are_lost()) {
            (1.., true) | (IDLE_POLLS.., false) => exit::on_fault(&Error::BlockedCallback),
            (0, true) => exit::on_fault(&Error::Unreachable),
            _ => {}
        }
        if timers.idle_polls() < allowed {
            continue;
        }
        let Ok(probe) = thread::Builder::new().spawn(create_client) else {
            continue;
        };
        timers.idle = 0;
        while !probe.is_finished() {
            thread::sleep(PERIOD);
            match timers.idle_polls() {
                0 => break,
                IDLE_POLLS => exit::on_fault(&Error::Deadlock),
                _ => {}
            }
        }
        // A participant that announces itself rarely is not probed again so soon.
        allowed = allowed.saturating_mul(2);
    }
}

/// Creates a client on a node, for as long as this takes.
fn create_client() {
    // Not the others: a client that is never created would keep them.
    let Some(node) = nodes::all().into_iter().next() else {
        return;
    };
    // What rcl refuses was no deadlock either.
    let _ = node.create_client::<GetParameters>("~/_deadlock_watch");
}

/// The callbacks on receiving threads of this process.
#[derive(Default)]
struct Callbacks {
    /// The one that had been running for longest at the last poll.
    running: Option<usize>,
    /// In how many polls in a row it has been the same one.
    idle: u32,
}

impl Callbacks {
    fn idle_polls(&mut self) -> u32 {
        let running = running_callback();
        let same = running.is_some() && running == self.running;
        self.idle = if same { self.idle + 1 } else { 0 };
        self.running = running;
        self.idle
    }
}

/// The threads that keep the timers of this process.
#[derive(Default)]
struct TimerThreads {
    /// All threads at the last poll: to read their names takes longer than all else here.
    all: Vec<pid_t>,
    /// How often each of them had run at the last poll.
    runs: HashMap<pid_t, u64>,
    /// In how many polls in a row one of them had not run since the poll before.
    idle: u32,
}

impl TimerThreads {
    fn idle_polls(&mut self) -> u32 {
        let all: Vec<_> = threads().collect();
        let timers: Vec<_> = if all == self.all {
            self.runs.keys().copied().collect()
        } else {
            event_threads().collect()
        };
        self.all = all;
        let runs: HashMap<_, _> = (timers.into_iter())
            .filter_map(|thread| Some((thread, runs_of(thread)?)))
            .collect();
        let idle = (runs.iter()).any(|(thread, runs)| self.runs.get(thread) == Some(runs));
        self.idle = if idle { self.idle + 1 } else { 0 };
        self.runs = runs;
        self.idle
    }
}

/// How often a thread of this process has been scheduled.
fn runs_of(thread: pid_t) -> Option<u64> {
    let task = Process::myself().ok()?.task_from_tid(thread).ok()?;
    let status = task.status().ok()?;
    Some(status.voluntary_ctxt_switches? + status.nonvoluntary_ctxt_switches?)
}
