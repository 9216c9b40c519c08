// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A client of any service that waits for a server, and notices when the one it called is gone.
//!
//! [`MinimalClientAsync`](crate::MinimalClientAsync) is made of one. It is generic, so that a node
//! with services of other types needs no other.

use crate::{failure::Failure, server_watch::ServerWatch, time_limit::within};
use futures_lite::FutureExt;
use rclrs::{log_info, Client, IntoPrimitiveOptions, Node, RclrsError, ServiceIDL};
use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
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
    connection: Arc<Mutex<Arc<Connection<T>>>>,
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
        let connection = Arc::new(Connection::open(node, name)?);
        let client = Self {
            node: Arc::clone(node),
            connection: Arc::new(Mutex::new(connection)),
        };
        client.wait_for_service(wait_limit).await?;
        Ok(client)
    }

    /// Waits until there is a server to call, as [`WatchfulClient::connect`] does, and says so once a
    /// second.
    ///
    /// # Errors
    ///
    /// Those of [`WatchfulClient::connect`].
    pub async fn wait_for_service(&self, wait_limit: Option<Duration>) -> Result<(), Failure> {
        let connection = current(&self.connection);
        let service = self.service_name();
        let started = Instant::now();
        loop {
            let left = wait_limit.map_or(Duration::MAX, |limit| {
                limit.saturating_sub(started.elapsed())
            });
            let timeout = left.min(Duration::from_secs(1));
            if let Some(found) = within(timeout, connection.servers.wait_for_service()).await {
                return Ok(found?);
            }
            if let Some(limit) = wait_limit.filter(|limit| *limit <= started.elapsed()) {
                return Err(Failure::NoService { service, limit });
            }
            // It may be there, and only be out of reach.
            if connection.servers.is_cut_off() {
                return Err(Failure::CutOff { service });
            }
            let logger = self.node.logger();
            log_info!(logger, "service not available, waiting again...");
        }
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
        let shared = Arc::clone(&self.connection);
        async move {
            let mut connection = current(&shared);
            if connection.servers.has_newcomer() {
                connection = renew(&shared, &connection, &node);
            }
            let Connection {
                client, servers, ..
            } = &*connection;
            // A request that is sent while no server listens is lost, and nobody says so.
            servers.wait_for_service().await?;
            servers.named().await;
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
            if let Some(response) = response.or(gone).await {
                return Ok(response);
            }
            let service = client.service_name();
            if servers.is_cut_off() {
                return Err(Failure::CutOff { service });
            }
            renew(&shared, &connection, &node);
            Err(Failure::ServerGone { service })
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
        current(&self.connection).client.service_name()
    }
}

/// What a call goes over.
struct Connection<T: ServiceIDL> {
    // As it was given: what rcl has made of it must not be remapped once more.
    name: String,
    client: Client<T>,
    servers: ServerWatch<T>,
}

impl<T: ServiceIDL> Connection<T> {
    fn open(node: &Node, name: &str) -> Result<Self, RclrsError> {
        let client = node.create_client(name.keep_last(REPLY_QUEUE))?;
        let servers = ServerWatch::start(node, &client);
        Ok(Self {
            name: name.to_owned(),
            client,
            servers,
        })
    }
}

fn current<T: ServiceIDL>(shared: &Mutex<Arc<Connection<T>>>) -> Arc<Connection<T>> {
    Arc::clone(&shared.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Replaces a connection for the calls to come, when its servers are gone or another one has come.
///
/// While a dead server is still listed, the requests to it are kept to be sent again. A server that
/// comes then has to be told of each of them that it is not for it, and with Fast DDS that may be no
/// more than 256 every three seconds: it got its first request after two minutes. A new client has
/// nothing to tell.
fn renew<T: ServiceIDL>(
    shared: &Mutex<Arc<Connection<T>>>,
    used: &Arc<Connection<T>>,
    node: &Node,
) -> Arc<Connection<T>> {
    let mut present = shared.lock().unwrap_or_else(PoisonError::into_inner);
    // The first of several calls does it for all.
    if Arc::ptr_eq(&present, used) {
        // The old one does as well, only slower, where rcl refuses a new one.
        if let Ok(new) = Connection::open(node, &used.name) {
            *present = Arc::new(new);
        }
    }
    Arc::clone(&present)
}
