//! A request as it arrived.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};

/// A request as it arrived, with who sent it and when.
pub(crate) struct Received {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) address: IpAddr,
    pub(crate) started: Instant,
    /// The simulated time at which the request is dealt with.
    pub(crate) now: Duration,
}

impl Received {
    /// The values of the `Accept` headers that are text.
    pub(crate) fn accept(&self) -> impl Iterator<Item = &str> {
        let values = self.headers.get_all(http::header::ACCEPT).into_iter();
        values.filter_map(|value| value.to_str().ok())
    }
}
