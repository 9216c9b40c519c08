// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The client: a node that calls the service `add_two_ints`.

use crate::{
    failure::Failure,
    server_watch::{next_change, ServerWatch},
    time_limit::within,
};
use futures_lite::FutureExt;
use rclrs::{
    log_info, Client, ExecutorCommands, IntoPrimitiveOptions, Node, NodeState, RclrsError,
};
use ros_env::example_interfaces::srv::{AddTwoInts, AddTwoInts_Request, AddTwoInts_Response};
use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

/// How many replies may wait to be read.
///
/// Every client of a service receives the replies to all of its clients, and throws away those
/// that are not its own. The default quality of service for services keeps the last 10: when a
/// handful of busy clients share a server, a client that is not scheduled for a moment finds its
/// own reply pushed out by those of the others, and waits for ever. Only the reader's own queue
/// grows with this number, so that every server and client remains compatible.
const REPLY_QUEUE: u32 = 1000;

/// A node named `minimal_client_async` that asks `add_two_ints` for sums.
pub struct MinimalClientAsync {
    node: Node,
    cli: Client<AddTwoInts>,
    req: AddTwoInts_Request,
    servers: ServerWatch,
}

impl MinimalClientAsync {
    /// Creates the node and its client, and waits until there is a server to call.
    ///
    /// Where the Python class blocks, this is `async`: it runs on the executor that `commands`
    /// belong to, which therefore has to spin. `wait_limit` bounds the wait; `None` waits as long
    /// as it takes, like the tutorial.
    ///
    /// # Errors
    ///
    /// [`Failure::NoService`] when the limit has passed; any [`RclrsError`] when rcl refuses the
    /// node or the client.
    pub async fn new(
        commands: &Arc<ExecutorCommands>,
        wait_limit: Option<Duration>,
    ) -> anyhow::Result<Self> {
        let node = commands.create_node("minimal_client_async")?;
        let cli = node.create_client::<AddTwoInts>("add_two_ints".keep_last(REPLY_QUEUE))?;
        let started = Instant::now();
        loop {
            let left = wait_limit.map(|limit| limit.saturating_sub(started.elapsed()));
            let patience = left.unwrap_or(Duration::MAX).min(Duration::from_secs(1));
            if wait_for_service(&node, &cli, patience).await? {
                break;
            }
            if let Some(limit) = wait_limit.filter(|limit| started.elapsed() >= *limit) {
                let service = cli.service_name();
                return Err(Failure::NoService { service, limit }.into());
            }
            log_info!(node.logger(), "service not available, waiting again...");
        }
        let servers = ServerWatch::start(&node, &cli);
        Ok(Self {
            node,
            cli,
            req: AddTwoInts_Request::default(),
            servers,
        })
    }

    /// Sends a request for the sum of `a` and `b`, and returns the future response.
    ///
    /// The request is on its way when this returns; several may be under way at once. The future
    /// ends in [`Failure::ServerGone`] when every server that has the request left the graph.
    ///
    /// # Errors
    ///
    /// When rcl cannot send the request.
    pub fn send_request(
        &mut self,
        a: i64,
        b: i64,
    ) -> Result<impl Future<Output = Result<AddTwoInts_Response, Failure>>, RclrsError> {
        self.req.a = a;
        self.req.b = b;
        // In this order: a server that dies in between is then one that has the request.
        let gone = self.servers.gone(self.servers.recipients());
        let response = self.cli.call::<_, AddTwoInts_Response>(&self.req)?;

        let service = self.cli.service_name();
        let lost = Failure::ServerGone { service };
        Ok(async move {
            // Whichever comes first. The executor drops the sender of a response only when it
            // ends itself, and then nobody is left to answer either.
            let response = async { response.await.ok() };
            let gone = async {
                gone.await;
                None
            };
            response.or(gone).await.ok_or(lost)
        })
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

/// Waits until a server is there, and returns whether one is, after `patience` at the latest.
async fn wait_for_service(
    node: &NodeState,
    cli: &Client<AddTwoInts>,
    patience: Duration,
) -> Result<bool, RclrsError> {
    let ready = async {
        loop {
            // Asked for before the question, so that no change falls between the two.
            let change = next_change(node, Duration::from_millis(100));
            if cli.service_is_ready()? {
                return Ok(true);
            }
            let _ = change.await;
        }
    };
    within(Some(patience), ready).await.unwrap_or(Ok(false))
}
