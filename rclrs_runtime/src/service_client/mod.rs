// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! A client of a service that waits for its server, and reports when the server has left.

mod graph_monitor;
mod server_table;

use crate::{
    executor::receiving_thread::{call_sequence, with_queue, EventQueue},
    lock,
    time_limit::within,
    Error, SERVICE_QUEUE_DEPTH,
};
use futures_lite::FutureExt;
use graph_monitor::GraphMonitor;
use rclrs::{log_info, Client, IntoPrimitiveOptions, Node, Promise, RclrsError, ServiceIDL};
use server_table::Recipients;
use std::{
    future::Future,
    sync::{Arc, Mutex, Weak},
    time::{Duration, Instant},
};

/// A client of the service `T`.
///
/// A client of rclrs waits for ever when the server that took its request dies, or when the response
/// was overwritten in a queue that keeps the last 10. This one keeps the last
/// [`SERVICE_QUEUE_DEPTH`] responses and reports each request whose servers have all left the graph: half a
/// second after a server that has shut down, 2.5 where the executor always has work, and up to 20, its lease, after
/// one that was killed.
///
/// ```no_run
/// # async fn example(node: rclrs::Node) -> Result<(), rclrs_runtime::Error> {
/// use rclrs_runtime::ServiceClient;
/// use ros_env::rcl_interfaces::srv::{ListParameters, ListParameters_Request};
/// use std::time::Duration;
///
/// let client = ServiceClient::<ListParameters>::new(&node, "/talker/list_parameters")?
///     .with_response_timeout(Some(Duration::from_secs(5)));
/// client.wait_for_service(None).await?;
/// let response = client.call(ListParameters_Request::default()).await?;
/// println!("{:?}", response.result.names);
/// # Ok(())
/// # }
/// ```
pub struct ServiceClient<T: ServiceIDL> {
    shared: Arc<Shared<T>>,
    response_timeout: Option<Duration>,
}

impl<T: ServiceIDL> ServiceClient<T> {
    /// Creates a client of the service `name` on `node`. The executor of the node has to spin for it
    /// to work; it may be any executor.
    ///
    /// # Errors
    ///
    /// [`Error::Rcl`] when rcl refuses the client.
    pub fn new(node: &Node, name: &str) -> Result<Self, Error> {
        let connection = Connection::open(node, name)?;
        let shared = Arc::new(Shared {
            node: Arc::clone(node),
            name: name.to_owned(),
            connection: Mutex::new(Arc::new(connection)),
        });
        Ok(Self {
            shared,
            response_timeout: None,
        })
    }

    /// Limits the time that each call may take; `None`, the default, is no limit.
    pub fn with_response_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.response_timeout = timeout;
        self
    }

    /// Waits until a server can be called, and logs once a second that it is still waiting, as the
    /// tutorials of ROS 2 do. `timeout` limits the wait; `None` is no limit.
    ///
    /// # Errors
    ///
    /// [`Error::NoService`] when the limit has passed; [`Error::Unreachable`] when no message can
    /// reach this process; [`Error::Rcl`] when rcl cannot tell.
    pub async fn wait_for_service(&self, timeout: Option<Duration>) -> Result<(), Error> {
        let connection = self.shared.connection();
        let started = Instant::now();
        loop {
            let left = timeout.map_or(Duration::MAX, |timeout| {
                timeout.saturating_sub(started.elapsed())
            });
            let turn = left.min(Duration::from_secs(1));
            if let Some(found) = within(turn, connection.monitor.wait_for_service()).await {
                return Ok(found?);
            }
            if let Some(timeout) = timeout.filter(|timeout| *timeout <= started.elapsed()) {
                let service = self.service_name();
                return Err(Error::NoService { service, timeout });
            }
            // The server may be there, and its messages not arrive.
            if connection.monitor.is_unreachable() {
                return Err(Error::Unreachable);
            }
            log_info!(
                self.shared.node.logger(),
                "service not available, waiting again..."
            );
        }
    }

    /// Sends a request: the returned future resolves to the response.
    ///
    /// The request is sent when the future is first polled. Several may be in flight at once. A
    /// future that finds no server, because the one that was there has left, waits for the next one.
    ///
    /// # Errors
    ///
    /// The future resolves to [`Error::ServerLost`] when every server that received the request left
    /// the ROS graph without a response; the next request goes to the next server. It resolves to
    /// [`Error::NoResponse`] when the limit of
    /// [`with_response_timeout`](Self::with_response_timeout) has passed, to [`Error::Unreachable`]
    /// when no response can reach this process, and to [`Error::Rcl`] when rcl cannot send the
    /// request.
    pub fn call(
        &self,
        request: T::Request,
    ) -> impl Future<Output = Result<T::Response, Error>> + Send + 'static {
        // The future takes with it what it needs, so that it borrows nothing from this client.
        let shared = Arc::clone(&self.shared);
        let timeout = self.response_timeout;
        async move {
            let service = shared.connection().client.service_name();
            let response = shared.call(request);
            match timeout {
                None => response.await,
                Some(timeout) => (within(timeout, response).await)
                    .unwrap_or(Err(Error::NoResponse { service, timeout })),
            }
        }
    }

    /// Sends a request, and another one as long as `next` makes one of the last response: on the thread of the
    /// middleware that has received it, without a change of thread.
    ///
    /// `next` is subject to the rules for a callback of
    /// [`create_service_on_receiving_thread`](crate::create_service_on_receiving_thread). It is `Copy`, so that
    /// what it finds is left in a `static`. The limit of
    /// [`with_response_timeout`](Self::with_response_timeout) does not apply.
    ///
    /// # Errors
    ///
    /// The future resolves to [`Error::ServerLost`] when the servers that were there at the first call have all
    /// left; else as with [`call`](Self::call).
    pub fn call_in_sequence(
        &self,
        first: T::Request,
        next: impl FnMut(T::Response) -> Option<T::Request> + Copy + Send + 'static,
    ) -> impl Future<Output = Result<(), Error>> + Send + 'static {
        let shared = Arc::clone(&self.shared);
        async move {
            let (connection, recipients) = shared.ready().await?;
            let response = connection.client.call::<_, T::Response>(first)?;
            let end = sequence(&connection, response, next);
            shared.until_lost(&connection, recipients, end).await
        }
    }

    /// The full name of the service, after remapping.
    pub fn service_name(&self) -> String {
        self.shared.connection().client.service_name()
    }
}

