//! [`RequestId`].

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// This client's id of a call: 16 hexadecimal digits, sent as `X-Request-Id`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(pub(crate) u64);

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

/// The ids of a transport's calls: consecutive numbers from a random one, because a random number for each call would cost
/// a system call.
pub(crate) struct RequestIds(AtomicU64);

impl RequestIds {
    pub(crate) fn new(first: u64) -> Self {
        Self(AtomicU64::new(first))
    }

    /// Returns the id of the next call.
    pub(crate) fn next(&self) -> RequestId {
        RequestId(self.0.fetch_add(1, Ordering::Relaxed))
    }
}
