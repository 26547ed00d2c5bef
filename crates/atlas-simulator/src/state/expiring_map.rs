//! A bounded map whose entries expire.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// A map whose entries all live equally long. Beyond its capacity the oldest entries are removed
/// early.
pub(super) struct ExpiringMap<V> {
    lifetime: Duration,
    capacity: usize,
    /// The entries with the times at which they expire.
    entries: HashMap<Arc<str>, (Duration, V)>,
    /// The keys, oldest first. Those of removed entries stay until they would have expired.
    by_expiry: VecDeque<(Duration, Arc<str>)>,
}

impl<V> ExpiringMap<V> {
    pub(super) fn new(lifetime: Duration, capacity: usize) -> Self {
        Self { lifetime, capacity, entries: HashMap::new(), by_expiry: VecDeque::new() }
    }

    /// Adds an entry and removes expired ones.
    pub(super) fn insert(&mut self, key: &str, value: V, now: Duration) {
        while let Some((expires_at, oldest)) = self.by_expiry.front()
            && (*expires_at <= now || self.by_expiry.len() >= self.capacity)
        {
            self.entries.remove(oldest);
            self.by_expiry.pop_front();
        }
        let key: Arc<str> = key.into();
        let expires_at = now.saturating_add(self.lifetime);
        self.by_expiry.push_back((expires_at, Arc::clone(&key)));
        self.entries.insert(key, (expires_at, value));
    }

    /// Returns the value of an entry that has not expired.
    pub(super) fn get(&mut self, key: &str, now: Duration) -> Option<&mut V> {
        let (expires_at, value) = self.entries.get_mut(key)?;
        (now < *expires_at).then_some(value)
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.entries.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn entries_expire_and_are_removed_by_later_insertions() {
        let mut map = ExpiringMap::new(seconds(2), 9);
        for second in 0..10 {
            map.insert(&second.to_string(), second, seconds(second));
        }
        assert_eq!((map.entries.len(), map.by_expiry.len()), (2, 2));
        assert_eq!(map.get("8", seconds(9)), Some(&mut 8));
        assert_eq!(map.get("8", seconds(10)), None);
        // A thread that read the clock earlier does not find what was removed.
        assert_eq!(map.get("7", seconds(8)), None);
        map.remove("9");
        assert_eq!(map.get("9", seconds(9)), None);
    }

    #[test]
    fn the_oldest_entries_make_room_for_new_ones() {
        let mut map = ExpiringMap::new(seconds(60), 3);
        for key in ["a", "b", "c", "d"] {
            map.insert(key, (), seconds(0));
        }
        assert_eq!(map.entries.len(), 3);
        assert!(map.get("a", seconds(0)).is_none() && map.get("b", seconds(0)).is_some());
    }
}
