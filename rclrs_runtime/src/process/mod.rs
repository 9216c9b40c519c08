// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The steps of a `main` function: init, spin, shut down, exit.

mod arguments;
mod context;
pub mod exit;
mod signals;

pub use exit::exit_with;
pub use signals::Signal;

use crate::{
    cyclone_dds, executor::CreateSingleThreadedExecutor, exit_code, fast_dds::deadlock_watch, Error,
};
use anyhow::anyhow;
use exit::ShutdownTimeout;
use futures_lite::FutureExt;
use rclrs::{Executor, ExecutorCommands, Promise, RclrsErrorFilter, SpinOptions};
use signals::Signals;
use std::{future::Future, sync::Arc, thread, time::Duration};

/// How long a server that halts its own executor stays after its last response.
///
/// rcl does not report to a server whether a response has arrived. One that its client has not read yet is
/// deleted with the shared memory of the server; on a loaded machine, that happened to one client in
/// ten.
const RESPONSE_DELIVERY: Duration = Duration::from_millis(500);

/// Signals, arguments, ROS context and executor of a program: what `rclpy.init()` and the functions
/// after it do in Python.
///
/// ```no_run
/// use rclrs_runtime::{create_node, Runtime};
///
/// /// A node that does nothing.
/// #[derive(clap::Parser)]
/// struct Arguments {}
///
/// fn main() {
///     rclrs_runtime::exit_with(run)
/// }
///
/// fn run() -> anyhow::Result<()> {
///     let (mut runtime, Arguments {}) = Runtime::init()?;
///     let node = create_node(runtime.commands(), "idle")?;
///     runtime.spin()?;
///     runtime.shutdown(node);
///     Ok(())
/// }
/// ```
pub struct Runtime {
    executor: Executor,
    signals: Signals,
    /// Dropped last.
    shutdown_timeout: Option<ShutdownTimeout>,
}

impl Runtime {
    /// Handles SIGINT and SIGTERM from here on, reads the command line, and creates the ROS context and
    /// its executor.
    ///
    /// Arguments between `--ros-args` and `--`, or the end, belong to ROS. `A` describes all others;
    /// it is returned with their values. After a signal the spin has two seconds to end, as long as
    /// [`shutdown`](Self::shutdown) has; the process is then ended by force with the exit code of the
    /// signal, 130 or 143. A second signal ends it at once; the same signal within a second counts as a
    /// copy, because `ros2 run` passes Ctrl-C on. A watch ends it with one line and the exit code 75 when Fast
    /// DDS deadlocks, which takes a node of [`create_node`](crate::create_node) to detect, or its shared-memory
    /// port file is deleted: let launch or systemd restart it. When a callback on a receiving thread does not
    /// return, the code is 1.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for a command line that cannot be understood; [`Error::Help`] for `--help` and
    /// `--version`; [`Error::Parameter`] for a `use_sim_time` that is no bool; [`Error::Environment`] and
    /// [`Error::Rcl`] when rcl refuses the context;
    /// [`Error::System`] when the operating system refuses a signal handler or a thread.
    pub fn init<A: clap::Parser>() -> Result<(Self, A), Error> {
        let signals = Signals::handle()?;
        let (ros_arguments, arguments) = arguments::parse()?;
        cyclone_dds::exit_without_lingering();
        let context = context::create(ros_arguments)?;
        let executor = context.create_single_threaded_executor();
        deadlock_watch::start(executor.commands());
        let runtime = Self {
            executor,
            signals,
            shutdown_timeout: None,
        };
        Ok((runtime, arguments))
    }

    /// The commands of the executor, to create nodes with.
    pub fn commands(&self) -> &Arc<ExecutorCommands> {
        self.executor.commands()
    }

    /// Spins until SIGINT or SIGTERM arrives, and returns the signal, or until a callback halts the
    /// executor ([`ExecutorCommands::halt_spinning`]), and returns `None`. After a panic in another thread, the
    /// signal is SIGTERM.
    ///
    /// When a callback has halted it, the last response has half a second to arrive, and clients that were not
    /// discovered in full yet have seven.
    ///
    /// # Errors
    ///
    /// [`Error::Rcl`] with the first error of a callback.
    pub fn spin(&mut self) -> Result<Option<Signal>, Error> {
        let received = self.signals.received();
        // A query ends with its promise, which is dropped at the end of the spin.
        let stop = self.commands().query(async {
            received.await;
        });
        self.spin_until(stop)?;
        let signal = self.signals.first();
        if signal.is_none() {
            thread::sleep(RESPONSE_DELIVERY);
        }
        Ok(signal)
    }

    /// Spins until `future` is ready, and returns its output.
    ///
    /// # Errors
    ///
    /// The error of the future; [`Error::Signal`] when SIGINT or SIGTERM arrives before; [`Error::Rcl`]
    /// with the first error of a callback; another one when a callback halts the executor.
    pub fn spin_until_complete<T, E>(
        &mut self,
        future: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> anyhow::Result<T>
    where
        T: Send + 'static,
        E: Into<anyhow::Error> + Send + 'static,
    {
        let received = self.signals.received();
        let future = self.commands().run(async move {
            let output = async { future.await.map_err(Into::into) };
            let stopped = async { Err(Error::Signal(received.await).into()) };
            output.or(stopped).await
        });
        let (mut output, ready) = self.commands().create_notice(future);
        self.spin_until(ready)?;
        let output = output.try_recv().ok().flatten().unwrap_or_else(|| {
            Err(anyhow!(
                "The executor was halted before the result was there"
            ))
        });
        if let Err(error) = &output {
            exit::record(exit::code_of(error), Some(exit::one_line(&**error)));
        }
        output
    }

    /// Spins until a promise is resolved, and records the result for an end by force.
    fn spin_until(&mut self, promise: Promise<()>) -> Result<(), Error> {
        let options = SpinOptions::new().until_promise_resolved(promise);
        let result = self.executor.spin(options).first_error();
        match &result {
            Ok(()) => exit::record(exit_code::SUCCESS, None),
            Err(error) => exit::record(exit_code::FAILURE, Some(exit::one_line(error))),
        }
        Ok(result?)
    }

    /// Shuts down: drops `nodes` and everything that belongs to this runtime, within two seconds.
    ///
    /// When that takes longer, the process ends by force, with the exit code for the result of its last spin.
    /// What the program does afterwards has no time limit, unless a signal arrives: then two seconds.
    /// Fast DDS may deadlock or crash while other participants exit: seen for one of 12,577 clients with 2.14,
    /// and for 4 of 500 with 3.2, started and ended a dozen at a time. Dropping the runtime does the same
    /// for everything but the nodes.
    pub fn shutdown<T>(mut self, nodes: T) {
        self.shutdown_timeout = Some(ShutdownTimeout::start());
        drop(nodes);
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        (self.shutdown_timeout).get_or_insert_with(ShutdownTimeout::start);
    }
}
