// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Notices when Fast DDS no longer works below a program that itself goes on.
//!
//! Nothing in rcl tells a program of it. There are two such cases:
//!
//! * **It stands still.** When another node leaves at the wrong moment, two threads of Fast DDS may
//!   wait for each other for ever (<https://github.com/eProsima/Fast-DDS/issues/6502>). A server goes
//!   on answering those whom it knows, but nobody else finds it; a client waits for ever, even in its
//!   own drop. One of the two threads is the one that keeps the timers, and a participant announces
//!   itself every three seconds. When that thread has not run for ten, a node is made and taken down
//!   again: that needs what the two threads hold. When it is not done within ten seconds either,
//!   Fast DDS does stand still. A profile with rarer announcements costs such a node now and then, and
//!   nothing else.
//! * **It cannot be reached**, for the reason that [`shared_memory`](crate::shared_memory) tells.
//!
//! Only the binaries use this module, as they do [`shutdown`](crate::shutdown): a library does not end
//! the program that it is a part of.

use crate::failure::Failure;
use rclrs::ExecutorCommands;
use std::{sync::Arc, thread};

/// Watches the middleware below the nodes of an executor, from a thread of its own, for as long as
/// there is one.
///
/// `remedy` is called when it no longer works: [`report::give_up`](crate::report::give_up) ends a
/// program that somebody is waiting for, [`report::start_anew`](crate::report::start_anew) one that
/// has to be there.
///
/// It notices nothing where there is no `/proc`, or another middleware, or no thread to be had.
pub fn watch(commands: &Arc<ExecutorCommands>, remedy: fn(&Failure) -> !) {
    #[cfg(target_os = "linux")]
    {
        let commands = Arc::downgrade(commands);
        let _ = thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(move || linux::keep_watching(&commands, remedy));
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (commands, remedy);
}

#[cfg(target_os = "linux")]
mod linux {
    use super::*;
    use crate::{shared_memory::SharedMemory, timer_thread};
    use libc::pid_t;
    use rclrs::{IntoNodeOptions, Node, RclrsError};
    use ros_env::example_interfaces::srv::AddTwoInts;
    use std::{collections::HashMap, fs, sync::Weak, time::Duration};

    /// How much time there is between two looks.
    const PERIOD: Duration = Duration::from_secs(2);

    /// In how many looks in a row nothing has moved when it is time for a proof, and for the end.
    /// Time alone is no sign: this process may have been stopped.
    const LOOKS: u32 = 5;

    pub fn keep_watching(commands: &Weak<ExecutorCommands>, remedy: fn(&Failure) -> !) {
        let mut shared_memory = SharedMemory::default();
        let mut timers = Timers::default();
        let mut patience = LOOKS;
        while commands.strong_count() > 0 {
            thread::sleep(PERIOD);
            if shared_memory.is_cut_off() {
                remedy(&Failure::Unreachable);
            }
            if timers.looks_without_a_run() < patience {
                continue;
            }
            let Some(commands) = commands.upgrade() else {
                return;
            };
            let proof = thread::spawn(move || make_a_node(&commands).map(drop));
            timers.still = 0;
            while !proof.is_finished() {
                thread::sleep(PERIOD);
                match timers.looks_without_a_run() {
                    0 => break,
                    LOOKS => remedy(&Failure::StandsStill),
                    _ => {}
                }
            }
            // A participant that announces itself rarely is not asked again so soon.
            patience = patience.saturating_mul(2);
        }
    }

    /// Makes a node that `ros2 node list` does not show, with more than rcl gives to each.
    fn make_a_node(commands: &Arc<ExecutorCommands>) -> Result<Node, RclrsError> {
        let name = format!("_watchdog_{}", std::process::id());
        let node = commands.create_node(name.start_parameter_services(false))?;
        node.create_client::<AddTwoInts>("~/probe")?;
        Ok(node)
    }

    /// The threads that keep the timers of this process.
    #[derive(Default)]
    struct Timers {
        /// How often each of them had run at the last look.
        runs: HashMap<pid_t, u64>,
        /// At how many looks in a row one of them had not run since the look before.
        still: u32,
    }

    impl Timers {
        fn looks_without_a_run(&mut self) -> u32 {
            let runs: HashMap<_, _> = timer_thread::timer_threads()
                .filter_map(|thread| Some((thread, runs_of(thread)?)))
                .collect();
            let still = (runs.iter()).any(|(thread, runs)| self.runs.get(thread) == Some(runs));
            self.still = if still { self.still + 1 } else { 0 };
            self.runs = runs;
            self.still
        }
    }

    /// How often a thread has been given a processor.
    fn runs_of(thread: pid_t) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/self/task/{thread}/status")).ok()?;
        let runs = status
            .lines()
            .filter(|line| line.contains("voluntary_ctxt_switches:"))
            .filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        Some(runs.sum())
    }
}
