//! [`Error`]: everything that a call can end in but success.

mod body;
mod code;
mod decode;
mod hint;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::auth::TOKEN_OPERATION;
use crate::operation::Operation;
use crate::request_id::RequestId;
use crate::response::{RawResponse, retry_after};

pub(crate) use self::body::ErrorBody;
pub use self::body::FieldViolation;
pub use self::code::ErrorCode;
pub(crate) use self::decode::{DecodeProblem, decode};

/// Why a call did not succeed.
///
/// Its message says what was tried, what came back, whether the request may have taken effect, and
/// what to do next; the same facts can be had one by one. New kinds of error may come, so ask the
/// predicates (`is_…`) and expect that none of them holds.
///
/// Neither its `Debug` nor its message holds the request's headers or body.
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    /// The token, not the call itself, is what could not be had.
    is_about_token: bool,
    operation: Option<&'static Operation>,
    /// The path that was asked for, with its parameters filled in.
    path: Option<String>,
    answer: Option<Answer>,
    hint: Option<Cow<'static, str>>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
    request_id: Option<RequestId>,
    attempts: u32,
}

/// What the service sent back.
#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    parsed: ErrorBody,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The request cannot be sent as it is.
    Request,
    /// There was no connection.
    Connect,
    /// The time ran out.
    Timeout(TimeoutKind),
    /// The connection broke after the request began to be sent.
    Transport,
    /// The service answered, but not with success.
    Answer,
    /// The answer's body is larger than allowed.
    TooLarge { limit: usize },
    /// The service answered with success, but its body is not what the operation promises.
    Decode(DecodeProblem),
    /// The service does not know the key that it asks for.
    NotMutual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeoutKind {
    /// Nothing arrived for too long.
    Idle,
    /// The attempt as a whole took too long.
    Attempt,
    /// The call with all its attempts took too long.
    Call,
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        Self(Box::new(Inner {
            kind,
            is_about_token: false,
            operation: None,
            path: None,
            answer: None,
            hint: None,
            source: None,
            request_id: None,
            attempts: 1,
        }))
    }

    /// A request that is not sent, and why: for crates built on this one, which know of their operations
    /// what would be refused.
    pub fn request(reason: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Kind::Request).with_source(reason)
    }

    /// An answer that is not a success.
    pub(crate) fn from_answer(answer: RawResponse) -> Self {
        Self::new(Kind::Answer).with_answer(answer)
    }

    /// A success whose body is not what the operation promises.
    pub(crate) fn from_decode(problem: DecodeProblem, answer: RawResponse) -> Self {
        Self::new(Kind::Decode(problem)).with_answer(answer)
    }

    /// What reqwest says of an exchange that did not come to its end.
    pub(crate) fn from_reqwest(error: reqwest::Error) -> Self {
        let kind = if error.is_builder() || error.is_request() && error.is_body() {
            Kind::Request
        } else if error.is_connect() {
            Kind::Connect
        } else if error.is_timeout() {
            Kind::Timeout(TimeoutKind::Idle)
        } else {
            Kind::Transport
        };
        // The URL is the operation's, which the message has already.
        Self::new(kind).with_source(error.without_url())
    }

    /// What a generated method ended in, where neither an answer nor a failure was seen.
    pub(crate) fn from_generated(error: progenitor_client::Error) -> Self {
        use progenitor_client::Error as Generated;
        match error {
            Generated::InvalidRequest(reason) | Generated::Custom(reason) => Self::request(reason),
            Generated::CommunicationError(error) | Generated::ResponseBodyError(error) => {
                Self::from_reqwest(error)
            }
            other => Self::request(other),
        }
    }

    pub(crate) fn with_request(mut self, operation: &'static Operation, path: &str) -> Self {
        self.0.operation = Some(operation);
        self.0.path = Some(path.to_owned());
        self
    }

    pub(crate) fn with_answer(mut self, answer: RawResponse) -> Self {
        self = self.with_request(answer.operation, answer.path());
        if let Some((id, attempts)) = answer.call {
            self = self.with_call(id, attempts);
        }
        let RawResponse { status, headers, body, .. } = answer;
        let parsed = ErrorBody::read(&body);
        self.0.answer = Some(Answer { status, headers, body, parsed });
        self
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// The same error, for another caller that waited for the same thing.
    pub(crate) fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    /// The error of a call for which no token could be had.
    pub(crate) fn about_token(mut self) -> Self {
        self.0.is_about_token = true;
        self
    }

    pub(crate) fn with_call(mut self, request_id: RequestId, attempts: u32) -> Self {
        self.0.request_id = Some(request_id);
        self.0.attempts = attempts;
        self
    }

    /// Whether the call itself may have reached the service.
    pub(crate) fn was_sent(&self) -> bool {
        !self.0.is_about_token && !matches!(self.0.kind, Kind::Request | Kind::Connect)
    }

    /// The same error with other advice, for who knows more of what was tried.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The kind, in a word out of a closed list: for spans and metrics.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self.0.kind {
            Kind::Request => "request",
            Kind::Connect => "connect",
            Kind::Timeout(_) => "timeout",
            Kind::Transport => "transport",
            Kind::Answer => "answer",
            Kind::TooLarge { .. } => "too_large",
            Kind::Decode(_) => "decode",
            Kind::NotMutual => "not_mutual",
        }
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// The operation that was called.
    pub fn operation(&self) -> Option<&'static Operation> {
        self.0.operation
    }

    /// The HTTP status of the answer, where there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.answer.as_ref().map(|answer| answer.status)
    }

    /// The `errorCode` of the answer, where it had one. The service leaves it out at times.
    pub fn code(&self) -> Option<&ErrorCode> {
        self.0.answer.as_ref()?.parsed.code.as_ref()
    }

    /// The `detail` of the answer: what exactly went wrong.
    pub fn detail(&self) -> Option<&str> {
        self.0.answer.as_ref()?.parsed.detail.as_deref()
    }

    /// The `parameters` of the answer: the values that the detail speaks of, of any JSON type.
    pub fn parameters(&self) -> &[Value] {
        match &self.0.answer {
            Some(answer) => &answer.parsed.parameters,
            None => &[],
        }
    }

    /// The fields of the request that the service refused, where it names them.
    pub fn field_violations(&self) -> &[FieldViolation] {
        match &self.0.answer {
            Some(answer) => &answer.parsed.violations,
            None => &[],
        }
    }

    /// The headers of the answer, as received.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.answer.as_ref().map(|answer| &answer.headers)
    }

    /// The body of the answer, as received.
    pub fn body(&self) -> Option<&Bytes> {
        self.0.answer.as_ref().map(|answer| &answer.body)
    }

    /// How long the service asks to wait before the next try (`Retry-After`, in either of its
    /// forms). May be zero.
    pub fn retry_after(&self) -> Option<Duration> {
        self.headers().and_then(retry_after)
    }

    /// This client's own name for the call, sent as `X-Request-Id` with each of its attempts and in
    /// every span: the service has none to quote.
    pub fn request_id(&self) -> Option<RequestId> {
        self.0.request_id
    }

    /// How many attempts were made.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        self.0.hint.clone().or_else(|| hint::hint(self))
    }

    /// Whether Atlas may have done what was asked for although the call ended in this error. Where
    /// it may, find out before you repeat the call.
    ///
    /// Never so for an operation that only reads.
    pub fn may_have_taken_effect(&self) -> bool {
        if self.operation().is_some_and(Operation::is_safe) {
            return false;
        }
        match self.kind() {
            _ if !self.was_sent() => false,
            Kind::Answer => self.status().is_none_or(|status| status.is_server_error()),
            _ => true,
        }
    }

    /// The request was refused on this side and never sent.
    pub fn is_request(&self) -> bool {
        self.0.kind == Kind::Request
    }

    /// No connection could be made.
    pub fn is_connect(&self) -> bool {
        self.0.kind == Kind::Connect
    }

    /// The time allowed ran out.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, Kind::Timeout(_))
    }

    /// The exchange did not come to its end: no connection, a broken one, or no time left.
    pub fn is_transport(&self) -> bool {
        matches!(self.0.kind, Kind::Connect | Kind::Transport | Kind::Timeout(_))
    }

    /// The answer's body is larger than allowed.
    pub fn is_too_large(&self) -> bool {
        matches!(self.0.kind, Kind::TooLarge { .. })
    }

    /// The answer was a success, but not of the shape that the operation promises.
    pub fn is_decode(&self) -> bool {
        matches!(self.0.kind, Kind::Decode(_))
    }

    /// 401: the credential is missing, wrong, out of date, or lacks a role.
    pub fn is_unauthorized(&self) -> bool {
        self.has_status(StatusCode::UNAUTHORIZED)
    }

    /// 403: the credential may not do this, or not from here.
    pub fn is_forbidden(&self) -> bool {
        self.has_status(StatusCode::FORBIDDEN)
    }

    /// 404: there is no such thing.
    pub fn is_not_found(&self) -> bool {
        self.has_status(StatusCode::NOT_FOUND)
    }

    /// 409: it contradicts how things stand.
    pub fn is_conflict(&self) -> bool {
        self.has_status(StatusCode::CONFLICT)
    }

    /// 429: too many requests.
    pub fn is_rate_limited(&self) -> bool {
        self.has_status(StatusCode::TOO_MANY_REQUESTS)
    }

    /// 5xx: the trouble is the service's.
    pub fn is_server(&self) -> bool {
        self.0.kind == Kind::Answer && self.status().is_some_and(|status| status.is_server_error())
    }

    fn has_status(&self, status: StatusCode) -> bool {
        self.0.kind == Kind::Answer && self.status() == Some(status)
    }

    /// The message without the advice that [`hint`](Self::hint) gives.
    pub fn summary(&self) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = self.write_summary(&mut text);
        text
    }

    fn write_summary(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        match (self.operation(), &self.0.path) {
            (Some(operation), Some(path)) => {
                write!(f, "{} ({} {path}) ", operation.id, operation.method)?;
            }
            (Some(operation), None) => write!(f, "{operation} ")?,
            (None, _) => f.write_str("the call ")?,
        }
        if self.0.is_about_token {
            let Operation { method, path, .. } = TOKEN_OPERATION;
            write!(f, "was not sent, for the request for a token ({method} {path}) ")?;
        }
        match &self.0.kind {
            Kind::Request => f.write_str("was not sent")?,
            Kind::Connect => f.write_str("could not connect")?,
            Kind::Timeout(TimeoutKind::Idle) => f.write_str("received nothing for too long")?,
            Kind::Timeout(TimeoutKind::Attempt) => f.write_str("took too long")?,
            Kind::Timeout(TimeoutKind::Call) => {
                f.write_str("was given up when its time ran out")?;
            }
            Kind::Transport => f.write_str("lost its connection")?,
            Kind::Answer => f.write_str("failed")?,
            Kind::TooLarge { limit } => {
                write!(f, "was answered with more than the {limit} bytes allowed")?;
            }
            Kind::Decode(_) => f.write_str("was answered with something unexpected")?,
            Kind::NotMutual => f.write_str("was answered by somebody who does not know the key")?,
        }
        if let Some(answer) = &self.0.answer {
            write!(f, ": {}", answer.status)?;
            if let Some(code) = &answer.parsed.code {
                write!(f, " {code}")?;
            }
            if let Some(said) = answer.parsed.detail.as_ref().or(answer.parsed.reason.as_ref()) {
                write!(f, ", {}", said.trim_end_matches('.'))?;
            }
        }
        if let Kind::Decode(problem) = &self.0.kind {
            let DecodeProblem { path, reason, excerpt } = problem;
            write!(f, ", at {path}: {reason} of {excerpt}")?;
        }
        // The outer errors of a chain repeat what stands above; the innermost says what happened.
        let chain = std::iter::successors(StdError::source(self), |error| (*error).source());
        if let Some(cause) = chain.last() {
            write!(f, ": {cause}")?;
        }
        if self.0.attempts > 1 {
            write!(f, ", after {} attempts", self.0.attempts)?;
        }
        f.write_str(if self.may_have_taken_effect() {
            "; it may have taken effect all the same"
        } else {
            "; nothing was changed"
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_summary(f)?;
        match self.hint() {
            Some(hint) => write!(f, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("operation", &self.0.operation.map(|operation| operation.id))
            .field("path", &self.0.path)
            .field("status", &self.status())
            .field("code", &self.code())
            .field("detail", &self.detail())
            .field("body_length", &self.body().map(Bytes::len))
            .field("request_id", &self.0.request_id)
            .field("attempts", &self.0.attempts)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
