// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The server: a node that offers the service `add_two_ints`.

use crate::{failure::Failure, introspection};
use rclrs::{
    log_info, log_warn, ExecutorCommands, IntoPrimitiveOptions, MandatoryParameter, Node,
    WorkerService,
};
use ros_env::example_interfaces::srv::{AddTwoInts, AddTwoInts_Request, AddTwoInts_Response};
use std::{sync::Arc, thread, time::Duration};

/// How many requests may wait to be taken, and how many replies to be delivered.
///
/// The default quality of service for services keeps the last 10. When more clients than that ask
/// at the same moment, the oldest requests are pushed out before the server sees them, and those
/// who sent them wait for ever. A reply stays here to be sent again to a client that has missed it,
/// until this many later ones, to whomever, have pushed it out: at the pace of a busy server, half
/// a second. To keep them all would be no cure: one client that stands still would then make all
/// others wait. The depth of a queue is nobody's business but its owner's, so that the server
/// still fits every client.
const REQUEST_QUEUE: u32 = 10_000;

/// How long a server that leaves of its own accord stays after its reply.
///
/// Nobody tells a server that a reply has arrived. One that its client has not read yet goes with
/// the memory of the server that it is in; on a busy machine, that met one client in ten.
const PARTING: Duration = Duration::from_millis(500);

/// A node named `minimal_service` that answers each request with the sum of its two integers.
///
/// It is on the ROS graph for as long as this value and the executor exist, and answers while the
/// executor spins.
pub struct MinimalService {
    node: Node,
    // Dropping the service would take it off the graph, so we hold on to it, as `self.srv` does
    // in Python.
    _srv: WorkerService<AddTwoInts, ()>,
    // A parameter exists for as long as this handle of it does.
    _introspection: MandatoryParameter<Arc<str>>,
}

impl MinimalService {
    /// Creates the node and its service on the executor that `commands` belong to.
    ///
    /// Parameters: `one_shot` (bool, default false) makes the executor stop after the first
    /// answer; `service_configure_introspection` is explained in [`introspection`].
    ///
    /// # Errors
    ///
    /// [`Failure::Rcl`] when rcl refuses the node or the service; [`Failure::Parameter`] when a
    /// parameter was given a value that it cannot have.
    pub fn new(commands: &Arc<ExecutorCommands>) -> Result<Self, Failure> {
        let node = commands.create_node("minimal_service")?;

        let one_shot = node
            .declare_parameter("one_shot")
            .default(false)
            .description("Answer one request, then leave")
            .mandatory()
            .map_err(|error| Failure::parameter("one_shot", "true or false", error))?;

        // A service made by the node itself would hand each request over to the thread of the
        // executor. A worker runs the callback on the thread that the request woke up, which is
        // one thread switch less per call. The worker's payload, here `()`, would be the place
        // for state that several callbacks share.
        let worker = node.create_worker(());
        let callback_node = Arc::clone(&node);
        let srv = worker.create_service(
            "add_two_ints".keep_last(REQUEST_QUEUE),
            move |request: AddTwoInts_Request| {
                let response = Self::add_two_ints_callback(&callback_node, request);
                if one_shot.get() {
                    // The worker sends this response before it looks whether it should stop, and
                    // looks before it takes another request: one answer, neither more nor less.
                    callback_node.commands().halt_spinning();
                }
                response
            },
        )?;

        let introspection = introspection::configure(&node, &srv)?;
        Ok(Self {
            node,
            _srv: srv,
            _introspection: introspection,
        })
    }

    /// Adds the two integers of a request.
    fn add_two_ints_callback(node: &Node, request: AddTwoInts_Request) -> AddTwoInts_Response {
        let AddTwoInts_Request { a, b } = request;
        // A plain `a + b` panics in a debug build when the sum leaves 64 bits, and the server
        // would be gone. The sum wraps around instead, as it does in C++.
        let (sum, overflowed) = a.overflowing_add(b);
        log_info!(node.logger(), "Incoming request\na: {a} b: {b}");
        if overflowed {
            log_warn!(
                node.logger(),
                "The sum of a: {a} and b: {b} does not fit into 64 bits, it wraps around to {sum}"
            );
        }
        AddTwoInts_Response { sum }
    }

    /// Waits for as long as the last reply may take to arrive, before the server leaves unasked.
    pub fn let_last_reply_arrive(&self) {
        thread::sleep(PARTING);
    }

    /// The node of this service, for its name and its logger.
    pub fn node(&self) -> &Node {
        &self.node
    }
}
