// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Detects that the servers which received a request have left the graph.
//!
//! Each server of a service receives every request, and a request is lost when all servers that received
//! it have left the graph. Whether the service is available is not enough to know, because a server that
//! was killed and restarted is available, and never received the request; for up to 20 seconds both are on
//! the graph, until the lease of the dead one expires. So this monitor keeps a [`ServerTable`].

use super::server_table::{Recipients, ServerTable};
use crate::{endpoints::servers_of, fast_dds::port_files, time_limit::within};
use async_io::Timer;
use rclrs::{Client, ClientState, Node, NodeState, Promise, RclrsError, ServiceIDL};
use std::{
    future::Future,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};
use tokio::sync::{watch, Notify};

/// The time between two polls of a graph that does not change.
const PERIOD: Duration = Duration::from_secs(2);

/// When to poll again after a change of the graph: rcl may report it a moment before it shows.
const PERIOD_AFTER_CHANGE: Duration = Duration::from_millis(20);

/// The time between a change and a poll. A node that starts changes the graph a dozen times at once.
const PAUSE: Duration = Duration::from_millis(5);

/// How long to wait for the node name of a server.
const NAME_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a response may arrive after its server has left: the two travel separately, and a server
/// that exits right after its last response may be faster.
const GRACE_PERIOD: Duration = Duration::from_millis(500);

/// Monitors the servers of one service for as long as it lives.
pub struct GraphMonitor<T: ServiceIDL> {
    graph: Arc<Graph<T>>,
    // The tasks end when these are dropped.
    _polling: Promise<()>,
    _notifying: Promise<()>,
}

impl<T: ServiceIDL> GraphMonitor<T> {
    /// Starts to monitor the servers of the service that `client` calls.
    ///
    /// The executor of `node` has to spin for changes to be detected.
    pub fn start(node: &Node, client: &Client<T>) -> Self {
        let graph = Arc::new(Graph {
            node: Arc::downgrade(node),
            client: Arc::downgrade(client),
            service: client.service_name(),
            table: watch::Sender::default(),
        });
        graph.poll();
        // One listener for the whole life of the monitor: rclrs 0.8 frees a listener only when the
        // graph changes next.
        let changes = Arc::new(Notify::new());
        let notified = Arc::clone(&changes);
        let never = Duration::from_secs(24 * 60 * 60);
        let notifying = node.notify_on_graph_change_with_period(never, move || {
            notified.notify_one();
            false
        });
        let polling = node.commands().query(poll(Arc::downgrade(&graph), changes));
        Self {
            graph,
            _polling: polling,
            _notifying: notifying,
        }
    }

    /// Ends when a server can be called.
    ///
    /// # Errors
    ///
    /// What rcl says when it cannot tell.
    pub async fn wait_for_service(&self) -> Result<(), RclrsError> {
        let Some(client) = self.graph.client.upgrade() else {
            return std::future::pending().await;
        };
        // rcl knows that a server has left before this monitor does.
        while !client.service_is_ready()? {
            self.graph.poll();
            let mut table = self.graph.table.subscribe();
            // The sender lives as long as `self`.
            let _ = table.wait_for(|table| table.is_ready).await;
        }
        Ok(())
    }

    /// Ends when the node name of a server is known, or was not known within a second.
    ///
    /// With rmw_fastrtps a name arrives only from a participant that has discovered this node as well.
    /// A server that receives a request before it has discovered the client blocks for a tenth of a
    /// second, and then drops the response. A server that is no node of ROS 2 has no name.
    pub async fn wait_for_name(&self) {
        let mut table = self.graph.table.subscribe();
        let named = table.wait_for(|table| table.is_named || table.had_no_name);
        if within(NAME_TIMEOUT, named).await.is_none() {
            self.graph
                .table
                .send_modify(|table| table.had_no_name = true);
        }
    }

    /// The servers that a request sent now goes to; the service has to be ready.
    pub fn recipients(&self) -> Recipients {
        if self.graph.table.borrow().is_empty() {
            // The service has become ready since the last poll.
            self.graph.poll();
        }
        self.graph.table.borrow().recipients(Instant::now())
    }

    /// Whether a second server was ever discovered while another one was present.
    pub fn had_second_server(&self) -> bool {
        self.graph.table.borrow().had_second
    }

    /// Whether no response can arrive, as [`port_files`](crate::fast_dds::port_files) describes.
    pub fn is_unreachable(&self) -> bool {
        self.graph.table.borrow().is_unreachable
    }

    /// Ends when all of `recipients` have left the graph, or none of them can reach this process,
    /// and a last response has had time to arrive.
    pub fn lost(&self, recipients: Recipients) -> impl Future<Output = ()> + Send + 'static {
        let mut table = self.graph.table.subscribe();
        async move {
            loop {
                let lost = table.wait_for(|table| table.has_lost(recipients));
                if lost.await.is_err() {
                    // The monitor was dropped, and no change will be detected.
                    std::future::pending::<()>().await;
                }
                Timer::after(GRACE_PERIOD).await;
                if table.borrow().has_lost(recipients) {
                    return;
                }
            }
        }
    }
}

/// Polls the graph after each of its changes, until the monitor is dropped.
async fn poll<T: ServiceIDL>(graph: Weak<Graph<T>>, changes: Arc<Notify>) {
    let mut period = PERIOD_AFTER_CHANGE;
    loop {
        // The graph is borrowed for the poll alone, so that this task does not keep it.
        let Some(()) = graph.upgrade().map(|graph| graph.poll()) else {
            return;
        };
        period = if within(period, changes.notified()).await.is_some() {
            Timer::after(PAUSE).await;
            PERIOD_AFTER_CHANGE
        } else {
            PERIOD
        };
    }
}

/// What is polled, and the result of the last poll.
struct Graph<T: ServiceIDL> {
    // Both are borrowed for each poll: monitoring must not keep them on the graph.
    node: Weak<NodeState>,
    client: Weak<ClientState<T>>,
    service: String,
    table: watch::Sender<ServerTable>,
}

impl<T: ServiceIDL> Graph<T> {
    /// Updates the table.
    fn poll(&self) {
        let (Some(node), Some(client)) = (self.node.upgrade(), self.client.upgrade()) else {
            return;
        };
        let is_ready = client.service_is_ready().unwrap_or(false);
        let servers = servers_of(&self.service, &node);
        let is_unreachable = port_files::are_lost();
        self.table.send_if_modified(move |table| {
            let became_unreachable = is_unreachable && !table.is_unreachable;
            table.is_unreachable |= is_unreachable;
            table.update(servers, is_ready, Instant::now()) || became_unreachable
        });
    }
}
