// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The client: a node that calls the service `add_two_ints`.

use crate::{failure::Failure, watchful_client::WatchfulClient};
use rclrs::{ExecutorCommands, IntoNodeOptions, Node};
use ros_env::example_interfaces::srv::{AddTwoInts, AddTwoInts_Request, AddTwoInts_Response};
use std::{future::Future, sync::Arc, time::Duration};

/// A node named `minimal_client_async` that asks `add_two_ints` for sums.
pub struct MinimalClientAsync {
    node: Node,
    cli: WatchfulClient<AddTwoInts>,
    req: AddTwoInts_Request,
}

impl MinimalClientAsync {
    /// Creates the node and its client, and waits until there is a server to call.
    ///
    /// Where the Python class blocks, this is `async`: it runs on the executor that `commands`
    /// belong to, which has to spin. `wait_limit` bounds the wait; `None` waits as long as it
    /// takes, like the tutorial.
    ///
    /// # Errors
    ///
    /// [`Failure::NoService`] when the limit has passed; [`Failure::Rcl`] when rcl refuses the
    /// node or the client.
    pub async fn new(
        commands: &Arc<ExecutorCommands>,
        wait_limit: Option<Duration>,
    ) -> Result<Self, Failure> {
        // Nobody sets parameters of a node that asks one question. Without the services for that
        // it is there sooner, and has less to look at whenever it wakes up.
        let options = "minimal_client_async".start_parameter_services(false);
        let node = commands.create_node(options)?;
        let cli = WatchfulClient::connect(&node, "add_two_ints", wait_limit).await?;
        let req = AddTwoInts_Request::default();
        Ok(Self { node, cli, req })
    }

    /// Asks for the sum of `a` and `b`: the returned future sends the request and ends with the
    /// response.
    ///
    /// Several may be under way at once; [`WatchfulClient::call`] tells how each of them may end.
    ///
    /// # Errors
    ///
    /// The future ends in [`Failure::ServerGone`] when the server left without an answer, and in
    /// [`Failure::Rcl`] when rcl cannot send the request.
    pub fn send_request(
        &mut self,
        a: i64,
        b: i64,
    ) -> impl Future<Output = Result<AddTwoInts_Response, Failure>> + Send + 'static {
        self.req.a = a;
        self.req.b = b;
        self.cli.call(self.req.clone())
    }

    /// The node of this client, for its name and its logger.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// The full name of the service, after remapping.
    pub fn service_name(&self) -> String {
        self.cli.service_name()
    }
}
