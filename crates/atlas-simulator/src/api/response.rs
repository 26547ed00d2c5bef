//! Responses, with the headers that the service gives each kind of them.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{
    ALLOW, CONTENT_ENCODING, CONTENT_TYPE, DATE, IntoHeaderName, REFERRER_POLICY, RETRY_AFTER,
    SERVER, STRICT_TRANSPORT_SECURITY, VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use super::envelope::BodyFormat;
use super::error::ApiError;
use super::operation::{Operation, OperationVersion};
use super::routes::Route;
use crate::http::{Payload, Request, accepts_gzip, compress};

const ACCEPT_ENCODING: HeaderValue = HeaderValue::from_static("Accept-Encoding");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Invented: the hash, which is not that of a commit.
const SYNTHETIC_VERSION: HeaderValue = HeaderValue::from_static(
    "gitHash=0000000000000000000000000000000000000000; versionString=master",
);

/// The body of the 401 challenge, which another layer of the service formats differently.
const CHALLENGE: &str = r#"{
  "error" : 401,
  "reason" : "Unauthorized",
  "detail" : "You are not authorized for this resource.",
  "errorCode" : "UNEXPECTED_ERROR"
}"#;

/// A response. The connection adds the length, and the date if it is missing.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Payload,
}

impl Response {
    /// Returns a response without headers.
    pub(crate) fn bare(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self { status, headers: HeaderMap::new(), body: Payload::Whole(body.into()) }
    }

