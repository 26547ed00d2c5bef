//! The nonces of digest challenges and the counts used with them.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::caller::Refused;
use crate::state::expiring_map::ExpiringMap;
use crate::state::lock::lock;

/// How many nonces are kept. Beyond that the oldest become stale early.
const MAX_NONCES: usize = 100_000;
/// How many counts are kept per nonce. Counts below the kept ones are refused.
const MAX_COUNTS: usize = 4096;

/// Issues nonces and checks them.
pub(super) struct Nonces {
    keys: RandomState,
    issued: AtomicU64,
    valid: Mutex<ExpiringMap<NonceCounters>>,
}

impl Nonces {
    pub(super) fn new(lifetime: Duration) -> Self {
        let valid = Mutex::new(ExpiringMap::new(lifetime, MAX_NONCES));
        Self { keys: RandomState::new(), issued: AtomicU64::new(0), valid }
    }

    /// Returns a unique nonce: 32 characters of the base64 alphabet.
    pub(super) fn issue(&self, now: Duration) -> String {
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        let parts = [0_u8, 1, 2].map(|part| self.keys.hash_one((number, part)).to_be_bytes());
        let nonce = STANDARD.encode(parts.as_flattened());
        lock(&self.valid).insert(&nonce, NonceCounters::default(), now);
        nonce
    }

    /// Checks the nonce of an otherwise valid digest, and uses up its count if it has one.
    pub(super) fn check(
        &self,
        nonce: &str,
        count: Option<u32>,
        now: Duration,
    ) -> Result<(), Refused> {
        let mut valid = lock(&self.valid);
        let counters = valid.get(nonce, now).ok_or(Refused::Stale)?;
        match count {
            Some(count) if !counters.use_count(count) => Err(Refused::Unknown),
            _ => Ok(()),
        }
    }
}

/// The counts that were used with a nonce.
#[derive(Debug, Default)]
struct NonceCounters {
    /// The newest used counts.
    used: BTreeSet<u32>,
    /// All counts up to this one are refused. Counts start with 1.
    refused_up_to: u32,
}

impl NonceCounters {
    /// Uses a count. Returns false if it was used before or is too old.
    fn use_count(&mut self, count: u32) -> bool {
        if count <= self.refused_up_to || !self.used.insert(count) {
            return false;
        }
        if self.used.len() > MAX_COUNTS
            && let Some(oldest) = self.used.pop_first()
        {
            self.refused_up_to = oldest;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn nonces_are_unique_and_have_the_format_of_the_service() {
        let nonces = Nonces::new(MINUTE);
        let issued: HashSet<_> = (0..1000).map(|_| nonces.issue(Duration::ZERO)).collect();
        assert_eq!(issued.len(), 1000);
        for nonce in issued {
            assert_eq!(nonce.len(), 32);
            let base64 = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
            assert!(nonce.chars().all(base64), "{nonce}");
        }
    }

    #[test]
    fn a_nonce_is_valid_for_its_lifetime_and_each_count_once() {
        let (nonces, issued) = (Nonces::new(MINUTE), Duration::from_secs(5));
        let (one, two) = (nonces.issue(issued), nonces.issue(issued));
        assert_eq!(nonces.check(&one, Some(1), issued), Ok(()));
        assert_eq!(nonces.check(&one, Some(1), issued), Err(Refused::Unknown));
        assert_eq!(nonces.check(&two, Some(1), issued), Ok(()));
        let last = issued + Duration::from_nanos(59_999_999_999);
        assert_eq!(nonces.check(&one, Some(3), last), Ok(()));
        assert_eq!(nonces.check(&one, Some(2), last), Ok(()));
        assert_eq!(nonces.check(&one, None, last), Ok(()));
        assert_eq!(nonces.check(&one, Some(4), issued + MINUTE), Err(Refused::Stale));
        assert_eq!(nonces.check(&one, None, issued + MINUTE), Err(Refused::Stale));
    }

    #[test]
    fn an_unknown_nonce_is_stale() {
        let nonces = Nonces::new(MINUTE);
        let foreign = Nonces::new(MINUTE).issue(Duration::ZERO);
        for nonce in [foreign.as_str(), "", "AAAA", "not base64"] {
            let result = nonces.check(nonce, Some(1), Duration::ZERO);
            assert_eq!(result, Err(Refused::Stale), "{nonce}");
        }
    }

    #[test]
    fn each_count_is_valid_once_in_any_order() {
        let mut counters = NonceCounters::default();
        assert!(!counters.use_count(0));
        for count in [1, 2, 5, 3, 4, 200, 64, u32::MAX, 63] {
            assert!(counters.use_count(count) && !counters.use_count(count), "{count}");
        }
    }

    #[test]
    fn only_the_newest_counts_are_kept_and_older_ones_are_refused() {
        let mut counters = NonceCounters::default();
        for count in (1..1_000_000).step_by(100) {
            assert!(counters.use_count(count), "{count}");
        }
        assert_eq!(counters.used.len(), MAX_COUNTS);
        assert!(!counters.use_count(2) && counters.use_count(999_000));
    }
}
