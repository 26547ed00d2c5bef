//! Answers, with the headers that the service gives each kind of them.

use bytes::Bytes;
use http::header::{
    ALLOW, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER, SERVER, STRICT_TRANSPORT_SECURITY, VARY,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value;

use crate::body::Payload;
use crate::presentation::Presentation;
use crate::problem::Problem;
use crate::request::Received;
use crate::routes::{Operation, Route};

const ERROR_CODE: HeaderName = HeaderName::from_static("x-error-code");
const JAVA_METHOD: HeaderName = HeaderName::from_static("x-java-method");
const JAVA_VERSION: HeaderName = HeaderName::from_static("x-java-version");
const PERMITTED_POLICIES: HeaderName = HeaderName::from_static("x-permitted-cross-domain-policies");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const RATE_REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const SERVICE_VERSION: HeaderName = HeaderName::from_static("x-mongodb-service-version");
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
        Self { status, headers: HeaderMap::new(), body: Payload::Whole(body.into()) }
    }

    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
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

/// The 401 for a request whose credential nobody is known by.
pub(crate) fn challenge(request: &Received, nonce: &str) -> Answer {
    let challenge = format!(
        "Digest realm=\"MMS Public API\", domain=\"\", nonce=\"{nonce}\", algorithm=MD5, \
         qop=\"auth\", stale=false"
    );
    let answer = Answer::bare(StatusCode::UNAUTHORIZED, CHALLENGE)
        .served(request)
        .with(CONTENT_TYPE, JSON)
        .with(VARY, ACCEPT_ENCODING);
    match HeaderValue::try_from(challenge) {
        Ok(value) => answer.with(WWW_AUTHENTICATE, value),
        Err(_) => answer,
    }
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
    /// The operation, once it is known that it answers.
    pub(crate) operation: Option<&'a Operation>,
    /// The limit and what remains of it, once the request is counted.
    pub(crate) rate: Option<(u64, u64)>,
}

impl<'a> Manner<'a> {
    pub(crate) fn new(request: &'a Received, route: &Route<'_>) -> Self {
        let query = request.uri.query();
        let presentation =
            route.operation().map(|operation| Presentation::wanted(operation, query));
        let presentation = presentation.unwrap_or_default();
        Self { request, presentation, operation: None, rate: None }
    }

    /// The query parameter whose value cannot be understood, where there is one.
    pub(crate) fn invalid_parameter(&self) -> Option<&'static str> {
        self.presentation.invalid
    }

    pub(crate) fn success(&self, content_type: &HeaderValue, content: Value) -> Answer {
        self.answer(StatusCode::OK, content)
            .with(CONTENT_TYPE, content_type.clone())
            .with(SERVICE_VERSION, SYNTHETIC_VERSION)
    }

    /// Invented: the headers of 403, 406 and 429, and of a 401 that is no challenge.
    pub(crate) fn problem(&self, problem: &Problem) -> Answer {
        let mut answer = self.answer(problem.status, problem.body()).with(CONTENT_TYPE, JSON);
        if problem.status.is_client_error() {
            answer = answer.with(ERROR_CODE, HeaderValue::from_static(problem.code));
        }
        if problem.status != StatusCode::UNAUTHORIZED && !problem.is_without_project() {
            answer = answer.with(SERVICE_VERSION, SYNTHETIC_VERSION);
        }
        if let Some(seconds) = problem.retry_after {
            answer = answer.with(RETRY_AFTER, seconds.into());
        }
        answer
    }

    fn answer(&self, status: StatusCode, content: Value) -> Answer {
        let body = self.presentation.body(status, content);
        let mut answer = Answer::bare(status, body)
            .served(self.request)
            .secured()
            .with(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        if [Method::GET, Method::HEAD].contains(&self.request.method) {
            answer = answer.with(VARY, ACCEPT_ENCODING);
        }
        if let Some(operation) = self.operation {
            answer = answer
                .with(JAVA_METHOD, operation.java_method.clone())
                .with(JAVA_VERSION, HeaderValue::from_static("17.0.19+10-LTS"));
        }
        if let Some((limit, remaining)) = self.rate {
            answer = answer.with(RATE_LIMIT, limit.into()).with(RATE_REMAINING, remaining.into());
        }
        answer
    }
}
