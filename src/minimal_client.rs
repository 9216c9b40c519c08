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
    log_info, Client, ExecutorCommands, IntoNodeOptions, IntoPrimitiveOptions, Node, RclrsError,
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
/// own reply pushed out by those of the others, and waits for ever. The depth of a queue is
/// nobody's business but its owner's, so that the client still fits every server.
const REPLY_QUEUE: u32 = 1000;

/// A node named `minimal_client_async` that asks `add_two_ints` for sums.
pub struct MinimalClientAsync {
    node: Node,
    cli: Client<AddTwoInts>,
    req: AddTwoInts_Request,
    servers: Arc<ServerWatch<AddTwoInts>>,
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
        let cli = node.create_client("add_two_ints".keep_last(REPLY_QUEUE))?;

        let started = Instant::now();
        loop {
            let left = wait_limit.map_or(Duration::MAX, |limit| {
                limit.saturating_sub(started.elapsed())
            });
            let timeout = left.min(Duration::from_secs(1));
            if let Some(found) = within(timeout, wait_for_service(&node, &cli)).await {
                found?;
                break;
            }
            if let Some(limit) = wait_limit.filter(|limit| *limit <= started.elapsed()) {
                let service = cli.service_name();
                return Err(Failure::NoService { service, limit });
            }
            log_info!(node.logger(), "service not available, waiting again...");
        }

        let servers = Arc::new(ServerWatch::start(&node, &cli));
        let req = AddTwoInts_Request::default();
        Ok(Self {
            node,
            cli,
            req,
            servers,
        })
    }

    /// Asks for the sum of `a` and `b`: the returned future sends the request and ends with the
    /// response.
    ///
    /// Several may be under way at once. A future that finds no server, because the one that
    /// [`MinimalClientAsync::new`] waited for has left since, waits for the next one.
    ///
    /// # Errors
    ///
    /// The future ends in [`Failure::ServerGone`] when every server that has the request left the
    /// ROS graph without an answer; the next request goes to the next server. It ends in
    /// [`Failure::Rcl`] when rcl cannot send the request.
    pub fn send_request(
        &mut self,
        a: i64,
        b: i64,
    ) -> impl Future<Output = Result<AddTwoInts_Response, Failure>> + Send + 'static {
        self.req.a = a;
        self.req.b = b;
        // The future takes with it what it needs, so that it borrows nothing from this client.
        let req = self.req.clone();
        let node = Arc::clone(&self.node);
        let cli = Arc::clone(&self.cli);
        let servers = Arc::clone(&self.servers);
        async move {
            // A request that is sent while no server listens is lost, and nobody says so.
            wait_for_service(&node, &cli).await?;
            servers.named().await;
            // Asked for before the request is sent, so that no departure falls between the two.
            let gone = servers.gone(servers.recipients());
            let response = cli.call::<_, AddTwoInts_Response>(&req)?;
            // Whichever comes first. The promise of a response is only broken when the executor
            // is gone, and nobody is left to answer then either.
            let response = async { response.await.ok() };
            let gone = async {
                gone.await;
                None
            };
            let service = cli.service_name();
            let outcome = response.or(gone).await;
            outcome.ok_or(Failure::ServerGone { service })
        }
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

/// Ends when a server is ready to be called.
async fn wait_for_service(node: &Node, cli: &Client<AddTwoInts>) -> Result<(), RclrsError> {
    loop {
        if cli.service_is_ready()? {
            return Ok(());
        }
        // Asked for before the question is repeated, so that no change falls between the two.
        let change = next_change(node, Duration::from_millis(100));
        if cli.service_is_ready()? {
            return Ok(());
        }
        // A change that is never going to come means that the executor has ended, and with it
        // whatever polls this future.
        let _ = change.await;
    }
}
