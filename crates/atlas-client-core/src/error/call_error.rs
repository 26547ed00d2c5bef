//! [`Error`], and what is known about the failed call.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::body::{ErrorBody, FieldViolation};
use super::code::ErrorCode;
use super::decode::DecodeProblem;
use super::kind::{ConnectProblem, Kind};
use crate::decision::{Decision, Evidence, Repetition};
use crate::foreign_text::ForeignText;
use crate::headers::retry_after;
use crate::operation::Operation;
use crate::raw_response::RawResponse;
use crate::request_id::RequestId;

/// Why a call failed.
///
/// The message says what was tried, what came back, whether the request may have taken effect, and what
/// to do next. Methods return the same facts one by one. Later versions may add kinds of errors, so use
/// the predicates (`is_…`) and expect that none of them is true.
///
/// Neither `Debug` nor the message contains the headers or the body of the request. The message and the
/// hint are one line each without terminal control characters, even if the service sent some.
///
#[doc = include_str!("../decision.md")]
#[derive(Clone)]
pub struct Error(pub(super) Box<Inner>);

#[derive(Clone)]
pub(super) struct Inner {
    pub(super) kind: Kind,
    /// The token operation that failed, if the call was not sent for lack of a token.
    pub(super) token_operation: Option<&'static Operation>,
    pub(super) operation: Option<&'static Operation>,
    /// The path of the request.
    pub(super) path: Option<String>,
    pub(super) response: Option<ErrorResponse>,
    pub(super) hint: Option<Cow<'static, str>>,
    /// How to find out whether the call took effect.
    pub(super) find_out: Option<&'static str>,
    pub(super) source: Option<Arc<dyn StdError + Send + Sync>>,
    request_id: Option<RequestId>,
    attempts: u32,
}