/// What a client shares with its calls.
struct Shared<T: ServiceIDL> {
    node: Node,
    /// As it was given: the name after remapping must not be remapped once more.
    name: String,
    connection: Mutex<Arc<Connection<T>>>,
}

impl<T: ServiceIDL> Shared<T> {
    fn connection(&self) -> Arc<Connection<T>> {
        Arc::clone(&lock(&self.connection))
    }

    async fn call(&self, request: T::Request) -> Result<T::Response, Error> {
        let (connection, recipients) = self.ready().await?;
        let response = connection.client.call::<_, T::Response>(request)?;
        // The promise of a response is only broken when the executor was dropped, and this future with it.
        let response = async { response.await.ok().map(Ok) };
        self.until_lost(&connection, recipients, response).await
    }

    /// Waits until a request can be sent, and returns who will receive it: determined before it is sent,
    /// so that no server leaves unnoticed in between.
    async fn ready(&self) -> Result<(Arc<Connection<T>>, Recipients), Error> {
        let mut connection = self.connection();
        if connection.monitor.had_second_server() {
            connection = self.renew(&connection);
        }
        let monitor = &connection.monitor;
        // A request that is sent while there is no server is lost, without an error.
        monitor.wait_for_service().await?;
        monitor.wait_for_name().await;
        if monitor.is_unreachable() {
            return Err(Error::Unreachable);
        }
        let recipients = monitor.recipients();
        Ok((connection, recipients))
    }

    /// What `result` resolves to, unless all of `recipients` leave before.
    async fn until_lost<R>(
        &self,
        connection: &Arc<Connection<T>>,
        recipients: Recipients,
        result: impl Future<Output = Option<Result<R, RclrsError>>>,
    ) -> Result<R, Error> {
        let lost = connection.monitor.lost(recipients);
        let lost = async {
            lost.await;
            None
        };
        if let Some(result) = result.or(lost).await {
            return Ok(result?);
        }
        if connection.monitor.is_unreachable() {
            return Err(Error::Unreachable);
        }
        let service = connection.client.service_name();
        self.renew(connection);
        Err(Error::ServerLost { service })
    }

    /// Replaces a connection for later calls, when its servers have left or a second one was discovered.
    ///
    /// While a dead server is still on the graph, requests to it are kept to be sent again. To a server
    /// that is discovered then, each of them has to be declared irrelevant, and Fast DDS may do that for
    /// no more than 256 every three seconds: it received its first request after two minutes. A new client
    /// has no such requests.
    fn renew(&self, used: &Arc<Connection<T>>) -> Arc<Connection<T>> {
        let mut present = lock(&self.connection);
        // The first of several calls does it for all.
        if Arc::ptr_eq(&present, used) {
            // The old one works as well, only slower, when rcl refuses a new one.
            if let Ok(new) = Connection::open(&self.node, &self.name) {
                *present = Arc::new(new);
            }
        }
        Arc::clone(&present)
    }
}

/// Makes the calls that follow the first one, and resolves after the last.
async fn sequence<T: ServiceIDL>(
    connection: &Connection<T>,
    mut response: Promise<T::Response>,
    mut next: impl FnMut(T::Response) -> Option<T::Request> + Copy + Send + 'static,
) -> Option<Result<(), RclrsError>> {
    let client = &connection.client;
    if let Some(queue) = connection.queue.as_ref().and_then(Weak::upgrade) {
        let (sequence, end) = call_sequence(client, response, next);
        queue.entities().add_sequence(sequence);
        drop(queue);
        return end.await.ok();
    }
    // With another executor.
    while let Some(request) = next(response.await.ok()?) {
        match client.call(request) {
            Ok(promise) => response = promise,
            Err(error) => return Some(Err(error)),
        }
    }
    Some(Ok(()))
}

/// A client of rclrs, and what monitors its servers.
struct Connection<T: ServiceIDL> {
    client: Client<T>,
    monitor: GraphMonitor<T>,
    /// Where the client reports responses; `None` with another executor than ours.
    queue: Option<Weak<EventQueue>>,
}

impl<T: ServiceIDL> Connection<T> {
    fn open(node: &Node, name: &str) -> Result<Self, RclrsError> {
        let (client, queue) =
            with_queue(|| node.create_client(name.keep_last(SERVICE_QUEUE_DEPTH)));
        let client = client?;
        let monitor = GraphMonitor::start(node, &client);
        Ok(Self {
            client,
            monitor,
            queue,
        })
    }
}
