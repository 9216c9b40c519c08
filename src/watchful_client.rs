// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A client of any service that waits for a server, and notices when the one it called is gone.
//!
//! [`MinimalClientAsync`](crate::MinimalClientAsync) is made of one. It is generic, so that a node
//! with services of other types needs no other.

use crate::{
    failure::Failure,
    server_watch::{next_change, ServerWatch},
    shared_memory::SharedMemory,
    time_limit::within,
};
use futures_lite::FutureExt;
use rclrs::{log_info, Client, IntoPrimitiveOptions, Node, RclrsError, ServiceIDL};
use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

/// How many replies may wait to be read, and how many requests to be delivered.
///
/// Every client of a service receives the replies to all of its clients, and throws away those
/// that are not its own. The default quality of service for services keeps the last 10: when a
/// handful of busy clients share a server, a client that is not scheduled for a moment finds its
/// own reply pushed out by those of the others, and waits for ever. This has to last for as long
/// as a busy machine may leave a client alone, at the 20,000 replies per second that one server
/// gives: 1,000 did not, with a dozen clients that kept four calls each under way. The depth of a
/// queue is nobody's business but its owner's, so that the client still fits every server.
const REPLY_QUEUE: u32 = 10_000;

/// A client of the service `T`.
pub struct WatchfulClient<T: ServiceIDL> {
    node: Node,
    client: Client<T>,
    servers: Arc<ServerWatch<T>>,
}

impl<T: ServiceIDL> WatchfulClient<T> {
    /// Creates a client of the service `name` on `node`, and waits until there is a server to
    /// call.
    ///
    /// The executor of the node has to spin. `wait_limit` bounds the wait; `None` waits as long as
    /// it takes, like the tutorial.
    ///
    /// # Errors
    ///
    /// [`Failure::NoService`] when the limit has passed; [`Failure::CutOff`] when nothing can reach
    /// this process; [`Failure::Rcl`] when rcl refuses the client.
    pub async fn connect(
        node: &Node,
        name: &str,
        wait_limit: Option<Duration>,
    ) -> Result<Self, Failure> {
        let client = node.create_client(name.keep_last(REPLY_QUEUE))?;
        wait_patiently(node, &client, wait_limit).await?;
        Ok(Self {
            node: Arc::clone(node),
            servers: Arc::new(ServerWatch::start(node, &client)),
            client,
        })
    }

    /// Waits until there is a server to call, as [`WatchfulClient::connect`] does.
    ///
    /// # Errors
    ///
    /// Those of [`WatchfulClient::connect`].
    pub async fn wait_for_service(&self, wait_limit: Option<Duration>) -> Result<(), Failure> {
        wait_patiently(&self.node, &self.client, wait_limit).await
    }

    /// Sends a request: the returned future ends with the response.
    ///
    /// Several may be under way at once. A future that finds no server, because the one that was
    /// there has left, waits for the next one.
    ///
    /// # Errors
    ///
    /// The future ends in [`Failure::ServerGone`] when every server that has the request left the
    /// ROS graph without an answer; the next request goes to the next server. It ends in
    /// [`Failure::CutOff`] when no reply can reach this process, and in [`Failure::Rcl`] when rcl
    /// cannot send the request.
    pub fn call(
        &self,
        request: T::Request,
    ) -> impl Future<Output = Result<T::Response, Failure>> + Send + 'static {
        // The future takes with it what it needs, so that it borrows nothing from this client.
        let node = Arc::clone(&self.node);
        let client = Arc::clone(&self.client);
        let servers = Arc::clone(&self.servers);
        async move {
            // A request that is sent while no server listens is lost, and nobody says so. rcl knows
            // of a departure before the watch does.
            wait_for_service(&node, &client).await?;
            if servers.is_cut_off() {
                let service = client.service_name();
                return Err(Failure::CutOff { service });
            }
            // Asked for before the request is sent, so that no departure falls between the two.
            let gone = servers.gone(servers.recipients());
            let response = client.call::<_, T::Response>(request)?;
            // Whichever comes first. The promise of a response is only broken when the executor
            // is gone, and nobody is left to answer then either.
            let response = async { response.await.ok() };
            let gone = async {
                gone.await;
                None
            };
            let outcome = response.or(gone).await;
            outcome.ok_or_else(|| {
                let service = client.service_name();
                match servers.is_cut_off() {
                    true => Failure::CutOff { service },
                    false => Failure::ServerGone { service },
                }
            })
        }
    }

    /// Sends a request, and waits for the response no longer than `reply_limit`; `None` waits as
    /// long as it takes.
    ///
    /// # Errors
    ///
    /// [`Failure::NoReply`] when the limit has passed, and those of [`WatchfulClient::call`].
    pub async fn call_within(
        &self,
        request: T::Request,
        reply_limit: Option<Duration>,
    ) -> Result<T::Response, Failure> {
        let response = self.call(request);
        let Some(limit) = reply_limit else {
            return response.await;
        };
        let service = self.service_name();
        let outcome = within(limit, response).await;
        outcome.unwrap_or(Err(Failure::NoReply { service, limit }))
    }

    /// The full name of the service, after remapping.
    pub fn service_name(&self) -> String {
        self.client.service_name()
    }
}

/// Waits for a server, and says so once a second.
async fn wait_patiently<T: ServiceIDL>(
    node: &Node,
    client: &Client<T>,
    wait_limit: Option<Duration>,
) -> Result<(), Failure> {
    let mut shared_memory = SharedMemory::default();
    let started = Instant::now();
    loop {
        let left = wait_limit.map_or(Duration::MAX, |limit| {
            limit.saturating_sub(started.elapsed())
        });
        let timeout = left.min(Duration::from_secs(1));
        if let Some(found) = within(timeout, wait_for_service(node, client)).await {
            return Ok(found?);
        }
        if let Some(limit) = wait_limit.filter(|limit| *limit <= started.elapsed()) {
            let service = client.service_name();
            return Err(Failure::NoService { service, limit });
        }
        // It may be there, and only be out of reach.
        if shared_memory.is_cut_off() {
            let service = client.service_name();
            return Err(Failure::CutOff { service });
        }
        log_info!(node.logger(), "service not available, waiting again...");
    }
}

/// Ends when a server is ready to be called.
async fn wait_for_service<T: ServiceIDL>(
    node: &Node,
    client: &Client<T>,
) -> Result<(), RclrsError> {
    let mut period = SOON;
    loop {
        if client.service_is_ready()? {
            return Ok(());
        }
        // Asked for before the question is repeated, so that no change falls between the two.
        let change = next_change(node, period);
        let asked = Instant::now();
        if client.service_is_ready()? {
            return Ok(());
        }
        // A change that is never going to come means that the executor has ended, and with it
        // whatever polls this future.
        let _ = change.await;
        let changed = asked.elapsed() < period;
        period = if changed { SOON } else { LATER };
    }
}

/// When to look again after a change of the graph: rcl may report it a moment before it shows.
const SOON: Duration = Duration::from_millis(50);

/// When to look again at a graph that does not change.
const LATER: Duration = Duration::from_secs(1);
