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
//! whatever has come since.
//!
//! The graph tells the names of nodes, not which process they are. When one of two servers of the
//! same name goes, the older one is struck off: a client that is told of a loss can ask again,
//! one that is not told waits for ever.

use crate::{rcl, shared_memory::SharedMemory, time_limit::within};
use async_io::Timer;
use rclrs::{Client, ClientState, Node, NodeState, Promise, ServiceIDL};
use std::{
    collections::HashMap,
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

/// How long a server may take to be known by its name.
const NAMING: Duration = Duration::from_secs(1);

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

    /// Ends when a server of the service is known by name, or when it has none for a second.
    ///
    /// The middleware finds a server a moment before it learns its name. One that is called in
    /// between, dies and is started again would be taken for the same one.
    pub fn named(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut nameless =
            (self.lookout.roll.borrow().present.is_empty()).then(|| self.lookout.roll.subscribe());
        async move {
            let Some(roll) = &mut nameless else {
                return;
            };
            // That no name comes is no error: a server need not be a node of ROS 2.
            let _ = within(NAMING, roll.wait_for(|roll| !roll.present.is_empty())).await;
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
            roll.update(servers, ready) || news
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

/// The nodes that offer `service`, each with the number of servers of that name.
fn servers_of(service: &str, node: &Node) -> HashMap<(String, String), usize> {
    let mut servers = HashMap::new();
    for info in node.get_node_names().unwrap_or_default() {
        *servers.entry((info.namespace, info.name)).or_insert(0) += 1;
    }
    servers.retain(|(namespace, name), _| {
        // A node may leave between the two queries; it then offers nothing.
        let offered = node
            .get_service_names_and_types_by_node(name, namespace)
            .unwrap_or_default();
        if offered.is_empty() {
            rcl::forget_last_error();
        }
        offered.contains_key(service)
    });
    servers
}

/// The servers that are there, by name, each name with the numbers of its servers in the order
/// in which they appeared.
#[derive(Debug, Default)]
struct Roll {
    present: HashMap<(String, String), Vec<u64>>,
    // The number that was given out last; the first one is 1.
    last: u64,
    // Whether there is a server at all, named or not. The middleware finds the service first, and
    // learns a moment later which node it belongs to; a server may come and go in between.
    ready: bool,
    // Whether no reply of any of them can come in.
    cut_off: bool,
}

impl Roll {
    /// Takes over what the graph says now, and returns whether that is news.
    fn update(&mut self, now: HashMap<(String, String), usize>, ready: bool) -> bool {
        let mut news = self.ready != ready;
        self.ready = ready;
        self.present.retain(|name, numbers| {
            let left = now.get(name).copied().unwrap_or(0);
            // The oldest go first; why is said at the head of this file.
            let departed = numbers.len().saturating_sub(left);
            numbers.drain(..departed);
            news |= departed > 0;
            !numbers.is_empty()
        });
        for (name, count) in now {
            let numbers = self.present.entry(name).or_default();
            while numbers.len() < count {
                self.last += 1;
                numbers.push(self.last);
                news = true;
            }
        }
        news
    }

    /// Whether there is no server, as far as this roll knows.
    fn is_empty(&self) -> bool {
        self.present.is_empty() && !self.ready
    }

    fn recipients(&self) -> Recipients {
        Recipients {
            // The next server to get a name is taken for the one that has none yet.
            youngest: if self.present.is_empty() {
                self.last + 1
            } else {
                self.last
            },
        }
    }

    fn has_lost(&self, recipients: Recipients) -> bool {
        let others_only = recipients.youngest <= self.last
            && !self
                .present
                .values()
                .flatten()
                .any(|number| *number <= recipients.youngest);
        others_only || self.is_empty() || self.cut_off
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(servers: &[(&str, usize)]) -> HashMap<(String, String), usize> {
        servers
            .iter()
            .map(|(name, count)| (("/".to_owned(), (*name).to_owned()), *count))
            .collect()
    }

    #[test]
    fn a_request_is_lost_when_its_only_server_goes() {
        let mut roll = Roll::default();
        assert!(roll.update(graph(&[("a", 1)]), true));
        let recipients = roll.recipients();
        assert!(!roll.has_lost(recipients));
        assert!(roll.update(graph(&[]), false));
        assert!(roll.has_lost(recipients));
    }

    #[test]
    fn a_request_is_lost_when_its_server_is_replaced_by_one_of_the_same_name() {
        let mut roll = Roll::default();
        roll.update(graph(&[("a", 1)]), true);
        let recipients = roll.recipients();
        roll.update(graph(&[("a", 2)]), true);
        assert!(!roll.has_lost(recipients));
        roll.update(graph(&[("a", 1)]), true);
        assert!(roll.has_lost(recipients));
        assert!(!roll.has_lost(roll.recipients()));
    }

    #[test]
    fn a_request_is_kept_while_one_of_its_servers_is_there() {
        let mut roll = Roll::default();
        roll.update(graph(&[("a", 1), ("b", 1)]), true);
        let recipients = roll.recipients();
        roll.update(graph(&[("b", 1)]), true);
        assert!(!roll.has_lost(recipients));
        roll.update(graph(&[("c", 1)]), true);
        assert!(roll.has_lost(recipients));
    }

    #[test]
    fn servers_that_come_and_go_later_do_not_matter() {
        let mut roll = Roll::default();
        roll.update(graph(&[("a", 1)]), true);
        let recipients = roll.recipients();
        roll.update(graph(&[("a", 1), ("b", 1)]), true);
        roll.update(graph(&[("a", 1)]), true);
        assert!(!roll.has_lost(recipients));
    }

    #[test]
    fn the_first_server_to_get_a_name_is_taken_for_the_one_that_was_called() {
        let mut roll = Roll::default();
        roll.update(graph(&[]), true);
        let recipients = roll.recipients();
        assert!(!roll.has_lost(recipients));
        roll.update(graph(&[("a", 1)]), true);
        assert!(!roll.has_lost(recipients));
        roll.update(graph(&[("b", 1)]), true);
        assert!(roll.has_lost(recipients));
    }

    #[test]
    fn a_request_is_lost_when_its_server_goes_before_it_had_a_name() {
        let mut roll = Roll::default();
        roll.update(graph(&[]), true);
        let recipients = roll.recipients();
        assert!(!roll.has_lost(recipients));
        assert!(roll.update(graph(&[]), false));
        assert!(roll.has_lost(recipients));
    }

    #[test]
    fn a_graph_without_changes_is_no_news() {
        let mut roll = Roll::default();
        roll.update(graph(&[("a", 1), ("b", 2)]), true);
        assert!(!roll.update(graph(&[("a", 1), ("b", 2)]), true));
    }
}
