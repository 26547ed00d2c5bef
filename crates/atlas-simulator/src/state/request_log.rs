//! The log of the received requests.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST,
    TRANSFER_ENCODING, USER_AGENT,
};
use http::{HeaderMap, HeaderName, StatusCode};

use super::lock::lock;
use crate::http::{Request, encode_controls, redact};
use crate::scenario::OperationId;

/// The number of requests to keep.
const MAX_REQUESTS: usize = 100_000;
/// The total size of the requests to keep.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// The headers whose values are certainly not secrets.
const SHOWN_HEADERS: [HeaderName; 9] = [
    ACCEPT,
    ACCEPT_ENCODING,
    CONNECTION,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    EXPECT,
    HOST,
    TRANSFER_ENCODING,
    USER_AGENT,
];

/// A request that the simulator received, and the status of its response. Clones share their data.
///
/// `Display` writes a line for a log, such as `GET /api/atlas/v2/… 200 3ms`, with `-` instead of the
/// status if there was no response. `Display` and `Debug` omit the body and show the query as
/// [`redacted_query`](Self::redacted_query). `Debug` shows only the values of common headers that hold
/// no secrets.
#[derive(Clone)]
pub struct RecordedRequest(Arc<Record>);

struct Record {
    request: Request,
    operation: Option<OperationId>,
    /// The query parameters that the operation has.
    known_parameters: &'static [&'static str],
    status: Option<StatusCode>,
    took: Duration,
}

impl RecordedRequest {
    pub(crate) fn new(
        mut request: Request,
        operation: Option<OperationId>,
        known_parameters: &'static [&'static str],
        status: Option<StatusCode>,
    ) -> Self {
        for (name, value) in &mut request.headers {
            value.set_sensitive(!SHOWN_HEADERS.contains(name));
        }
        let took = request.started.elapsed();
        Self(Arc::new(Record { request, operation, known_parameters, status, took }))
    }

    /// Returns the method, in upper case.
    pub fn method(&self) -> &str {
        self.0.request.method.as_str()
    }

    /// Returns the path as sent, without the query.
    pub fn path(&self) -> &str {
        self.0.request.uri.path()
    }

    /// Returns the query as sent, without the question mark. It may hold secrets that a client sent
    /// by mistake.
    pub fn query(&self) -> Option<&str> {
        self.0.request.uri.query()
    }

    /// Returns the query without secrets: `…` replaces the values of all parameters that the
    /// operation does not have.
    pub fn redacted_query(&self) -> Option<String> {
        self.query().map(|query| redact(query, self.0.known_parameters))
    }

    /// Returns the headers as sent, including credentials, with names in lower case. All but common
    /// headers that hold no secrets are marked as sensitive, so that the map's `Debug` form hides
    /// their values.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.request.headers
    }

    /// Returns the body as sent. It is empty if it was too large or incomplete.
    pub fn body(&self) -> &Bytes {
        &self.0.request.body
    }

    /// Returns the id of the operation with that method and path, even if it was not executed. The
    /// OAuth endpoints are `createToken` and `revokeToken`.
    pub fn operation_id(&self) -> Option<&str> {
        self.0.operation.map(OperationId::as_str)
    }

    /// Returns the status of the response, or `None` if the connection ended without a response.
    pub fn status(&self) -> Option<u16> {
        self.0.status.map(|status| status.as_u16())
    }

    /// Returns when the request was received, in simulated time since the start.
    pub fn at(&self) -> Duration {
        self.0.request.now
    }

    /// Returns how long it took to make the response, in real time.
    pub fn took(&self) -> Duration {
        self.0.took
    }

    /// Returns the approximate size in memory.
    fn size(&self) -> usize {
        let headers = self.headers().iter();
        let headers: usize = headers.map(|(name, value)| name.as_str().len() + value.len()).sum();
        self.path().len() + self.query().unwrap_or_default().len() + headers + self.body().len()
    }
}

impl fmt::Display for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), encode_controls(self.path()))?;
        if let Some(query) = self.redacted_query() {
            write!(f, "?{query}")?;
        }
        match self.status() {
            Some(status) => write!(f, " {status}")?,
            None => f.write_str(" -")?,
        }
        write!(f, " {}ms", self.took().as_millis())
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("method", &self.method())
            .field("path", &self.path())
            .field("query", &self.redacted_query())
            .field("headers", self.headers())
            .field("body_bytes", &self.body().len())
            .field("operation_id", &self.operation_id())
            .field("status", &self.status())
            .field("at", &self.at())
            .field("took", &self.took())
            .finish()
    }
}

/// The newest requests, in the order of their responses, and the number of all requests.
#[derive(Debug)]
pub(crate) struct RequestLog {
    entries: Mutex<Entries>,
    /// The number of requests to keep.
    max: usize,
}

impl Default for RequestLog {
    fn default() -> Self {
        Self::keeping(MAX_REQUESTS)
    }
}

#[derive(Debug, Default)]
struct Entries {
    requests: VecDeque<RecordedRequest>,
    bytes: usize,
    total: u64,
}

impl RequestLog {
    /// Returns a log that keeps this many requests.
    pub(crate) fn keeping(max: usize) -> Self {
        Self { entries: Mutex::default(), max: max.min(MAX_REQUESTS) }
    }

    pub(crate) fn push(&self, request: RecordedRequest) {
        lock(&self.entries).push(request, self.max, MAX_BYTES);
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.entries).requests.iter().cloned().collect()
    }

    /// Returns the number of all requests, including those that are no longer kept.
    pub(crate) fn total(&self) -> u64 {
        lock(&self.entries).total
    }
}

impl Entries {
    fn push(&mut self, request: RecordedRequest, max: usize, max_bytes: usize) {
        self.total += 1;
        self.bytes += request.size();
        self.requests.push_back(request);
        while self.requests.len() > max || self.bytes > max_bytes {
            let Some(oldest) = self.requests.pop_front() else {
                break;
            };
            self.bytes -= oldest.size();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str, body: usize) -> RecordedRequest {
        let mut request = Request::example("GET", path, &[]);
        request.body = vec![0; body].into();
        RecordedRequest::new(request, None, &[], None)
    }

    fn paths(entries: &Entries) -> Vec<&str> {
        entries.requests.iter().map(RecordedRequest::path).collect()
    }

    #[test]
    fn only_the_newest_requests_are_kept_and_all_are_counted() {
        let mut entries = Entries::default();
        for path in ["/1", "/2", "/3", "/4"] {
            entries.push(request(path, 0), 2, 1000);
        }
        assert_eq!(paths(&entries), ["/3", "/4"]);
        assert_eq!(entries.total, 4);
    }

    #[test]
    fn large_requests_displace_several_old_ones() {
        let mut entries = Entries::default();
        entries.push(request("/1", 400), 100, 1000);
        entries.push(request("/2", 400), 100, 1000);
        entries.push(request("/3", 900), 100, 1000);
        assert_eq!(paths(&entries), ["/3"]);
        entries.push(request("/4", 10), 100, 1000);
        assert_eq!(paths(&entries), ["/3", "/4"]);
        entries.push(request("/5", 2000), 100, 1000);
        assert_eq!((paths(&entries).len(), entries.bytes, entries.total), (0, 0, 5));
    }

    #[test]
    fn a_request_without_a_response_has_a_dash_as_status() {
        assert!(request("/1", 0).to_string().starts_with("GET /1 - "));
    }
}
