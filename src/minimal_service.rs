// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The server: a node that offers the service `add_two_ints`.

use rclrs::{
    log_info, log_warn, ExecutorCommands, IntoPrimitiveOptions, Logger, Node, WorkerService,
};
use rclrs_runtime::{
    create_node, declare_introspection, Error, IntrospectionParameter, SERVICE_QUEUE_DEPTH,
};
use ros_env::example_interfaces::srv::{AddTwoInts, AddTwoInts_Request, AddTwoInts_Response};
use std::sync::Arc;

/// A node named `minimal_service` that answers each request with the sum of its two integers.
pub struct MinimalService {
    node: Node,
    // The service leaves the ROS graph when this is dropped; in Python, `self.srv` holds it.
    _srv: WorkerService<AddTwoInts, ()>,
    // The parameter exists for as long as this does.
    _introspection: IntrospectionParameter,
}

impl MinimalService {
    /// Creates the node and its service. It answers while the executor of `commands` spins.
    ///
    /// # Errors
    ///
    /// Those of [`create_node`], and [`Error::Rcl`] when rcl refuses the service;
    /// [`Error::Parameter`] when a parameter was set to a value that is not allowed.
    pub fn new(commands: &Arc<ExecutorCommands>) -> Result<Self, Error> {
        let node = create_node(commands, "minimal_service")?;
        let one_shot = node
            .declare_parameter("one_shot")
            .default(false)
            .description("Answer one request, then shut down")
            .mandatory()
            .map_err(|error| Error::parameter("one_shot", "true or false", error))?;

        // A worker has a thread of its own, which runs one callback at a time. Its payload, here
        // `()`, is the state that callbacks share.
        let worker = node.create_worker(());
        let (commands, logger) = (Arc::clone(commands), node.logger().clone());
        let srv = worker.create_service(
            // The default depth of 10 loses requests when more clients than that call at once.
            "add_two_ints".keep_last(SERVICE_QUEUE_DEPTH),
            move |request: AddTwoInts_Request| {
                if one_shot.get() {
                    // The response is still sent, and no further request is taken.
                    commands.halt_spinning();
                }
                Self::add_two_ints_callback(&logger, request)
            },
        )?;
        let introspection = declare_introspection(&node, &srv)?;
        Ok(Self {
            node,
            _srv: srv,
            _introspection: introspection,
        })
    }

    /// Adds the two integers of a request.
    fn add_two_ints_callback(logger: &Logger, request: AddTwoInts_Request) -> AddTwoInts_Response {
        let AddTwoInts_Request { a, b } = request;
        // A plain `a + b` panics in a debug build when the sum does not fit into 64 bits. It wraps
        // around here, as in C++.
        let (sum, overflowed) = a.overflowing_add(b);
        log_info!(logger, "Incoming request\na: {a} b: {b}");
        if overflowed {
            log_warn!(
                logger,
                "The sum of a: {a} and b: {b} does not fit into 64 bits, it wraps around to {sum}"
            );
        }
        AddTwoInts_Response { sum }
    }

    /// The node, for its name and its logger.
    pub fn node(&self) -> &Node {
        &self.node
    }
}
