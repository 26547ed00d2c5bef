//! [`Reply`]: what an exchange returns.

use http::{HeaderMap, StatusCode};

use crate::decision::{Evidence, Repetition};
use crate::error::Error;
use crate::headers::retry_after;
use crate::operation::Operation;
use crate::raw_response::RawResponse;
use crate::request_id::RequestId;
use crate::retry::AttemptOutcome;

/// What an exchange returns. Boxed, because each future up to the caller holds it.
pub(crate) enum Reply {
    /// A response with its body.
    Whole(Box<RawResponse>),
    /// The status and headers of a success, whose body the caller reads.
    Stream(Box<(RawResponse, reqwest::Response)>),
}

impl Reply {
    fn head(&self) -> &RawResponse {
        match self {
            Self::Whole(response) => response,
            Self::Stream(stream) => &stream.0,
        }
    }

    /// Returns the response, without a body that the caller reads.
    pub(super) fn into_head(self) -> RawResponse {
        match self {
            Self::Whole(response) => *response,
            Self::Stream(stream) => stream.0,
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.head().status()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.head().headers()
    }

    /// Adds what the caller can do about the response.
    pub(super) fn with_hint(mut self, hint: Option<&'static str>) -> Self {
        if let Self::Whole(response) = &mut self {
            response.hint = hint;
        }
        self
    }

    /// Adds what is known about the call.
    pub(super) fn with_call(
        mut self,
        path: &str,
        id: RequestId,
        attempts: u32,
        find_out: Option<&'static str>,
    ) -> Self {
        let response = match &mut self {
            Self::Whole(response) => response,
            Self::Stream(stream) => &mut stream.0,
        };
        response.set_call(path, id, attempts);
        response.find_out = find_out;
        self
    }
}

impl AttemptOutcome {
    pub(super) fn new(operation: &Operation, reply: &Result<Reply, Error>) -> Self {
        match reply {
            Ok(reply) => Self {
                decision: Evidence::of_status(reply.status()).decide(Repetition::of(operation)),
                status: Some(reply.status()),
                retry_after: retry_after(reply.headers()),
            },
            Err(error) => Self {
                decision: error.decision_for(Some(operation)),
                status: error.status(),
                retry_after: error.retry_after(),
            },
        }
    }
}