    pub(crate) fn with(mut self, name: impl IntoHeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Asks for a retry that many seconds after the date of this response, by a date.
    pub(crate) fn with_retry_date(self, seconds: u64) -> Self {
        // The connection would read the clock a second time.
        let now = SystemTime::now();
        let then = now.checked_add(Duration::from_secs(seconds));
        self.with(DATE, http_date(Some(now))).with(RETRY_AFTER, http_date(then))
    }

    pub(crate) fn without(mut self, name: HeaderName) -> Self {
        self.headers.remove(name);
        self
    }

    /// Removes the body and the headers that describe it.
    pub(crate) fn without_body(self) -> Self {
        let body = Payload::Whole(Bytes::new());
        Self { body, ..self.without(CONTENT_TYPE).without(CONTENT_ENCODING) }
    }

    /// Adds the headers that every response of the service has.
    fn with_server(self, request: &Request) -> Self {
        let milliseconds = u64::try_from(request.started.elapsed().as_millis());
        self.with(SERVER, HeaderValue::from_static("mdbws"))
            .with("x-envoy-upstream-service-time", milliseconds.unwrap_or(u64::MAX).into())
    }

    /// Adds the security headers that every response but the challenge has.
    fn with_security(self) -> Self {
        let policy = HeaderValue::from_static("strict-origin-when-cross-origin");
        let transport = HeaderValue::from_static("max-age=31536000; includeSubdomains;");
        self.with(REFERRER_POLICY, policy)
            .with(STRICT_TRANSPORT_SECURITY, transport)
            .with(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
            .with("x-permitted-cross-domain-policies", HeaderValue::from_static("none"))
    }
}

/// Returns the 401 for a request without a known credential.
pub(crate) fn challenge(request: &Request, challenges: Vec<HeaderValue>) -> Response {
    let mut response = Response::bare(StatusCode::UNAUTHORIZED, CHALLENGE)
        .with_server(request)
        .with(CONTENT_TYPE, JSON)
        .with(VARY, ACCEPT_ENCODING);
    for challenge in challenges {
        response.headers.append(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Returns the response to an unknown method (405) or to `OPTIONS` (200, which is invented). It has no
/// body and lists the known methods.
pub(crate) fn allowed_methods(
    request: &Request,
    status: StatusCode,
    allow: &HeaderValue,
) -> Response {
    Response::bare(status, "").with_server(request).with_security().with(ALLOW, allow.clone())
}

/// Returns the response to a request whose body is too large. Invented, all of it.
pub(crate) fn too_large(request: &Request) -> Response {
    Response::bare(StatusCode::PAYLOAD_TOO_LARGE, "").with_server(request).with_security()
}

/// What the format and the headers of a response depend on. It is completed while the request is
/// processed.
pub(crate) struct ResponseContext<'a> {
    request: &'a Request,
    format: BodyFormat,
    gzip: bool,
    /// The operation, once it is known that it responds.
    operation: Option<&'a Operation>,
    /// The version that responds.
    version: Option<&'a OperationVersion>,
    /// The rate limit and what remains of it, once the request is counted.
    pub(crate) rate_limit: Option<(u64, u64)>,
}

impl<'a> ResponseContext<'a> {
    pub(crate) fn new(request: &'a Request, route: &Route<'_>) -> Self {
        Self::described(request, route.known_parameters())
    }

    /// Returns the context of an operation that a document describes, with the names of those query parameters of formats
    /// that it has.
    pub(crate) fn described(request: &'a Request, known: &[&str]) -> Self {
        let gzip = request.is_read() && accepts_gzip(&request.headers);
        let format = BodyFormat::parse(request.uri.query(), known);
        Self { request, format, gzip, operation: None, version: None, rate_limit: None }
    }

    /// Returns a response whose body is not JSON.
    pub(crate) fn plain(
        &self,
        status: StatusCode,
        content_type: Option<HeaderValue>,
        body: Vec<u8>,
    ) -> Response {
        let response = Response::bare(status, body).with_server(self.request).with_security();
        match content_type {
            Some(content_type) => response.with(CONTENT_TYPE, content_type),
            None => response,
        }
    }

    /// Sets the operation that responds, and its version if it is known.
    pub(crate) fn set_operation(
        &mut self,
        operation: &'a Operation,
        version: Option<&'a OperationVersion>,
    ) {
        self.operation = Some(operation);
        self.version = version;
    }

    /// Returns the query parameter with an invalid value, if there is one.
    pub(crate) fn invalid_parameter(&self) -> Option<&'static str> {
        self.format.invalid_parameter
    }

    /// Returns whether the body is in an envelope.
    pub(crate) fn is_enveloped(&self) -> bool {
        self.format.envelope
    }

    /// Returns a response that belongs to no version of an operation.
    pub(crate) fn json(&self, status: StatusCode, content: Value) -> Response {
        self.success(status, &JSON, Some(content))
    }

    /// Returns the response of an operation. Without content it has no body, not even in an envelope.
    pub(crate) fn success(
        &self,
        status: StatusCode,
        content_type: &HeaderValue,
        content: Option<Value>,
    ) -> Response {
        self.response(status, content)
            .with(CONTENT_TYPE, content_type.clone())
            .with("x-mongodb-service-version", SYNTHETIC_VERSION)
    }

    /// Returns an error. Invented: the headers of 403, 406 and 429, and of a 401 that is not a
    /// challenge.
    pub(crate) fn error(&self, error: &ApiError) -> Response {
        let mut response =
            self.response(error.status, Some(error.to_json())).with(CONTENT_TYPE, JSON);
        if error.status.is_client_error() {
            response = response.with("x-error-code", HeaderValue::from_static(error.code));
        }
        if error.status != StatusCode::UNAUTHORIZED && !error.is_unknown_owner() {
            response = response.with("x-mongodb-service-version", SYNTHETIC_VERSION);
        }
        if let Some(seconds) = error.retry_after {
            response = response.with(RETRY_AFTER, seconds.into());
        }
        response
    }

    fn response(&self, status: StatusCode, content: Option<Value>) -> Response {
        let body = content.map(|content| self.format.format(status, content));
        let body = body.unwrap_or_default();
        let compressed = if self.gzip { compress(&body) } else { None };
        let is_compressed = compressed.is_some();
        let mut response = Response::bare(status, compressed.unwrap_or(body.into_bytes()))
            .with_server(self.request)
            .with_security()
            .with(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        if self.request.is_read() {
            response = response.with(VARY, ACCEPT_ENCODING);
        }
        if is_compressed {
            response = response.with(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Some(operation) = self.operation {
            response = response
                .with("x-java-method", operation.java_method.clone())
                .with("x-java-version", HeaderValue::from_static("17.0.19+10-LTS"));
        }
        if let Some(deprecation) = self.version.and_then(|version| version.deprecation.as_ref()) {
            response = response.with("deprecation", deprecation.deprecation.clone());
            if let Some(sunset) = &deprecation.sunset {
                response = response.with("sunset", sunset.clone());
            }
        }
        if let Some((limit, remaining)) = self.rate_limit {
            response = response
                .with("ratelimit-limit", limit.into())
                .with("ratelimit-remaining", remaining.into());
        }
        response
    }
}

/// Returns an HTTP date, at most the end of the year 9999.
fn http_date(date: Option<SystemTime>) -> HeaderValue {
    // The last second of the year 9999.
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    let last = SystemTime::UNIX_EPOCH + LAST;
    let date = date.map_or(last, |date| date.min(last));
    HeaderValue::try_from(httpdate::fmt_http_date(date))
        .unwrap_or(HeaderValue::from_static("Fri, 31 Dec 9999 23:59:59 GMT"))
}
