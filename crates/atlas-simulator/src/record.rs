//! What was asked and answered.

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

use crate::request::Received;
use crate::{locked, query};

/// How many requests are kept.
const KEPT_REQUESTS: usize = 100_000;
/// How many bytes the requests that are kept may have together.
const KEPT_BYTES: usize = 256 * 1024 * 1024;

/// The headers whose values are no secrets. Nobody can say so of any other.
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

/// A request that the simulator saw, and what became of it. A clone shares what it holds.
///
/// `Display` is a line for a log, `GET /api/atlas/v2/… 200 3ms`, with `-` in place of the status
/// where the request got no answer. Both it and `Debug` leave out the body and show the query as
/// [`redacted_query`](Self::redacted_query) does; `Debug` shows the values of those headers alone that
/// every client sends and that hold no secret.
#[derive(Clone)]
pub struct RecordedRequest(Arc<Record>);

struct Record {
    request: Received,
    operation_id: Option<Arc<str>>,
    /// The query parameters that the operation knows.
    known_parameters: &'static [&'static str],
    status: Option<StatusCode>,
    took: Duration,
}

impl RecordedRequest {
    pub(crate) fn new(
        mut request: Received,
        operation_id: Option<Arc<str>>,
        known_parameters: &'static [&'static str],
        status: Option<StatusCode>,
    ) -> Self {
        for (name, value) in &mut request.headers {
            value.set_sensitive(!SHOWN_HEADERS.contains(name));
        }
        let took = request.started.elapsed();
        Self(Arc::new(Record { request, operation_id, known_parameters, status, took }))
    }

    /// The method, in upper case as it was sent.
    pub fn method(&self) -> &str {
        self.0.request.method.as_str()
    }

    /// The path as it was sent, without the query.
    pub fn path(&self) -> &str {
        self.0.request.uri.path()
    }

    /// The query as it was sent, without the question mark. It may hold a secret that a client put
    /// there by mistake.
    pub fn query(&self) -> Option<&str> {
        self.0.request.uri.query()
    }

    /// The query as it may be shown: `…` stands for the values of all parameters that the operation
    /// does not know.
    pub fn redacted_query(&self) -> Option<String> {
        self.query().map(|query| query::redacted(query, self.0.known_parameters))
    }

    /// The headers as they were sent, credentials included, except that their names are in lower
    /// case. All but those that every client sends and that hold no secret are marked as sensitive,
    /// so that the map's `Debug` form hides their values.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.request.headers
    }

    /// The body as it was sent; nothing of it where it was too large or broke off.
    pub fn body(&self) -> &Bytes {
        &self.0.request.body
    }

    /// The operation that the method and the path lead to, even where it was not carried out. The
    /// token endpoint is `createToken`, the one that revokes is `revokeToken`.
    pub fn operation_id(&self) -> Option<&str> {
        self.0.operation_id.as_deref()
    }

    /// The status that was answered; `None` where the connection ended without an answer.
    pub fn status(&self) -> Option<u16> {
        self.0.status.map(|status| status.as_u16())
    }

    /// When the request was dealt with, in simulated time since the start.
    pub fn at(&self) -> Duration {
        self.0.request.now
    }

    /// How long the answer took to make, in real time.
    pub fn took(&self) -> Duration {
        self.0.took
    }

    /// Roughly what the request takes up in memory.
    fn weight(&self) -> usize {
        let headers = self.headers().iter();
        let headers: usize = headers.map(|(name, value)| name.as_str().len() + value.len()).sum();
        self.path().len() + self.query().unwrap_or_default().len() + headers + self.body().len()
    }
}

impl fmt::Display for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), query::ascii(self.path()))?;
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

/// The newest requests, in the order in which they were answered, and how many there were.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    kept: VecDeque<RecordedRequest>,
    bytes: usize,
    seen: u64,
}

impl Journal {
    pub(crate) fn push(&self, request: RecordedRequest) {
        locked(&self.0).push(request, KEPT_REQUESTS, KEPT_BYTES);
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        locked(&self.0).kept.iter().cloned().collect()
    }

    pub(crate) fn seen(&self) -> u64 {
        locked(&self.0).seen
    }
}

impl Pages {
    fn push(&mut self, request: RecordedRequest, most: usize, most_bytes: usize) {
        self.seen += 1;
        self.bytes += request.weight();
        self.kept.push_back(request);
        while self.kept.len() > most || self.bytes > most_bytes {
            let Some(oldest) = self.kept.pop_front() else {
                break;
            };
            self.bytes -= oldest.weight();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str, body: usize) -> RecordedRequest {
        let mut request = Received::example("GET", path, &[]);
        request.body = vec![0; body].into();
        RecordedRequest::new(request, None, &[], None)
    }

    fn kept(pages: &Pages) -> Vec<&str> {
        pages.kept.iter().map(RecordedRequest::path).collect()
    }

    #[test]
    fn only_the_newest_are_kept_and_all_are_counted() {
        let mut pages = Pages::default();
        for path in ["/1", "/2", "/3", "/4"] {
            pages.push(request(path, 0), 2, 1000);
        }
        assert_eq!(kept(&pages), ["/3", "/4"]);
        assert_eq!(pages.seen, 4);
    }

    #[test]
    fn large_requests_push_out_more_of_the_old_ones() {
        let mut pages = Pages::default();
        pages.push(request("/1", 400), 100, 1000);
        pages.push(request("/2", 400), 100, 1000);
        pages.push(request("/3", 900), 100, 1000);
        assert_eq!(kept(&pages), ["/3"]);
        pages.push(request("/4", 10), 100, 1000);
        assert_eq!(kept(&pages), ["/3", "/4"]);
        pages.push(request("/5", 2000), 100, 1000);
        assert_eq!((kept(&pages).len(), pages.bytes, pages.seen), (0, 0, 5));
    }

    #[test]
    fn a_request_without_an_answer_has_a_dash_for_its_status() {
        assert!(request("/1", 0).to_string().starts_with("GET /1 - "));
    }
}
