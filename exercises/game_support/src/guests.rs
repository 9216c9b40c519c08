// Copyright 2026 the rust_add_two_ints authors
// SPDX-License-Identifier: Apache-2.0

//! Remembers many guests, but not too many, and not for ever.
//!
//! A server cannot know whether a player is thinking or has left: nothing in ROS 2 tells it. So
//! whoever was not seen for a while is forgotten, and there is room for so many and no more. When
//! there is none, those who are in stay in, and newcomers are turned away: otherwise one program
//! that begins game after game would end the games of all others.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::Hash,
    time::{Duration, Instant},
};

/// How many guests there may be, and how long they are remembered.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For how many guests there is room.
    pub capacity: usize,
    /// How long a guest is remembered after the last visit.
    pub forget_after: Duration,
}

/// What is known of each guest, by a key that names the guest.
#[derive(Debug)]
pub struct Guests<K, V> {
    guests: HashMap<K, Guest<V>>,
}

#[derive(Debug)]
struct Guest<V> {
    value: V,
    last_seen: Instant,
}

impl<K, V> Default for Guests<K, V> {
    fn default() -> Self {
        Self {
            guests: HashMap::new(),
        }
    }
}

impl<K: Eq + Hash, V> Guests<K, V> {
    /// Finds a guest, who is then remembered from `now` on.
    pub fn find<Q>(&mut self, key: &Q, limits: Limits, now: Instant) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let guest = self.guests.get_mut(key)?;
        if !guest.is_remembered(limits, now) {
            self.guests.remove(key);
            return None;
        }
        // Asked for once more, because the borrow above may have to outlive the removal.
        let guest = self.guests.get_mut(key)?;
        guest.last_seen = now;
        Some(&mut guest.value)
    }

    /// Lets a guest in; `None` when there is no room, not even after a look for those who can be
    /// forgotten.
    pub fn admit(&mut self, key: K, value: V, limits: Limits, now: Instant) -> Option<&mut V> {
        if self.guests.len() >= limits.capacity {
            self.guests
                .retain(|_, guest| guest.is_remembered(limits, now));
        }
        if self.guests.len() >= limits.capacity {
            return None;
        }
        let guest = Guest {
            value,
            last_seen: now,
        };
        Some(&mut self.guests.entry(key).insert_entry(guest).into_mut().value)
    }

    /// Finds a guest, or lets one in; `None` when there is no room.
    pub fn find_or_admit(
        &mut self,
        key: K,
        value: V,
        limits: Limits,
        now: Instant,
    ) -> Option<&mut V> {
        if self.find(&key, limits, now).is_some() {
            return self.find(&key, limits, now);
        }
        self.admit(key, value, limits, now)
    }

    /// Forgets a guest at once.
    pub fn forget<Q>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.guests.remove(key);
    }

    /// How many guests take up room, some of whom may be forgotten by now.
    pub fn count(&self) -> usize {
        self.guests.len()
    }
}

impl<V> Guest<V> {
    fn is_remembered(&self, limits: Limits, now: Instant) -> bool {
        now.saturating_duration_since(self.last_seen) <= limits.forget_after
    }
}
