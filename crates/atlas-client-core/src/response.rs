//! What a call returns beside, or instead of, the value that it promises.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::decoded_size;
use crate::error::{DecodeProblem, Error, ErrorBody, ErrorCode, Kind, decode};
use crate::operation::Operation;
use crate::request_id::RequestId;

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

    /// The same answer with its value changed, or what is missing from it.
    ///
    /// # Errors
    ///
    /// The value lacks what it is asked for: the answer is then not what its operation promises.
    pub fn try_map<U>(
        self,
        change: impl FnOnce(T) -> Result<U, &'static str>,
    ) -> Result<Response<U>, Error> {
        match change(self.value) {
            Ok(value) => Ok(Response::new(value, self.metadata)),
            Err(missing) => {
                let answer = self.metadata.into_answer();
                Err(Error::from_decode(DecodeProblem::of_secret(missing), answer))
            }
        }
    }
}

/// The status and the headers of an answer.
#[derive(Clone)]
pub struct Metadata(Box<RawResponse>);

impl Metadata {
    /// Of an answer whose body is read.
    pub(crate) fn of(mut answer: Box<RawResponse>) -> Self {
        answer.body = Bytes::new();
        Self(answer)
    }

    pub(crate) fn into_answer(self) -> RawResponse {
        *self.0
    }

    /// The HTTP status: any of 200 to 299, whichever the document lists.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The headers, as received.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Since when the version of the operation has been superseded (`Deprecation`).
    pub fn deprecation(&self) -> Option<SystemTime> {
        date(&self.0.headers, "deprecation")
    }

    /// When the service will no longer answer the version of the operation (`Sunset`).
    pub fn sunset(&self) -> Option<SystemTime> {
        date(&self.0.headers, "sunset")
    }

    /// What is left of the rate limit (`RateLimit-Limit`, `RateLimit-Remaining`). The service does
    /// not always say.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::read(&self.0.headers)
    }
}

impl std::fmt::Debug for Metadata {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metadata")
            .field("status", &self.0.status)
            .field("headers", &self.0.headers)
            .finish()
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

impl RateLimit {
    pub(crate) fn read(headers: &HeaderMap) -> Option<Self> {
        let number = |name| headers.get(name)?.to_str().ok()?.trim().parse().ok();
        Some(Self { limit: number("ratelimit-limit")?, remaining: number("ratelimit-remaining")? })
    }
}

/// An answer as it was received, whatever its status.
#[derive(Clone)]
pub struct RawResponse {
    pub(crate) operation: &'static Operation,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// With what was not kept.
    pub(crate) body_length: u64,
    /// How large the body was allowed to be: what it is decoded to is bounded by that too.
    pub(crate) body_limit: usize,
    /// What to do about it, where the transport knows that.
    pub(crate) hint: Option<&'static str>,
    /// How to find out whether the call took effect, where that is known.
    pub(crate) find_out: Option<&'static str>,
    /// What was asked for.
    path: Option<Box<str>>,
    /// Which call it is the answer to, and to which of its attempts.
    pub(crate) call: Option<(RequestId, u32)>,
    enveloped: bool,
}

impl RawResponse {
    pub(crate) fn new(
        operation: &'static Operation,
        status: StatusCode,
        headers: HeaderMap,
    ) -> Self {
        let body = Bytes::new();
        Self {
            operation,
            status,
            headers,
            body,
            body_length: 0,
            body_limit: usize::MAX,
            hint: None,
            find_out: None,
            path: None,
            call: None,
            enveloped: false,
        }
    }

    pub(crate) fn set_call(&mut self, path: &str, id: RequestId, attempts: u32) {
        self.path = Some(path.into());
        self.call = Some((id, attempts));
    }

    pub(crate) fn in_envelope(mut self, enveloped: bool) -> Self {
        self.enveloped = enveloped;
        self
    }

    /// The path that was asked for, with its parameters filled in where they are known.
    pub(crate) fn path(&self) -> &str {
        self.path.as_deref().unwrap_or(self.operation.path)
    }

