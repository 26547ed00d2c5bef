//! [`RequestId`].

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::HeaderValue;

use crate::hexadecimal;

/// This client's own name for a call: 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(pub(crate) u64);

impl RequestId {
    pub(crate) fn header(self) -> Option<HeaderValue> {
        // No vector, whose bytes would be given an owner of their own as soon as there is a copy of them.
        let digits = Bytes::from_owner(hexadecimal::array::<16>(&self.0.to_be_bytes()));
        HeaderValue::from_maybe_shared(digits).ok()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({self})")
    }
}

/// The ids of a transport's calls. They are all over the range, and begin where another transport's do
/// not; nobody need be kept from guessing them, so that there is no need to ask the system for each.
pub(crate) struct RequestIds(AtomicU64);

impl RequestIds {
    pub(crate) fn from_seed(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next one. No other is the same, of 2^64.
    pub(crate) fn next(&self) -> RequestId {
        // SplitMix64: an odd step visits every number, and what follows gives each a place of its own.
        let mut id = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        id = (id ^ (id >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        id = (id ^ (id >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        RequestId(id ^ (id >> 31))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_calls_have_the_same_id() {
        let (ids, others) = (RequestIds::from_seed(1), RequestIds::from_seed(2));
        let both = (0..10_000).flat_map(|_| [ids.next(), others.next()]);
        assert_eq!(both.collect::<HashSet<_>>().len(), 20_000);
    }
}
