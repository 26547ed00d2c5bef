//! Answers, with the headers that the service gives each kind of them.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{
    ALLOW, CONTENT_ENCODING, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER, SERVER,
    STRICT_TRANSPORT_SECURITY, VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value;

use crate::body::Payload;
use crate::compression;
use crate::presentation::Presentation;
use crate::problem::Problem;
use crate::request::Received;
use crate::routes::{Operation, Route, Served};

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const ERROR_CODE: HeaderName = HeaderName::from_static("x-error-code");
const JAVA_METHOD: HeaderName = HeaderName::from_static("x-java-method");
const JAVA_VERSION: HeaderName = HeaderName::from_static("x-java-version");
const PERMITTED_POLICIES: HeaderName = HeaderName::from_static("x-permitted-cross-domain-policies");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const RATE_REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const SERVICE_VERSION: HeaderName = HeaderName::from_static("x-mongodb-service-version");
const SUNSET: HeaderName = HeaderName::from_static("sunset");
const UPSTREAM_TIME: HeaderName = HeaderName::from_static("x-envoy-upstream-service-time");

const ACCEPT_ENCODING: HeaderValue = HeaderValue::from_static("Accept-Encoding");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Invented: the hash, which no commit has.
const SYNTHETIC_VERSION: HeaderValue = HeaderValue::from_static(
    "gitHash=0000000000000000000000000000000000000000; versionString=master",
);

/// The body of the 401 challenge, which another layer of the service writes in its own manner.
const CHALLENGE: &str = r#"{
  "error" : 401,
  "reason" : "Unauthorized",
  "detail" : "You are not authorized for this resource.",
  "errorCode" : "UNEXPECTED_ERROR"
}"#;

/// An answer; the connection adds the date and the length.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Payload,
}

impl Answer {
    /// An answer without any header.
    pub(crate) fn bare(status: StatusCode, body: impl Into<Bytes>) -> Self {
        // Enough for most answers, with the two that the connection adds.
        let headers = HeaderMap::with_capacity(24);
        Self { status, headers, body: Payload::Whole(body.into()) }
    }

    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    pub(crate) fn without(mut self, name: HeaderName) -> Self {
        self.headers.remove(name);
        self
    }

    /// The answer with nothing for a body.
    pub(crate) fn emptied(self) -> Self {
        let body = Payload::Whole(Bytes::new());
        Self { body, ..self.without(CONTENT_TYPE).without(CONTENT_ENCODING) }
    }

    fn served(self, request: &Received) -> Self {
        let milliseconds = u64::try_from(request.started.elapsed().as_millis());
        self.with(SERVER, HeaderValue::from_static("mdbws"))
            .with(UPSTREAM_TIME, milliseconds.unwrap_or(u64::MAX).into())
    }

    /// The security headers that every answer has but the challenge.
    fn secured(self) -> Self {
        let policy = HeaderValue::from_static("strict-origin-when-cross-origin");
        let transport = HeaderValue::from_static("max-age=31536000; includeSubdomains;");
        self.with(REFERRER_POLICY, policy)
            .with(STRICT_TRANSPORT_SECURITY, transport)
            .with(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
            .with(PERMITTED_POLICIES, HeaderValue::from_static("none"))
    }
}

/// The 401 for a request whose credential nobody is known by, with these challenges.
pub(crate) fn challenge(request: &Received, challenges: Vec<HeaderValue>) -> Answer {
    let mut answer = Answer::bare(StatusCode::UNAUTHORIZED, CHALLENGE)
        .served(request)
        .with(CONTENT_TYPE, JSON)
        .with(VARY, ACCEPT_ENCODING);
    for challenge in challenges {
        answer.headers.append(WWW_AUTHENTICATE, challenge);
    }
    answer
}

/// 405, or the answer to `OPTIONS`, which is invented: no body, and what can be done on the path.
pub(crate) fn allowed(request: &Received, status: StatusCode, allow: &HeaderValue) -> Answer {
    Answer::bare(status, "").served(request).secured().with(ALLOW, allow.clone())
}

/// Invented, all of it: what is said to a request with too large a body.
pub(crate) fn too_large(request: &Received) -> Answer {
    Answer::bare(StatusCode::PAYLOAD_TOO_LARGE, "").served(request).secured()
}

/// What the form and the headers of an answer from the application depend on. It fills up as the
/// request gets further.
pub(crate) struct Manner<'a> {
    request: &'a Received,
    presentation: Presentation,
    /// Whether the body is to be gzipped.
    gzip: bool,
    /// The operation, once it is known that it answers.
    operation: Option<&'a Operation>,
    /// The version of it that answers.
    served: Option<&'a Served>,
    /// The limit and what remains of it, once the request is counted.
    pub(crate) rate: Option<(u64, u64)>,
}

