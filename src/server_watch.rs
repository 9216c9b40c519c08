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
//!
//! The middleware lists a server a moment before it sends requests to it. rcl calls a service ready
//! when it does for one of its servers; of those that come later nobody tells. So a newcomer does not
//! count among those that have a request, until it has been there for a second: a client that is told
//! of a loss can ask again, one that relies on a server which has never heard of it waits for ever.

use crate::{
    endpoints::{servers_of, Gid, Servers},
    shared_memory::SharedMemory,
    time_limit::within,
};
use async_io::Timer;
use rclrs::{Client, ClientState, Node, NodeState, Promise, RclrsError, ServiceIDL};
use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, Weak},
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// When to look again at a graph that does not change.
const LATER: Duration = Duration::from_secs(2);

/// When to look again after a change of the graph: rcl may report it a moment before it shows.
const SOON: Duration = Duration::from_millis(20);

/// The least time between two looks. A node that starts changes the graph a dozen times at once.
const PAUSE: Duration = Duration::from_millis(5);

/// How long a server may be listed and not be sent requests yet.
const SETTLING: Duration = Duration::from_secs(1);

/// How long the name of a server may take to come.
const NAMING: Duration = Duration::from_secs(1);

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

    /// Ends when a server is ready to be called.
    ///
    /// # Errors
    ///
    /// What rcl says when it cannot tell.
    pub async fn wait_for_service(&self) -> Result<(), RclrsError> {
        let Some(client) = self.lookout.client.upgrade() else {
            return std::future::pending().await;
        };
        // rcl knows of a departure before the watch does.
        while !client.service_is_ready()? {
            self.lookout.look();
            let mut roll = self.lookout.roll.subscribe();
            // The watch lives as long as this does.
            let _ = roll.wait_for(|roll| roll.ready).await;
        }
        Ok(())
    }

    /// Ends when a server is known by the name of its node, or when no name has come for a second.
    ///
    /// With rmw_fastrtps a name comes only from those who know this node as well. A server that gets
    /// a request before it knows the way back waits for it, and does nothing else meanwhile.
    pub async fn named(&self) {
        let roll = &self.lookout.roll;
        if roll.borrow().named {
            return;
        }
        let mut news = roll.subscribe();
        let named = within(NAMING, news.wait_for(|roll| roll.named)).await;
        if named.is_none() {
            // That no name comes is no error, a server need not be a node of ROS 2; it is not waited
            // for again.
            roll.send_modify(|roll| (roll.anonymous, roll.named) = (true, true));
        }
    }

    /// The servers that a request sent now will reach; the service has to be ready.
    pub fn recipients(&self) -> Recipients {
        if self.lookout.roll.borrow().is_empty() {
            // The service has become ready a moment ago, and the watch has not noticed yet.
            self.lookout.look();
        }
        self.lookout.roll.borrow().recipients(Instant::now())
    }

    /// Whether a server has come since this watch began, while another one was there.
    pub fn has_newcomer(&self) -> bool {
        self.lookout.roll.borrow().newcomer
    }

    /// Whether no reply can come in, for the reason that [`shared_memory`](crate::shared_memory) tells.
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
    let mut period = SOON;
    loop {
        // The notice is asked for before the look, so that no change falls between the two.
        let Some(change) = lookout
            .node
            .upgrade()
            .map(|node| next_change(&node, period))
        else {
            return;
        };
        lookout.look();
        let looked = Instant::now();
        if change.await.is_err() {
            return;
        }
        let changed = looked.elapsed() < period;
        period = if changed { SOON } else { LATER };
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
            roll.update(&servers, ready, Instant::now()) || news
        });
    }
}

/// Ends when the graph changes next, or after `period`.
fn next_change(node: &NodeState, period: Duration) -> Promise<()> {
    // rclrs asks for the first time at once, before anything has changed.
    let mut asked = false;
    node.notify_on_graph_change_with_period(period, move || std::mem::replace(&mut asked, true))
}

/// The servers that are there.
#[derive(Debug, Default)]
struct Roll {
    present: HashMap<Gid, Server>,
    // The number that was given out last; the first one is 1.
    last: u64,
    // Whether there is a server at all. A middleware without endpoints of its own tells no more.
    ready: bool,
    // Whether the name of one of them is known, or none is to be expected.
    named: bool,
    anonymous: bool,
    // Whether a server has ever come while another one was there.
    newcomer: bool,
    // Whether no reply of any of them can come in.
    cut_off: bool,
}

#[derive(Clone, Copy, Debug)]
struct Server {
    number: u64,
    since: Instant,
}

impl Roll {
    /// Takes over what the graph says now, and returns whether that is news.
    fn update(&mut self, servers: &Servers, ready: bool, now: Instant) -> bool {
        let before = (self.present.len(), self.last, self.ready, self.named);
        self.ready = ready;
        self.named = self.anonymous || servers.values().any(|named| *named);
        self.present
            .retain(|server, _| servers.contains_key(server));
        let left = self.present.len();
        self.newcomer |= left > 0 && servers.len() > left;
        for server in servers.keys() {
            self.present.entry(*server).or_insert_with(|| {
                self.last += 1;
                Server {
                    number: self.last,
                    since: now,
                }
            });
        }
        before != (left, self.last, self.ready, self.named)
    }

