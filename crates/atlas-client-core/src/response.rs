//! What a call returns beside, or instead of, the value that it promises.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, decode};
use crate::operation::Operation;

/// The value that a call returned, with what the answer's status and headers say.
#[derive(Clone, Debug)]
pub struct Response<T> {
    value: T,
    metadata: Metadata,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, metadata: Metadata) -> Self {
        Self { value, metadata }
    }

    /// The value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The value alone.
    pub fn into_value(self) -> T {
        self.value
    }

    /// What the answer said beside the value.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The same answer with its value changed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Response<U> {
        Response::new(change(self.value), self.metadata)
    }
}

/// The status and the headers of an answer.
#[derive(Clone, Debug)]
pub struct Metadata {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
}

impl Metadata {
    /// The HTTP status: any of 200 to 299, whichever the document lists.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers, as received.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What is left of the rate limit (`RateLimit-Limit`, `RateLimit-Remaining`). The service does
    /// not always say.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        let number = |name| self.headers.get(name)?.to_str().ok()?.trim().parse().ok();
        Some(RateLimit {
            limit: number("ratelimit-limit")?,
            remaining: number("ratelimit-remaining")?,
        })
    }
}

/// How many requests the service allows, and how many of them are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// The most that can be left.
    pub limit: u64,
    /// What is left.
    pub remaining: u64,
}

/// An answer as it was received, whatever its status.
#[derive(Clone)]
pub struct RawResponse {
    operation: &'static Operation,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    path: String,
    enveloped: bool,
}

impl RawResponse {
    pub(crate) fn new(
        operation: &'static Operation,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        path: String,
    ) -> Self {
        Self { operation, status, headers, body, path, enveloped: false }
    }

    pub(crate) fn in_envelope(mut self, enveloped: bool) -> Self {
        self.enveloped = enveloped;
        self
    }

    pub(crate) fn into_metadata(self) -> Metadata {
        Metadata { status: self.status, headers: self.headers }
    }

    pub(crate) fn into_parts(self) -> (&'static Operation, String, StatusCode, HeaderMap, Bytes) {
        (self.operation, self.path, self.status, self.headers, self.body)
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers, as received.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body, byte for byte as received.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// This answer if its status is one of success, else the error that it stands for.
    ///
    /// # Errors
    ///
    /// The status is not one of 200 to 299.
    pub fn error_for_status(self) -> Result<Self, Error> {
        if self.status.is_success() { Ok(self) } else { Err(Error::from_answer(self)) }
    }

    /// The body of a success, decoded. Not for an answer that was asked for with `envelope=true`:
    /// that has the value one level deeper, and [`envelope`](Self::envelope) reads it.
    ///
    /// # Errors
    ///
    /// The status is not one of success, the answer is in an envelope, or the body is not a `T`.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        if self.enveloped {
            return Err(Error::request(
                "an answer asked for with envelope=true is read with `envelope()`, not `json()`",
            ));
        }
        self.decode()
    }

    /// The body of a success that was asked for with `envelope=true`, decoded.
    ///
    /// # Errors
    ///
    /// The status is not one of success, the answer was asked for without an envelope, or the body
    /// is not an envelope around a `T`.
    pub fn envelope<T: DeserializeOwned>(self) -> Result<Envelope<T>, Error> {
        if !self.enveloped {
            return Err(Error::request(
                "only an answer asked for with envelope=true is read with `envelope()`",
            ));
        }
        self.decode()
    }

    fn decode<T: DeserializeOwned>(self) -> Result<T, Error> {
        let answer = self.error_for_status()?;
        decode(&answer.body).map_err(|problem| Error::from_decode(problem, answer))
    }
}

impl std::fmt::Debug for RawResponse {
    /// Without the body, which may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawResponse")
            .field("operation", &self.operation.id)
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// An answer that was asked for with `envelope=true`: the value and the HTTP status in one object.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Envelope<T> {
    /// The HTTP status.
    pub status: u16,
    /// The value that the same call returns without an envelope.
    pub content: T,
    /// What else the service put into the envelope, such as `links`.
    #[serde(flatten)]
    pub unknown_fields: Map<String, Value>,
}

/// The wait that `Retry-After` asks for, given in seconds or as a date. A date counts from the
/// answer's own `Date`, so that this machine's clock need not be right.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let wait = text(header::RETRY_AFTER)?;
    if let Ok(seconds) = wait.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(wait).ok()?;
    let now = text(header::DATE)
        .and_then(|date| httpdate::parse_http_date(date).ok())
        .unwrap_or_else(SystemTime::now);
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|&(name, value)| {
                let name = header::HeaderName::from_static(name);
                (name, header::HeaderValue::from_static(value))
            })
            .collect()
    }

    #[test]
    fn retry_after_is_read_in_both_of_its_forms() {
        let wait = |pairs: &[_]| retry_after(&headers(pairs)).map(|wait| wait.as_secs());
        assert_eq!(wait(&[]), None);
        assert_eq!(wait(&[("retry-after", "0")]), Some(0));
        assert_eq!(wait(&[("retry-after", " 17 ")]), Some(17));
        assert_eq!(wait(&[("retry-after", "-1")]), None);
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        let date = ("date", "Mon, 10 Aug 2026 03:03:05 GMT");
        assert_eq!(wait(&[date, ("retry-after", "Mon, 10 Aug 2026 03:04:05 GMT")]), Some(60));
        assert_eq!(wait(&[date, ("retry-after", "Mon, 10 Aug 2026 03:00:00 GMT")]), Some(0));
    }

    #[test]
    fn the_rate_limit_needs_both_numbers() {
        let metadata = |pairs: &[_]| Metadata { status: StatusCode::OK, headers: headers(pairs) };
        let both = metadata(&[("ratelimit-limit", "1200"), ("ratelimit-remaining", "1199")]);
        assert_eq!(both.rate_limit(), Some(RateLimit { limit: 1200, remaining: 1199 }),);
        assert_eq!(metadata(&[("ratelimit-limit", "1200")]).rate_limit(), None);
    }
}