/// What the service sent back.
#[derive(Clone)]
pub(super) struct ErrorResponse {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    body_length: u64,
    pub(super) parsed: ErrorBody,
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        Self(Box::new(Inner {
            kind,
            token_operation: None,
            operation: None,
            path: None,
            response: None,
            hint: None,
            find_out: None,
            source: None,
            request_id: None,
            attempts: 1,
        }))
    }

    /// Makes an error for a request that is not sent. For crates that check requests themselves.
    pub fn request(reason: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Kind::Request).with_source(reason)
    }

    /// An error response.
    pub(crate) fn from_response(response: RawResponse) -> Self {
        Self::new(Kind::ErrorResponse).with_response(response)
    }

    /// A success with a body that is not what the operation promises.
    pub(crate) fn from_decode(problem: DecodeProblem, response: RawResponse) -> Self {
        Self::new(Kind::Decode(problem)).with_response(response)
    }

    /// A response that was read with the wrong method.
    pub(crate) fn misread(reason: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Kind::Misread).with_source(reason)
    }

    /// An exchange that did not complete.
    pub(crate) fn from_reqwest(error: reqwest::Error) -> Self {
        // Without the URL: the message already names the operation and the path.
        Self::new(Kind::of_reqwest(&error)).with_source(error.without_url())
    }

    /// Adds the proxy that the connection goes through.
    pub(crate) fn with_proxy(mut self, proxy: Option<&str>) -> Self {
        if let (Kind::Connect(problem @ ConnectProblem::Unknown), Some(proxy)) =
            (&mut self.0.kind, proxy)
        {
            *problem = ConnectProblem::Proxy(proxy.into());
        }
        self
    }

    /// Adds the operation and the path of the request.
    pub(crate) fn with_request(mut self, operation: &'static Operation, path: &str) -> Self {
        self.0.operation = Some(operation);
        self.0.path = Some(path.to_owned());
        self
    }

    /// Adds the response, and what it says about the call.
    pub(crate) fn with_response(mut self, response: RawResponse) -> Self {
        self = self.with_request(response.operation, response.path());
        if let Some((id, attempts)) = response.call {
            self = self.with_call(id, attempts);
        }
        if let Some(hint) = response.hint {
            self.0.hint = Some(hint.into());
        }
        self.0.find_out = response.find_out.or(self.0.find_out);
        let RawResponse { status, headers, body, body_length, .. } = response;
        let parsed = ErrorBody::read(&body);
        self.0.response = Some(ErrorResponse { status, headers, body, body_length, parsed });
        self
    }

    /// Adds the cause.
    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Marks the call as not sent because this token operation failed.
    pub(crate) fn with_token_operation(mut self, operation: &'static Operation) -> Self {
        self.0.token_operation = Some(operation);
        self
    }

    /// Adds the id of the call and the number of attempts.
    pub(crate) fn with_call(mut self, request_id: RequestId, attempts: u32) -> Self {
        self.0.request_id = Some(request_id);
        self.0.attempts = attempts;
        self
    }

    /// Replaces the advice, for a caller that knows more about the request. If the call may have taken
    /// effect, the hint still begins with how to find out.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds how to find out whether the call took effect.
    pub(crate) fn with_find_out(mut self, how: Option<&'static str>) -> Self {
        self.0.find_out = how;
        self
    }

    /// Returns what is known about what happened.
    pub(crate) fn evidence(&self) -> Evidence {
        match (&self.0.kind, self.status()) {
            (Kind::Request, _) => Evidence::Invalid,
            (Kind::Connect(_), _) => Evidence::NotConnected,
            (Kind::MutualAuthFailed, _) => Evidence::Untrusted,
            // The status says what the service did, even if the rest of the response is unusable.
            (_, Some(status)) if !status.is_success() => Evidence::of_status(status),
            (Kind::Timeout(_) | Kind::Transport, _) => Evidence::NoResponse,
            (Kind::ErrorResponse | Kind::TooLarge { .. } | Kind::Decode(_) | Kind::Misread, _) => {
                Evidence::Unusable
            }
        }
    }

    /// Returns what follows from the error.
    pub(crate) fn decision(&self) -> Decision {
        self.decision_for(self.0.operation)
    }

    /// Returns what follows from the error for a call of this operation.
    pub(crate) fn decision_for(&self, operation: Option<&Operation>) -> Decision {
        // Without a token the call was not sent, even if the token request was.
        let repetition = match (self.0.token_operation, operation) {
            (Some(_), _) => Repetition::ReadOnly,
            (None, Some(operation)) => Repetition::of(operation),
            (None, None) => Repetition::Other,
        };
        self.evidence().decide(repetition)
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// Returns a word from a closed list, for spans and metrics.
    pub(crate) fn kind_name(&self) -> &'static str {
        self.0.kind.name()
    }

    /// Returns the operation that was called.
    pub fn operation(&self) -> Option<&'static Operation> {
        self.0.operation
    }

    /// Returns the HTTP status, if there was a response.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.response.as_ref().map(|response| response.status)
    }

    /// Returns the `errorCode` of the response. The service sometimes omits it.
    pub fn code(&self) -> Option<&ErrorCode> {
        self.0.response.as_ref()?.parsed.code.as_ref()
    }

    /// Returns the `detail` of the response: what exactly went wrong.
    pub fn detail(&self) -> Option<&ForeignText> {
        self.0.response.as_ref()?.parsed.detail.as_ref()
    }

    /// Returns the `parameters` of the response: the values in the detail, of any JSON type. Empty if
    /// they take more than 4 KiB; [`body`](Self::body) still has them.
    pub fn parameters(&self) -> &[Value] {
        match &self.0.response {
            Some(response) => &response.parsed.parameters,
            None => &[],
        }
    }

    /// Returns the fields of the request that the service refused (`badRequestDetail.fields`).
    pub fn field_violations(&self) -> &[FieldViolation] {
        match &self.0.response {
            Some(response) => &response.parsed.violations,
            None => &[],
        }
    }

    /// Returns the headers of the response as received.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.response.as_ref().map(|response| &response.headers)
    }

    /// Returns the body of the response as received. Of an error response the first 64 KiB are kept.
    pub fn body(&self) -> Option<&Bytes> {
        self.0.response.as_ref().map(|response| &response.body)
    }

    /// Returns the number of body bytes received, including those that were not kept.
    pub fn body_length(&self) -> Option<u64> {
        self.0.response.as_ref().map(|response| response.body_length)
    }

    /// Returns how long the service asks to wait before the next attempt (`Retry-After`). May be zero.
    pub fn retry_after(&self) -> Option<Duration> {
        self.headers().and_then(retry_after)
    }

    /// Returns this client's id of the call, sent as `X-Request-Id` with each attempt and recorded in
    /// every span. The service does not assign request IDs.
    pub fn request_id(&self) -> Option<RequestId> {
        self.0.request_id
    }

    /// Returns how many attempts were made.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }
}