    /// Whether there is no server, as far as this roll knows.
    fn is_empty(&self) -> bool {
        self.present.is_empty() && !self.ready
    }

    fn recipients(&self, now: Instant) -> Recipients {
        let settled = |server: &&Server| now.duration_since(server.since) >= SETTLING;
        let servers = || self.present.values();
        let youngest = servers().filter(settled).map(|server| server.number).max();
        // When all are newcomers, the service is ready because of the first of them.
        let youngest = youngest.or_else(|| servers().map(|server| server.number).min());
        Recipients {
            youngest: youngest.unwrap_or(self.last),
        }
    }

    fn has_lost(&self, recipients: Recipients) -> bool {
        let others_only = !self.present.is_empty()
            && (self.present.values()).all(|server| server.number > recipients.youngest);
        others_only || self.is_empty() || self.cut_off
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(servers: &[u8]) -> Servers {
        let servers = servers.iter().map(|server| ([*server; 16], true));
        servers.collect()
    }

    /// A roll, and the time at which it is looked at.
    struct Course {
        roll: Roll,
        now: Instant,
    }

    impl Course {
        fn of(servers: &[u8]) -> Self {
            let mut course = Self {
                roll: Roll::default(),
                now: Instant::now(),
            };
            course.go_on(servers);
            course
        }

        /// Looks again, some time later.
        fn go_on(&mut self, servers: &[u8]) -> bool {
            self.now += SETTLING;
            self.go_on_at_once(servers)
        }

        fn go_on_at_once(&mut self, servers: &[u8]) -> bool {
            let ready = !servers.is_empty();
            self.roll.update(&graph(servers), ready, self.now)
        }

        fn recipients(&self) -> Recipients {
            self.roll.recipients(self.now)
        }
    }

    #[test]
    fn a_request_is_lost_when_its_only_server_goes() {
        let mut course = Course::of(&[1]);
        let recipients = course.recipients();
        assert!(!course.roll.has_lost(recipients));
        assert!(course.go_on(&[]));
        assert!(course.roll.has_lost(recipients));
    }

    #[test]
    fn a_request_is_lost_when_its_server_is_replaced() {
        let mut course = Course::of(&[1]);
        let recipients = course.recipients();
        course.go_on(&[1, 2]);
        assert!(!course.roll.has_lost(recipients));
        course.go_on(&[2]);
        assert!(course.roll.has_lost(recipients));
        assert!(!course.roll.has_lost(course.recipients()));
    }

    #[test]
    fn a_request_is_lost_when_its_server_is_replaced_between_two_looks() {
        let mut course = Course::of(&[1]);
        let recipients = course.recipients();
        assert!(course.go_on(&[2]));
        assert!(course.roll.has_lost(recipients));
    }

    #[test]
    fn a_request_is_lost_when_its_server_was_out_of_reach() {
        let mut course = Course::of(&[1]);
        let recipients = course.recipients();
        course.go_on(&[]);
        course.go_on(&[1]);
        assert!(course.roll.has_lost(recipients));
    }

    #[test]
    fn a_request_is_kept_while_one_of_its_servers_is_there() {
        let mut course = Course::of(&[1, 2]);
        course.go_on(&[1, 2]);
        let recipients = course.recipients();
        course.go_on(&[2]);
        assert!(!course.roll.has_lost(recipients));
        course.go_on(&[3]);
        assert!(course.roll.has_lost(recipients));
    }

    #[test]
    fn a_server_that_has_just_appeared_beside_another_has_no_requests_yet() {
        let mut course = Course::of(&[1]);
        course.go_on(&[1]);
        assert!(!course.roll.newcomer);
        course.go_on_at_once(&[1, 2]);
        assert!(course.roll.newcomer);
        let early = course.recipients();
        course.go_on(&[1, 2]);
        let late = course.recipients();
        course.go_on(&[2]);
        assert!(course.roll.has_lost(early));
        assert!(!course.roll.has_lost(late));
    }

    #[test]
    fn servers_that_come_and_go_later_do_not_matter() {
        let mut course = Course::of(&[1]);
        let recipients = course.recipients();
        course.go_on(&[1, 2]);
        course.go_on(&[1]);
        assert!(!course.roll.has_lost(recipients));
    }

    #[test]
    fn a_server_without_an_endpoint_of_its_own_is_missed_when_the_service_is_gone() {
        let mut roll = Roll::default();
        let now = Instant::now();
        roll.update(&graph(&[]), true, now);
        let recipients = roll.recipients(now);
        assert!(!roll.has_lost(recipients));
        assert!(roll.update(&graph(&[]), false, now));
        assert!(roll.has_lost(recipients));
    }

    #[test]
    fn a_graph_without_changes_is_no_news() {
        let mut course = Course::of(&[1, 2]);
        assert!(!course.go_on(&[1, 2]));
    }
}
