//! [`Error`]: everything that a call can end in but success.

mod body;
mod code;
mod decode;
mod hint;
mod message;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::decision::{Decision, Evidence, Nature};
use crate::foreign_text::ForeignText;
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
/// Neither its `Debug` nor its message holds the request's headers or body. Its message and its hint are
/// each one line that cannot steer a terminal, whatever the service said.
///
#[doc = include_str!("../decision.md")]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    /// Where the call was not sent for lack of a token: the operation that did not give one.
    token_operation: Option<&'static Operation>,
    operation: Option<&'static Operation>,
    /// The path that was asked for, with its parameters filled in.
    path: Option<String>,
    answer: Option<Answer>,
    hint: Option<Cow<'static, str>>,
    /// How to find out whether the call took effect.
    find_out: Option<&'static str>,
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
    body_length: u64,
    parsed: ErrorBody,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The request cannot be sent as it is.
    Request,
    /// There was no connection.
    Connect(ConnectProblem),
    /// The time ran out.
    Timeout(TimeoutKind),
    /// The connection broke after the request began to be sent.
    Transport,
    /// The service answered, but not with success.
    Answer,
    /// The answer's body, or what it stands for once it is decoded, is larger than allowed.
    TooLarge { limit: usize, is_decoded: bool },
    /// The service answered with success, but its body is not what the operation promises.
    Decode(DecodeProblem),
    /// The service answered, and the answer was read in a way that does not fit it.
    Misread,
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

