//! What the threads of a process share of what each of them would make alike: the first that wants it makes it, those that
//! want it meanwhile wait for that.
//!
//! *Owns* a table from keys to values, of limited size. *Threads:* any. *Protocol:* [`Shared::turn`] gives the value, or the
//! [`Ticket`] of whoever is to make it; the ticket is fulfilled, or dropped where making failed, and then those who waited
//! try for themselves, all at once: mostly it fails again (text that is no script). Invariant: a key is `Underway` exactly while its ticket lives, so that nobody waits for nothing.
//!
//! Model-checked in tests/models/shared_code.rs, hence no V8 and no names but `super::sync`'s.

use std::collections::HashMap;
use std::hash::Hash;

use super::sync::{Condvar, Mutex, lock, wait};

/// The table.
pub(crate) struct Shared<K, V> {
    state: Mutex<State<K, V>>,
    changed: Condvar,
    limit: usize,
}

struct State<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// Of all values together.
    size: usize,
    /// How many values came so far.
    count: u64,
}

enum Entry<V> {
    Underway,
    Ready { value: V, size: usize, order: u64 },
}

/// What [`Shared::turn`] comes to.
pub(crate) enum Turn<'a, K: Copy + Eq + Hash, V> {
    /// The value.
    Ready(V),
    /// The caller makes it, for others too.
    Mine(Ticket<'a, K, V>),
    /// The caller waited in vain, and makes it for itself.
    Alone,
}

/// Who holds it makes the value of a key.
pub(crate) struct Ticket<'a, K: Copy + Eq + Hash, V> {
    shared: &'a Shared<K, V>,
    key: K,
}

impl<K: Copy + Eq + Hash, V: Clone> Shared<K, V> {
    /// An empty table for values of up to `limit` together.
    pub(crate) fn new(limit: usize) -> Self {
        let state = State { entries: HashMap::new(), size: 0, count: 0 };
        Self { state: Mutex::new(state), changed: Condvar::new(), limit }
    }

    /// The value of `key`, or the turn to make it. Waits while someone else does.
    pub(crate) fn turn(&self, key: K) -> Turn<'_, K, V> {
        let mut state = lock(&self.state);
        let mut waited = false;
        loop {
            match state.entries.get(&key) {
                Some(Entry::Ready { value, .. }) => return Turn::Ready(value.clone()),
                Some(Entry::Underway) => {
                    waited = true;
                    state = wait(&self.changed, state);
                }
                None if waited => return Turn::Alone,
                None => {
                    state.entries.insert(key, Entry::Underway);
                    return Turn::Mine(Ticket { shared: self, key });
                }
            }
        }
    }

    /// Puts a better value, or one that nobody waits for.
    pub(crate) fn put(&self, key: K, value: V, size: usize) {
        let mut state = lock(&self.state);
        if let Some(Entry::Underway) = state.entries.get(&key) {
            return;
        }
        state.put(key, value, size, self.limit);
    }
}

impl<K: Copy + Eq + Hash, V> State<K, V> {
    fn put(&mut self, key: K, value: V, size: usize, limit: usize) {
        self.forget(key);
        if size > limit {
            return;
        }
        while self.size + size > limit {
            let order_of = |entry: &Entry<V>| match entry {
                Entry::Ready { order, .. } => Some(*order),
                Entry::Underway => None,
            };
            let eldest = self.entries.iter().filter_map(|(key, entry)| Some((order_of(entry)?, *key)));
            let Some((_, eldest)) = eldest.min_by_key(|(order, _)| *order) else { break };
            self.forget(eldest);
        }
        self.size += size;
        self.count += 1;
        self.entries.insert(key, Entry::Ready { value, size, order: self.count });
    }

    fn forget(&mut self, key: K) {
        if let Some(Entry::Ready { size, .. }) = self.entries.remove(&key) {
            self.size -= size;
        }
    }
}

impl<K: Copy + Eq + Hash, V> Ticket<'_, K, V> {
    /// The value is made.
    pub(crate) fn fulfil(self, value: V, size: usize) {
        let mut state = lock(&self.shared.state);
        state.put(self.key, value, size, self.shared.limit);
        // Dropping the ticket tells those who wait.
    }
}

impl<K: Copy + Eq + Hash, V> Drop for Ticket<'_, K, V> {
    fn drop(&mut self) {
        let mut state = lock(&self.shared.state);
        if let Some(Entry::Underway) = state.entries.get(&self.key) {
            state.entries.remove(&self.key);
        }
        drop(state);
        self.shared.changed.notify_all();
    }
}
