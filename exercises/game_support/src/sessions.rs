// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! The sessions of a server: what it remembers of each player, for a limited time.
//!
//! A server cannot know whether a player is thinking or has left: nothing in ROS 2 tells it. So a
//! session expires when it was not used for a while, and the number of sessions is limited. When the
//! limit is reached, a new session is refused: evicting another one instead would let one program that
//! begins game after game end the games of all others.

use std::{
    borrow::Borrow,
    collections::HashMap,
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
#[derive(Debug)]
pub struct Sessions<K, V> {
    sessions: HashMap<K, Session<V>>,
}

#[derive(Debug)]
struct Session<V> {
    value: V,
    last_used: Instant,
}

impl<K, V> Default for Sessions<K, V> {
    fn default() -> Self {
        Self {
            sessions: HashMap::new(),
        }
    }
}

impl<K: Eq + Hash, V> Sessions<K, V> {
    /// Finds a session, whose time starts again at `now`.
    pub fn find<Q>(&mut self, key: &Q, limits: Limits, now: Instant) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let session = self.sessions.get_mut(key)?;
        if session.has_expired(limits, now) {
            self.sessions.remove(key);
            return None;
        }
        // Asked for once more, because the borrow above may have to outlive the removal.
        let session = self.sessions.get_mut(key)?;
        session.last_used = now;
        Some(&mut session.value)
    }

    /// Inserts a session; `None` when the limit is reached, not counting expired sessions.
    pub fn insert(&mut self, key: K, value: V, limits: Limits, now: Instant) -> Option<&mut V> {
        if self.sessions.len() >= limits.capacity {
            self.sessions
                .retain(|_, session| !session.has_expired(limits, now));
        }
        if self.sessions.len() >= limits.capacity {
            return None;
        }
        let session = Session {
            value,
            last_used: now,
        };
        let entry = self.sessions.entry(key).insert_entry(session);
        Some(&mut entry.into_mut().value)
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
    pub fn remove<Q>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.sessions.remove(key);
    }

    /// The number of sessions, expired ones included.
    pub fn count(&self) -> usize {
        self.sessions.len()
    }
}

impl<V> Session<V> {
    fn has_expired(&self, limits: Limits, now: Instant) -> bool {
        now.saturating_duration_since(self.last_used) > limits.forget_after
    }
}