/// Why there was no connection, where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConnectProblem {
    /// The other side's certificate, or its way of speaking TLS.
    Tls,
    /// Nothing more than that this proxy is on the way.
    Proxy(ForeignText),
    /// Nothing.
    Unknown,
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        Self(Box::new(Inner {
            kind,
            token_operation: None,
            operation: None,
            path: None,
            answer: None,
            hint: None,
            find_out: None,
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

    /// A response that arrived, and that was read in a way that does not fit it.
    pub(crate) fn misread(reason: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Kind::Misread).with_source(reason)
    }

    /// What reqwest says of an exchange that did not come to its end.
    pub(crate) fn from_reqwest(error: reqwest::Error) -> Self {
        let kind = if error.is_builder() {
            Kind::Request
        } else if error.is_connect() {
            Kind::Connect(if is_about_tls(&error) {
                ConnectProblem::Tls
            } else {
                ConnectProblem::Unknown
            })
        } else if error.is_timeout() {
            Kind::Timeout(TimeoutKind::Idle)
        } else {
            Kind::Transport
        };
        // The URL is the operation's, which the message has already.
        Self::new(kind).with_source(error.without_url())
    }

    /// The same error with the proxy that the connection was to go through.
    pub(crate) fn by_way_of(mut self, proxy: Option<String>) -> Self {
        if let (Kind::Connect(problem @ ConnectProblem::Unknown), Some(proxy)) =
            (&mut self.0.kind, proxy)
        {
            *problem = ConnectProblem::Proxy(proxy.into());
        }
        self
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
        if let Some(hint) = answer.hint {
            self.0.hint = Some(hint.into());
        }
        self.0.find_out = answer.find_out.or(self.0.find_out);
        let RawResponse { status, headers, body, body_length, .. } = answer;
        let parsed = ErrorBody::read(&body);
        self.0.answer = Some(Answer { status, headers, body, body_length, parsed });
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
    pub(crate) fn about_token(mut self, operation: &'static Operation) -> Self {
        self.0.token_operation = Some(operation);
        self
    }

    pub(crate) fn with_call(mut self, request_id: RequestId, attempts: u32) -> Self {
        self.0.request_id = Some(request_id);
        self.0.attempts = attempts;
        self
    }

    /// What is known of what happened.
    pub(crate) fn evidence(&self) -> Evidence {
        match (&self.0.kind, self.status()) {
            (Kind::Request, _) => Evidence::Invalid,
            (Kind::Connect(_), _) => Evidence::NotConnected,
            (Kind::NotMutual, _) => Evidence::Untrusted,
            // However the rest of the response ended, its status says what the service did.
            (_, Some(status)) if !status.is_success() => Evidence::of_status(status),
            (Kind::Timeout(_) | Kind::Transport, _) => Evidence::NoResponse,
            (Kind::Answer | Kind::TooLarge { .. } | Kind::Decode(_) | Kind::Misread, _) => {
                Evidence::Unusable
            }
        }
    }

    /// What follows from it.
    pub(crate) fn decision(&self) -> Decision {
        self.decision_for(self.0.operation)
    }

    /// What follows from it for a call of an operation.
    pub(crate) fn decision_for(&self, operation: Option<&Operation>) -> Decision {
        // A call without a token was not sent, whatever happened to the request for the token.
        let nature = match (self.0.token_operation, operation) {
            (Some(_), _) => Nature::Reads,
            (None, Some(operation)) => Nature::of(operation),
            (None, None) => Nature::Once,
        };
        self.evidence().decide(nature)
    }

    /// The same error with other advice, for who knows more of what was tried. Where the call may have
    /// taken effect, the hint goes on saying how to find that out.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same error with how to find out whether the call took effect.
    pub(crate) fn with_find_out(mut self, how: Option<&'static str>) -> Self {
        self.0.find_out = how;
        self
    }

    /// The kind, in a word out of a closed list: for spans and metrics.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self.0.kind {
            Kind::Request => "request",
            Kind::Connect(_) => "connect",
            Kind::Timeout(_) => "timeout",
            Kind::Transport => "transport",
            Kind::Answer => "answer",
            Kind::TooLarge { .. } => "too_large",
            Kind::Decode(_) => "decode",
            Kind::NotMutual => "not_mutual",
            Kind::Misread => "misread",
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
    pub fn detail(&self) -> Option<&ForeignText> {
        self.0.answer.as_ref()?.parsed.detail.as_ref()
    }

    /// The `parameters` of the answer: the values that the detail speaks of, of any JSON type. None where
    /// they take more than 4 KiB; [`body`](Self::body) has them all the same.
    pub fn parameters(&self) -> &[Value] {
        match &self.0.answer {
            Some(answer) => &answer.parsed.parameters,
            None => &[],
        }
    }

    /// The fields of the request that the service refused, where it names them
    /// (`badRequestDetail.fields`).
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

    /// The body of the answer, as received: of an answer that reports an error the first 64 KiB.
    pub fn body(&self) -> Option<&Bytes> {
        self.0.answer.as_ref().map(|answer| &answer.body)
    }

    /// How many bytes of the answer's body were received, with those that were not kept.
    pub fn body_length(&self) -> Option<u64> {
        self.0.answer.as_ref().map(|answer| answer.body_length)
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
        hint::hint(self)
    }

    /// Whether Atlas may have done what was asked for although the call ended in this error. Where
    /// it may, find out before you repeat the call.
    ///
    /// Never so for an operation that only reads.
    pub fn may_have_taken_effect(&self) -> bool {
        self.decision().may_have_taken_effect
    }

    /// The request was refused on this side and never sent: nothing was changed.
    pub fn is_request(&self) -> bool {
        self.0.kind == Kind::Request
    }

    /// No connection could be made.
    pub fn is_connect(&self) -> bool {
        matches!(self.0.kind, Kind::Connect(_))
    }

    /// The time allowed ran out.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, Kind::Timeout(_))
    }

    /// The exchange did not come to its end: no connection, a broken one, or no time left.
    pub fn is_transport(&self) -> bool {
        matches!(self.0.kind, Kind::Connect(_) | Kind::Transport | Kind::Timeout(_))
    }

    /// The answer's body is larger than allowed, or would take too much memory to decode.
    pub fn is_too_large(&self) -> bool {
        matches!(self.0.kind, Kind::TooLarge { .. })
    }

    /// The answer was a success, but not of the shape that the operation promises.
    pub fn is_decode(&self) -> bool {
        matches!(self.0.kind, Kind::Decode(_))
    }

    /// The answer arrived and was read in a way that does not fit it, such as one in an envelope with
    /// [`RawResponse::json`](crate::RawResponse::json).
    pub fn is_misread(&self) -> bool {
        self.0.kind == Kind::Misread
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

/// Whether rustls is what an error, or one that lies behind it, comes from.
fn is_about_tls(error: &(dyn StdError + 'static)) -> bool {
    // An `io::Error` hides the one that it wraps.
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.is::<rustls::Error>()
        || wrapped.is_some_and(|wrapped| is_about_tls(wrapped))
        || error.source().is_some_and(is_about_tls)
}
