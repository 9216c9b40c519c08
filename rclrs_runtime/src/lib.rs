// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! What a ROS 2 program on [`rclrs`] needs beside rclrs.
//!
//! * [`Runtime`] and [`exit_with`]: a `main` with signals, ROS arguments, one line per error and an
//!   exit code.
//! * [`ServiceClient`]: a client that waits for its server, and reports when the server has left.
//! * [`CreateSingleThreadedExecutor`]: an executor that runs callbacks on the thread that spins, one change of
//!   thread after the network; the basic executor of rclrs has two. [`Runtime`] has one.
//! * [`create_service_on_receiving_thread`]: a service without any change of thread.
//! * [`create_node`]: a node that more often receives the replies to its first announcement.
//! * [`declare_introspection`]: service introspection as a parameter.
//! * [`Error`], with an [exit code](exit_code) for each kind.
//!
//! The examples in `examples/` are the smallest programs that use them.

#![warn(missing_docs)]

mod cyclone_dds;
mod endpoints;
mod error;
mod executor;
mod fast_dds;
mod ffi;
mod introspection;
mod nodes;
mod process;
mod service_client;
mod time_limit;

pub use error::{exit_code, Error};
pub use executor::{
    receiving_thread::{create_service_on_receiving_thread, ReceivingThreadService},
    CreateSingleThreadedExecutor,
};
pub use introspection::{declare_introspection, IntrospectionParameter};
pub use process::{exit_with, Runtime, Signal};
pub use service_client::ServiceClient;

use rclrs::{ExecutorCommands, IntoNodeOptions, Node};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many requests of a service, or responses to its clients, may wait to be read.
///
/// The default quality of service for services keeps the last 10. When more clients than that call a
/// server at once, requests are overwritten before the server reads them; and since each client
/// receives the responses to all clients of the service, so are the responses of a client that is not
/// scheduled for a moment. The caller then waits for ever. This depth lasts for half a second at the
/// 20,000 calls per second that one server answers; with 1,000, calls were lost among a dozen clients
/// that kept four calls each in flight. The depth of a queue concerns its owner alone: a server or
/// client with this depth is compatible with every peer.
///
/// ```no_run
/// # use ros_env::rcl_interfaces::srv::{ListParameters, ListParameters_Response};
/// # fn example(worker: rclrs::Worker<()>) -> Result<(), rclrs::RclrsError> {
/// use rclrs::IntoPrimitiveOptions;
/// use rclrs_runtime::SERVICE_QUEUE_DEPTH;
///
/// let service = worker.create_service::<ListParameters, _>(
///     "list".keep_last(SERVICE_QUEUE_DEPTH),
///     |_request| ListParameters_Response::default(),
/// )?;
/// # Ok(())
/// # }
/// ```
pub const SERVICE_QUEUE_DEPTH: u32 = 10_000;

/// Creates a node like [`ExecutorCommands::create_node`], so that it more often discovers others at once.
///
/// Fast DDS announces the first node of a context before its receiving threads deliver messages: in many
/// starts, replies from the same machine are lost until the next announcement, up to three seconds later
/// (`docs/benchmark.md` has the figures). So the calling thread is pinned to its processor while the node is
/// created, and with it the threads that Fast DDS starts, unless a profile says otherwise.
///
/// # Errors
///
/// [`Error::Environment`] when Cyclone DDS, by its limit, takes no further participant; [`Error::Rcl`]
/// with what rcl says when it refuses the node.
pub fn create_node<'a>(
    commands: &Arc<ExecutorCommands>,
    options: impl IntoNodeOptions<'a>,
) -> Result<Node, Error> {
    let _pinned = fast_dds::node_creation::PinnedThread::pin();
    let node = commands
        .create_node(options)
        .map_err(cyclone_dds::explain)?;
    nodes::register(&node);
    Ok(node)
}

/// A panic is reported where it happens, and leaves nothing half-changed under the locks of this crate.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
