// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Notices when the servers that have a request are gone.
//!
//! Nothing in ROS 2 tells a client that the server which took its request has died: the reply
//! just never comes. Asking "is the service there?" is not enough either, because a server that
//! was killed and started again is there, and knows nothing of the request; for up to 20 seconds
//! both the dead one and the new one are on the graph, until the lease of the dead one runs out.
//!
//! So this module keeps a list of the servers, gives each one a number when it appears, and
//! strikes it off when it disappears. Every server of a service receives every request. A request
//! is therefore lost when all servers that were there when it was sent have been struck off,
//! whatever has come since. That includes a server that was out of reach for a while: it has been
//! struck off as well, and no longer knows this client.
//!
//! Servers are told apart by what [`endpoints`](crate::endpoints) finds out about them.

use crate::{
    endpoints::{servers_of, Gid},
    shared_memory::SharedMemory,
};
use async_io::Timer;
use rclrs::{Client, ClientState, Node, NodeState, Promise, ServiceIDL};
use std::{
    collections::{HashMap, HashSet},
    future::Future,
    sync::{Arc, Mutex, Weak},
    time::Duration,
};
use tokio::sync::watch;

/// How often the graph is looked at when it reports no change.
const PERIOD: Duration = Duration::from_secs(1);

/// The least time between two looks. A node that starts changes the graph a dozen times at once.
const PAUSE: Duration = Duration::from_millis(10);

/// How long a reply may still be on its way when its server has left: replies and departures
/// travel separately, and a server that leaves right after its last answer may be overtaken.
const GRACE: Duration = Duration::from_millis(500);

/// Watches the servers of one service for as long as it lives.
pub struct ServerWatch<T: ServiceIDL> {
    lookout: Arc<Lookout<T>>,
    // The watching ends when this is dropped.
    _watching: Promise<()>,
}

/// Names the servers that a request goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipients {
    // The number of the youngest of them; all servers up to it have the request.
    youngest: u64,
}

impl<T: ServiceIDL> ServerWatch<T> {
    /// Starts to watch the servers of the service that `client` calls.
    ///
    /// The executor of `node` has to spin for anything to be noticed.
    pub fn start(node: &Node, client: &Client<T>) -> Self {
        let lookout = Arc::new(Lookout {
            node: Arc::downgrade(node),
            client: Arc::downgrade(client),
            service: client.service_name(),
            roll: watch::Sender::default(),
            shared_memory: Mutex::default(),
        });
        lookout.look();
        let watching = node.commands().query(keep_watching(Arc::clone(&lookout)));
        Self {
            lookout,
            _watching: watching,
        }
    }

    /// The servers that a request sent now will reach; the service has to be ready.
    pub fn recipients(&self) -> Recipients {
        if self.lookout.roll.borrow().is_empty() {
            // The service has become ready a moment ago, and the watch has not noticed yet.
            self.lookout.look();
        }
        self.lookout.roll.borrow().recipients()
    }

    /// Whether no reply can come in, for the reason that [`shared_memory`] tells.
    pub fn is_cut_off(&self) -> bool {
        self.lookout.roll.borrow().cut_off
    }

    /// Ends when all of `recipients` have left the graph, or none can reach this process, and a
    /// last reply has had time to arrive.
    pub fn gone(&self, recipients: Recipients) -> impl Future<Output = ()> + Send + 'static {
        let mut roll = self.lookout.roll.subscribe();
        async move {
            loop {
                if roll
                    .wait_for(|roll| roll.has_lost(recipients))
                    .await
                    .is_err()
                {
                    // The watch itself has ended, so that there will be no more news.
                    std::future::pending::<()>().await;
                }
                Timer::after(GRACE).await;
                if roll.borrow().has_lost(recipients) {
                    return;
                }
            }
        }
    }
}

/// Looks at the graph after each of its changes, for ever.
async fn keep_watching<T: ServiceIDL>(lookout: Arc<Lookout<T>>) {
    loop {
        // The notice is asked for before the look, so that no change falls between the two.
        let Some(change) = lookout
            .node
            .upgrade()
            .map(|node| next_change(&node, PERIOD))
        else {
            return;
        };
        lookout.look();
        if change.await.is_err() {
            return;
        }
        Timer::after(PAUSE).await;
    }
}

/// Where to look, and what was seen there last.
struct Lookout<T: ServiceIDL> {
    // Node and client are only borrowed for each look: watching must not keep them on the graph.
    node: Weak<NodeState>,
    client: Weak<ClientState<T>>,
    service: String,
    roll: watch::Sender<Roll>,
    shared_memory: Mutex<SharedMemory>,
}

impl<T: ServiceIDL> Lookout<T> {
    /// Brings the roll up to date.
    fn look(&self) {
        let (Some(node), Some(client)) = (self.node.upgrade(), self.client.upgrade()) else {
            return;
        };
        let ready = client.service_is_ready().unwrap_or(false);
        let servers = servers_of(&self.service, &node);
        let cut_off = self
            .shared_memory
            .lock()
            .is_ok_and(|mut shared_memory| shared_memory.is_cut_off());
        self.roll.send_if_modified(|roll| {
            let news = cut_off && !roll.cut_off;
            roll.cut_off |= cut_off;
            roll.update(&servers, ready) || news
        });
    }
}

