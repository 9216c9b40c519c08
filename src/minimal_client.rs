// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The client: a node that calls the service `add_two_ints`.

use crate::arguments::TimeLimits;
use rclrs::{ExecutorCommands, IntoNodeOptions, Node};
use rclrs_runtime::{create_node, Error, ServiceClient};
use ros_env::example_interfaces::srv::{AddTwoInts, AddTwoInts_Request, AddTwoInts_Response};
use std::{future::Future, sync::Arc};

/// A node named `minimal_client_async` that asks `add_two_ints` for sums.
pub struct MinimalClientAsync {
    node: Node,
    cli: ServiceClient<AddTwoInts>,
    req: AddTwoInts_Request,
}

impl MinimalClientAsync {
    /// Creates the node and its client, and waits until there is a server to call.
    ///
    /// Where the Python class blocks, this is `async`: the executor of `commands`, which runs it, has
    /// to spin meanwhile.
    ///
    /// # Errors
    ///
    /// Those of [`create_node`] and [`ServiceClient::wait_for_service`]: among them
    /// [`Error::NoService`] when the limit for the wait has passed.
    pub async fn new(commands: &Arc<ExecutorCommands>, limits: TimeLimits) -> Result<Self, Error> {
        // A node that sends one request needs no services for its parameters.
        let options = "minimal_client_async".start_parameter_services(false);
        let node = create_node(commands, options)?;
        let cli =
            ServiceClient::new(&node, "add_two_ints")?.with_response_timeout(limits.reply_timeout);
        // Logs "service not available, waiting again..." once a second, as the loop in Python does.
        cli.wait_for_service(limits.wait_timeout).await?;
        let req = AddTwoInts_Request::default();
        Ok(Self { node, cli, req })
    }

    /// Asks for the sum of `a` and `b`: the returned future sends the request and resolves to the
    /// response. Several may be in flight at once.
    ///
    /// # Errors
    ///
    /// Those of [`ServiceClient::call`]: among them [`Error::ServerLost`] when the server left
    /// before it replied, and [`Error::NoResponse`] when the limit for the reply has passed.
    pub fn send_request(
        &mut self,
        a: i64,
        b: i64,
    ) -> impl Future<Output = Result<AddTwoInts_Response, Error>> + Send + 'static {
        self.req.a = a;
        self.req.b = b;
        self.cli.call(self.req.clone())
    }

    /// The node, for its name and its logger.
    pub fn node(&self) -> &Node {
        &self.node
    }
}
