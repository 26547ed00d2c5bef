//! [`RequestId`].

use std::fmt;

use bytes::Bytes;
use http::HeaderValue;

/// This client's own name for a call: 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(pub(crate) u64);

impl RequestId {
    pub(crate) fn header(self) -> Option<HeaderValue> {
        HeaderValue::from_maybe_shared(Bytes::from(self.to_string())).ok()
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