/// Ends when the graph changes next, or after `period`: rcl may report a change a moment before
/// its queries show it.
pub fn next_change(node: &NodeState, period: Duration) -> Promise<()> {
    // rclrs asks for the first time at once, before anything has changed.
    let mut asked = false;
    node.notify_on_graph_change_with_period(period, move || std::mem::replace(&mut asked, true))
}

/// The servers that are there, each with its number.
#[derive(Debug, Default)]
struct Roll {
    present: HashMap<Gid, u64>,
    // The number that was given out last; the first one is 1.
    last: u64,
    // Whether there is a server at all. A middleware without endpoints of its own tells no more.
    ready: bool,
    // Whether no reply of any of them can come in.
    cut_off: bool,
}

impl Roll {
    /// Takes over what the graph says now, and returns whether that is news.
    fn update(&mut self, now: &HashSet<Gid>, ready: bool) -> bool {
        let before = (self.present.len(), self.last, self.ready);
        self.ready = ready;
        self.present.retain(|server, _| now.contains(server));
        let left = self.present.len();
        for server in now {
            self.present.entry(*server).or_insert_with(|| {
                self.last += 1;
                self.last
            });
        }
        before != (left, self.last, self.ready)
    }

    /// Whether there is no server, as far as this roll knows.
    fn is_empty(&self) -> bool {
        self.present.is_empty() && !self.ready
    }

    fn recipients(&self) -> Recipients {
        Recipients {
            youngest: self.last,
        }
    }

    fn has_lost(&self, recipients: Recipients) -> bool {
        let others_only = !self.present.is_empty()
            && (self.present.values()).all(|number| *number > recipients.youngest);
        others_only || self.is_empty() || self.cut_off
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(servers: &[u8]) -> HashSet<Gid> {
        servers.iter().map(|server| [*server; 16]).collect()
    }

    #[test]
    fn a_request_is_lost_when_its_only_server_goes() {
        let mut roll = Roll::default();
        assert!(roll.update(&graph(&[1]), true));
        let recipients = roll.recipients();
        assert!(!roll.has_lost(recipients));
        assert!(roll.update(&graph(&[]), false));
        assert!(roll.has_lost(recipients));
    }

    #[test]
    fn a_request_is_lost_when_its_server_is_replaced() {
        let mut roll = Roll::default();
        roll.update(&graph(&[1]), true);
        let recipients = roll.recipients();
        roll.update(&graph(&[1, 2]), true);
        assert!(!roll.has_lost(recipients));
        roll.update(&graph(&[2]), true);
        assert!(roll.has_lost(recipients));
        assert!(!roll.has_lost(roll.recipients()));
    }

    #[test]
    fn a_request_is_lost_when_its_server_is_replaced_between_two_looks() {
        let mut roll = Roll::default();
        roll.update(&graph(&[1]), true);
        let recipients = roll.recipients();
        assert!(roll.update(&graph(&[2]), true));
        assert!(roll.has_lost(recipients));
    }

    #[test]
    fn a_request_is_lost_when_its_server_was_out_of_reach() {
        let mut roll = Roll::default();
        roll.update(&graph(&[1]), true);
        let recipients = roll.recipients();
        roll.update(&graph(&[]), false);
        roll.update(&graph(&[1]), true);
        assert!(roll.has_lost(recipients));
    }

    #[test]
    fn a_request_is_kept_while_one_of_its_servers_is_there() {
        let mut roll = Roll::default();
        roll.update(&graph(&[1, 2]), true);
        let recipients = roll.recipients();
        roll.update(&graph(&[2]), true);
        assert!(!roll.has_lost(recipients));
        roll.update(&graph(&[3]), true);
        assert!(roll.has_lost(recipients));
    }

    #[test]
    fn servers_that_come_and_go_later_do_not_matter() {
        let mut roll = Roll::default();
        roll.update(&graph(&[1]), true);
        let recipients = roll.recipients();
        roll.update(&graph(&[1, 2]), true);
        roll.update(&graph(&[1]), true);
        assert!(!roll.has_lost(recipients));
    }

    #[test]
    fn a_server_without_an_endpoint_of_its_own_is_missed_when_the_service_is_gone() {
        let mut roll = Roll::default();
        roll.update(&graph(&[]), true);
        let recipients = roll.recipients();
        assert!(!roll.has_lost(recipients));
        assert!(roll.update(&graph(&[]), false));
        assert!(roll.has_lost(recipients));
    }

    #[test]
    fn a_graph_without_changes_is_no_news() {
        let mut roll = Roll::default();
        roll.update(&graph(&[1, 2]), true);
        assert!(!roll.update(&graph(&[1, 2]), true));
    }
}