impl<'a> Manner<'a> {
    pub(crate) fn new(request: &'a Received, route: &Route<'_>) -> Self {
        let gzip = is_read(request) && compression::wanted(&request.headers);
        let presentation = Presentation::wanted(route, request.uri.query());
        Self { request, presentation, gzip, operation: None, served: None, rate: None }
    }

    /// The operation answers, in that version where it is known.
    pub(crate) fn serve(&mut self, operation: &'a Operation, served: Option<&'a Served>) {
        self.operation = Some(operation);
        self.served = served;
    }

    /// The query parameter whose value cannot be understood, where there is one.
    pub(crate) fn invalid_parameter(&self) -> Option<&'static str> {
        self.presentation.invalid
    }

    /// Whether the answer is to be wrapped.
    pub(crate) fn is_enveloped(&self) -> bool {
        self.presentation.envelope
    }

    /// An answer that is neither of an operation nor in the shape of the application's errors.
    pub(crate) fn plain(&self, status: StatusCode, content: Value) -> Answer {
        self.answer(status, Some(content))
            .with(CONTENT_TYPE, JSON)
            .with(SERVICE_VERSION, SYNTHETIC_VERSION)
    }

    /// Without content there is no body, and nothing to wrap either.
    pub(crate) fn success(
        &self,
        status: StatusCode,
        content_type: &HeaderValue,
        content: Option<Value>,
    ) -> Answer {
        self.answer(status, content)
            .with(CONTENT_TYPE, content_type.clone())
            .with(SERVICE_VERSION, SYNTHETIC_VERSION)
    }

    /// Invented: the headers of 403, 406 and 429, and of a 401 that is no challenge.
    pub(crate) fn problem(&self, problem: &Problem) -> Answer {
        let mut answer = self.answer(problem.status, Some(problem.body())).with(CONTENT_TYPE, JSON);
        if problem.status.is_client_error() {
            answer = answer.with(ERROR_CODE, HeaderValue::from_static(problem.code));
        }
        if problem.status != StatusCode::UNAUTHORIZED && !problem.is_without_owner() {
            answer = answer.with(SERVICE_VERSION, SYNTHETIC_VERSION);
        }
        if let Some(seconds) = problem.retry_after {
            answer = answer.with(RETRY_AFTER, seconds.into());
        }
        answer
    }

    fn answer(&self, status: StatusCode, content: Option<Value>) -> Answer {
        let body = content.map(|content| self.presentation.body(status, content));
        let body = body.unwrap_or_default();
        let gzipped = if self.gzip { compression::gzipped(&body) } else { None };
        let is_gzipped = gzipped.is_some();
        let mut answer = Answer::bare(status, gzipped.unwrap_or(body.into_bytes()))
            .served(self.request)
            .secured()
            .with(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        if is_read(self.request) {
            answer = answer.with(VARY, ACCEPT_ENCODING);
        }
        if is_gzipped {
            answer = answer.with(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Some(operation) = self.operation {
            answer = answer
                .with(JAVA_METHOD, operation.java_method.clone())
                .with(JAVA_VERSION, HeaderValue::from_static("17.0.19+10-LTS"));
        }
        if let Some(superseded) = self.served.and_then(|served| served.superseded.as_ref()) {
            answer = answer.with(DEPRECATION, superseded.deprecation.clone());
            if let Some(sunset) = &superseded.sunset {
                answer = answer.with(SUNSET, sunset.clone());
            }
        }
        if let Some((limit, remaining)) = self.rate {
            answer = answer.with(RATE_LIMIT, limit.into()).with(RATE_REMAINING, remaining.into());
        }
        answer
    }
}

/// The HTTP date that many seconds from now, or as far as dates go.
pub(crate) fn date_in(seconds: u64) -> HeaderValue {
    // The last second of the year 9999.
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    let last = SystemTime::UNIX_EPOCH + LAST;
    let date = SystemTime::now().checked_add(Duration::from_secs(seconds));
    let date = date.map_or(last, |date| date.min(last));
    HeaderValue::try_from(httpdate::fmt_http_date(date))
        .unwrap_or(HeaderValue::from_static("Fri, 31 Dec 9999 23:59:59 GMT"))
}

/// Whether the request only reads.
fn is_read(request: &Received) -> bool {
    [Method::GET, Method::HEAD].contains(&request.method)
}
