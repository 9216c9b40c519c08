// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The sessions of a server: what it remembers of each player, for a limited time.
//!
//! A server cannot know whether a player is thinking or has left: nothing in ROS 2 tells it. So a
//! session expires when it was not used for a while, and the number of sessions is limited. When the
//! limit is reached, a new session is refused: evicting another one instead would let one program that
//! begins game after game end the games of all others.

use lru::LruCache;
use std::{
    hash::Hash,
    time::{Duration, Instant},
};

/// How many sessions there may be, and how long they last.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The largest number of sessions.
    pub capacity: usize,
    /// How long a session lasts after its last use.
    pub forget_after: Duration,
}

/// Sessions by a key.
pub struct Sessions<K: Eq + Hash, V> {
    // In the order of their last use, which is the order in which they expire: no operation visits a
    // session that it neither uses nor evicts. Without a limit, at which it would evict the oldest.
    sessions: LruCache<K, Session<V>>,
}

struct Session<V> {
    value: V,
    last_used: Instant,
}

impl<K: Eq + Hash, V> Default for Sessions<K, V> {
    fn default() -> Self {
        Self {
            sessions: LruCache::unbounded(),
        }
    }
}

impl<K: Eq + Hash, V> Sessions<K, V> {
    /// Finds a session, whose time starts again at `now`.
    pub fn find(&mut self, key: &K, limits: Limits, now: Instant) -> Option<&mut V> {
        self.evict_expired(limits, now);
        let session = self.sessions.get_mut(key)?;
        session.last_used = now;
        Some(&mut session.value)
    }

    /// Inserts a session with a key that no other has; `None` when the limit is reached, not counting
    /// expired sessions.
    pub fn insert(&mut self, key: K, value: V, limits: Limits, now: Instant) -> Option<&mut V> {
        self.evict_expired(limits, now);
        if self.sessions.len() >= limits.capacity {
            return None;
        }
        let session = Session {
            value,
            last_used: now,
        };
        let session = self.sessions.get_or_insert_mut(key, || session);
        Some(&mut session.value)
    }

    /// Finds a session, or inserts one; `None` when the limit is reached.
    pub fn find_or_insert(
        &mut self,
        key: K,
        value: V,
        limits: Limits,
        now: Instant,
    ) -> Option<&mut V> {
        if self.find(&key, limits, now).is_some() {
            return self.find(&key, limits, now);
        }
        self.insert(key, value, limits, now)
    }

    /// Removes a session.
    pub fn remove(&mut self, key: &K) {
        self.sessions.pop(key);
    }

    /// The number of sessions, those included that have expired since the last operation.
    pub fn count(&self) -> usize {
        self.sessions.len()
    }

    fn evict_expired(&mut self, limits: Limits, now: Instant) {
        while let Some((_, session)) = self.sessions.peek_lru() {
            if now.saturating_duration_since(session.last_used) <= limits.forget_after {
                return;
            }
            self.sessions.pop_lru();
        }
    }
}
