//! A request as it arrived.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Uri};

use crate::clock::RunningClock;

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
    /// The same moment in the time that its client lives in.
    pub(crate) client_now: Duration,
}

impl Received {
    /// A request whose body is not read yet.
    pub(crate) fn new(mut parts: Parts, address: IpAddr, clock: &RunningClock) -> Self {
        detach(&mut parts);
        Self {
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            body: Bytes::new(),
            address,
            started: Instant::now(),
            now: clock.now(),
            client_now: clock.client_now(),
        }
    }

    /// The request's target, as it was sent.
    pub(crate) fn target(&self) -> Cow<'_, str> {
        target(&self.uri)
    }

    /// Whether the client waits for a word before it sends the body.
    pub(crate) fn waits_with_its_body(&self) -> bool {
        let expected = self.headers.get(http::header::EXPECT);
        expected.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
    }

    /// The values of the `Accept` headers that are text.
    pub(crate) fn accept(&self) -> impl Iterator<Item = &str> {
        let values = self.headers.get_all(http::header::ACCEPT).into_iter();
        values.filter_map(|value| value.to_str().ok())
    }

    /// A request as the tests need it.
    #[cfg(test)]
    pub(crate) fn example(method: &str, target: &str, headers: &[(&str, &str)]) -> Self {
        let mut request = http::Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, value.as_bytes());
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let clock = RunningClock::start(crate::Clock::manual());
        Self::new(parts, std::net::Ipv4Addr::LOCALHOST.into(), &clock)
    }
}

fn target(uri: &Uri) -> Cow<'_, str> {
    match uri.path_and_query() {
        Some(target) if uri.scheme().is_none() => target.as_str().into(),
        _ => uri.to_string().into(),
    }
}

/// Copies a request out of the buffer that it was read into. That is large, and free for the next
/// request only once nothing of this one is in it: requests are kept for long.
fn detach(parts: &mut Parts) {
    let uri = target(&parts.uri);
    let length: usize = parts.headers.values().map(HeaderValue::len).sum();
    let mut buffer = BytesMut::with_capacity(length + uri.len());
    let mut copied = |bytes: &[u8]| {
        buffer.extend_from_slice(bytes);
        buffer.split().freeze()
    };
    // The copies are as valid as what they are of.
    let uri = Uri::from_maybe_shared(copied(uri.as_bytes()));
    if let Ok(uri) = uri {
        parts.uri = uri;
    }
    for value in parts.headers.values_mut() {
        if let Ok(copy) = HeaderValue::from_maybe_shared(copied(value.as_bytes())) {
            *value = copy;
        }
    }
}
