// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The servers of a service, and which of them have received a request.

use crate::endpoints::{Gid, Servers};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// How long after its discovery a server may not receive requests yet.
const SETTLING_TIME: Duration = Duration::from_secs(1);

/// The servers that are on the graph, numbered in the order of their discovery.
#[derive(Debug, Default)]
pub struct ServerTable {
    servers: HashMap<Gid, Server>,
    /// The number that was assigned last; the first one is 1.
    last: u64,
    /// Whether there is a server at all, as rcl says: all that is known without endpoints.
    pub is_ready: bool,
    /// Whether the node name of a server is known.
    pub is_named: bool,
    /// Whether no node name has arrived in time, so that it is not waited for again.
    pub had_no_name: bool,
    /// Whether a second server was ever discovered while another one was present.
    pub had_second: bool,
    /// Whether the port files of this process were deleted.
    pub is_unreachable: bool,
}

#[derive(Clone, Copy, Debug)]
struct Server {
    number: u64,
    discovered: Instant,
}

/// The servers that a request goes to: those with numbers up to the one of the youngest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipients {
    youngest: u64,
}

impl ServerTable {
    /// Updates the table with the state of the graph, and returns whether anything has changed.
    ///
    /// Without `servers`, because the middleware does not list them, no name is expected either.
    pub fn update(&mut self, servers: Option<Servers>, is_ready: bool, now: Instant) -> bool {
        let before = (self.servers.len(), self.last, self.is_ready, self.is_named);
        self.is_ready = is_ready;
        self.is_named =
            (servers.as_ref()).is_none_or(|servers| servers.values().any(|named| *named));
        let servers = servers.unwrap_or_default();
        self.servers.retain(|gid, _| servers.contains_key(gid));
        let remaining = self.servers.len();
        self.had_second |= remaining > 0 && servers.len() > remaining;
        for gid in servers.keys() {
            self.servers.entry(*gid).or_insert_with(|| {
                self.last += 1;
                Server {
                    number: self.last,
                    discovered: now,
                }
            });
        }
        before != (remaining, self.last, self.is_ready, self.is_named)
    }

    /// Whether there is no server.
    pub fn is_empty(&self) -> bool {
        self.servers.is_empty() && !self.is_ready
    }

    /// The servers that a request sent at `now` goes to.
    ///
    /// The middleware lists a server a moment before it sends requests to it. rcl calls a service
    /// ready when it does so for one of its servers, and tells nothing of those discovered later. So a
    /// server that was discovered beside another one counts as a recipient after one second: reporting
    /// a loss too early is safe, waiting for a server that never received the request hangs.
    pub fn recipients(&self, now: Instant) -> Recipients {
        let settled = |server: &&Server| now.duration_since(server.discovered) >= SETTLING_TIME;
        let servers = || self.servers.values();
        let youngest = servers().filter(settled).map(|server| server.number).max();
        // When none has settled, the service is ready because of the first of them.
        let youngest = youngest.or_else(|| servers().map(|server| server.number).min());
        Recipients {
            youngest: youngest.unwrap_or(self.last),
        }
    }

    /// Whether all of `recipients` have left the graph, or none of them can reach this process.
    pub fn has_lost(&self, recipients: Recipients) -> bool {
        let only_others = !self.servers.is_empty()
            && (self.servers.values()).all(|server| server.number > recipients.youngest);
        only_others || self.is_empty() || self.is_unreachable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(servers: &[u8]) -> Option<Servers> {
        let servers = servers.iter().map(|server| ([*server; 16], true));
        Some(servers.collect())
    }

    /// A table, and the time of its next update.
    struct Timeline {
        table: ServerTable,
        now: Instant,
    }

    impl Timeline {
        fn of(servers: &[u8]) -> Self {
            let mut timeline = Self {
                table: ServerTable::default(),
                now: Instant::now(),
            };
            timeline.update_later(servers);
            timeline
        }

        fn update_later(&mut self, servers: &[u8]) -> bool {
            self.now += SETTLING_TIME;
            self.update_now(servers)
        }

        fn update_now(&mut self, servers: &[u8]) -> bool {
            let is_ready = !servers.is_empty();
            self.table.update(graph(servers), is_ready, self.now)
        }

        fn recipients(&self) -> Recipients {
            self.table.recipients(self.now)
        }
    }

    #[test]
    fn a_request_is_lost_when_all_servers_that_received_it_have_left() {
        // The servers at the request, and at each later update, with whether the request is lost then.
        type Course<'a> = (&'a [u8], &'a [(&'a [u8], bool)]);
        let courses: [Course; 6] = [
            (&[1], &[(&[], true)]),
            (&[1], &[(&[1, 2], false), (&[2], true)]),
            // Replaced between two updates, or unreachable in between.
            (&[1], &[(&[2], true)]),
            (&[1], &[(&[], true), (&[1], true)]),
            // Servers that are discovered and leave later make no difference.
            (&[1], &[(&[1, 2], false), (&[1], false)]),
            (&[1, 2], &[(&[2], false), (&[3], true)]),
        ];
        for (at_request, updates) in courses {
            let mut timeline = Timeline::of(at_request);
            assert!(!timeline.update_later(at_request), "nothing has changed");
            let recipients = timeline.recipients();
            for (servers, is_lost) in updates {
                assert!(timeline.update_later(servers));
                let has_lost = timeline.table.has_lost(recipients);
                assert_eq!(has_lost, *is_lost, "{at_request:?}, {updates:?}");
            }
            let is_left = timeline.table.servers.is_empty();
            assert_eq!(timeline.table.has_lost(timeline.recipients()), is_left);
        }
    }

    #[test]
    fn a_server_discovered_beside_another_one_receives_requests_a_second_later() {
        let mut timeline = Timeline::of(&[1]);
        timeline.update_later(&[1]);
        assert!(!timeline.table.had_second);
        timeline.update_now(&[1, 2]);
        assert!(timeline.table.had_second);
        let early = timeline.recipients();
        timeline.update_later(&[1, 2]);
        let late = timeline.recipients();
        timeline.update_later(&[2]);
        assert!(timeline.table.has_lost(early));
        assert!(!timeline.table.has_lost(late));
    }

    #[test]
    fn without_endpoints_a_request_is_lost_when_the_service_is_no_longer_ready() {
        let mut table = ServerTable::default();
        let now = Instant::now();
        table.update(None, true, now);
        let recipients = table.recipients(now);
        assert!(!table.has_lost(recipients));
        assert!(table.update(None, false, now));
        assert!(table.has_lost(recipients));
    }
}