    /// What the body says of an error.
    pub(crate) fn error_code(&self) -> Option<ErrorCode> {
        ErrorBody::read(&self.body).code
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers, as received.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body, byte for byte as received: of an answer that reports an error the first 64 KiB.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// How many bytes of the body were received, with those that were not kept.
    pub fn body_length(&self) -> u64 {
        self.body_length
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
            return Err(Error::misread(
                "an answer asked for with envelope=true is read with `envelope()`, not `json()`",
            )
            .with_answer(self));
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
            return Err(Error::misread(
                "only an answer asked for with envelope=true is read with `envelope()`",
            )
            .with_answer(self));
        }
        self.decode()
    }

    fn decode<T: DeserializeOwned>(self) -> Result<T, Error> {
        let answer = self.error_for_status()?;
        answer.decode_body().map_err(|error| error.with_answer(answer))
    }

    /// Decodes the body, unless the value could take more memory than the limit on bodies allows.
    ///
    /// # Errors
    ///
    /// The value is too large, or the body is not a `T`. The error does not have the response yet.
    pub(crate) fn decode_body<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let limit = self.body_limit;
        if !decoded_size::is_within(&self.body, limit) {
            return Err(Error::new(Kind::TooLarge { limit, is_decoded: true }));
        }
        // Only after a failure is it worth the time to find out where.
        serde_json::from_slice(&self.body)
            .or_else(|_| decode(&self.body))
            .map_err(|problem| Error::new(Kind::Decode(problem)))
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

/// A date in a header. The service does not pad the day of the month, as it should.
fn date(headers: &HeaderMap, name: &str) -> Option<SystemTime> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    httpdate::parse_http_date(text).ok().or_else(|| {
        let (weekday, rest) = text.split_once(", ")?;
        httpdate::parse_http_date(&format!("{weekday}, 0{rest}")).ok()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::auth::TOKEN_OPERATION;

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

    proptest! {
        #[test]
        fn no_header_makes_the_readers_panic(text in "\\PC*", seconds: u64, day in 0..4_000_000_000_u64) {
            let read = |text: &str| {
                let value = header::HeaderValue::from_bytes(text.as_bytes()).ok()?;
                let headers = HeaderMap::from_iter([
                    (header::RETRY_AFTER, value.clone()),
                    (header::HeaderName::from_static("sunset"), value),
                ]);
                date(&headers, "sunset");
                retry_after(&headers)
            };
            read(&text);
            prop_assert_eq!(read(&seconds.to_string()), Some(Duration::from_secs(seconds)));
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(day);
            let value = httpdate::fmt_http_date(time).parse().unwrap();
            let headers = HeaderMap::from_iter([(header::HeaderName::from_static("sunset"), value)]);
            prop_assert_eq!(date(&headers, "sunset"), Some(time));
        }
    }

    #[test]
    fn dates_are_read_with_and_without_a_padded_day() {
        let read = |text| date(&headers(&[("sunset", text)]), "sunset");
        let padded = read("Thu, 01 Jul 2027 00:00:00 GMT");
        assert!(padded.is_some());
        assert_eq!(read("Thu, 1 Jul 2027 00:00:00 GMT"), padded);
        for text in ["", "soon", "Thu, ", ", 1 Jul 2027 00:00:00 GMT", "2027-07-01"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_rate_limit_needs_both_numbers() {
        let metadata = |pairs: &[_]| {
            let answer = RawResponse::new(&TOKEN_OPERATION, StatusCode::OK, headers(pairs));
            Metadata::of(Box::new(answer))
        };
        let both = metadata(&[("ratelimit-limit", "1200"), ("ratelimit-remaining", "1199")]);
        assert_eq!(both.rate_limit(), Some(RateLimit { limit: 1200, remaining: 1199 }),);
        assert_eq!(metadata(&[("ratelimit-limit", "1200")]).rate_limit(), None);
    }
}
