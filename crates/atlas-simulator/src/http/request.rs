//! A received request.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, EXPECT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Uri};

use crate::scenario::RunningClock;

/// A received request, with its sender and its time.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) address: IpAddr,
    pub(crate) started: Instant,
    /// The simulated time at which the request arrived.
    pub(crate) now: Duration,
    /// The same moment in the client's time.
    pub(crate) client_now: Duration,
}

impl Request {
    /// Returns a request whose body is not read yet.
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

    /// Returns the request's target, as sent.
    pub(crate) fn target(&self) -> Cow<'_, str> {
        target(&self.uri)
    }

    /// Returns whether the client waits for `100 Continue` before it sends the body.
    pub(crate) fn expects_continue(&self) -> bool {
        let expected = self.headers.get(EXPECT);
        expected.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
    }

    /// Returns the values of the `Accept` headers that are ASCII.
    pub(crate) fn accept(&self) -> impl Iterator<Item = &str> {
        let values = self.headers.get_all(ACCEPT).into_iter();
        values.filter_map(|value| value.to_str().ok())
    }

    /// Returns whether the method is `GET` or `HEAD`.
    pub(crate) fn is_read(&self) -> bool {
        [Method::GET, Method::HEAD].contains(&self.method)
    }

    /// Returns a request for a test.
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

/// Returns the media type in the `Content-Type` header without its parameters, or an empty text.
pub(crate) fn media_type(headers: &HeaderMap) -> &str {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim()
}

fn target(uri: &Uri) -> Cow<'_, str> {
    match uri.path_and_query() {
        Some(target) if uri.scheme().is_none() => target.as_str().into(),
        _ => uri.to_string().into(),
    }
}

/// Copies the request out of the connection's large read buffer, which would otherwise live as long
/// as the recorded request.
fn detach(parts: &mut Parts) {
    if let Ok(copy) = Uri::try_from(&*target(&parts.uri)) {
        parts.uri = copy;
    }
    for value in parts.headers.values_mut() {
        if let Ok(copy) = HeaderValue::from_bytes(value.as_bytes()) {
            *value = copy;
        }
    }
}
