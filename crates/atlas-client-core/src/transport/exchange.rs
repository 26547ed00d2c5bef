//! One request and its answer.

use http::StatusCode;
use reqwest::{Request, Url};
use tracing::Instrument as _;

use super::{Call, Transport, body, observe};
use crate::error::{Error, Kind, TimeoutKind};
use crate::request_id::RequestId;
use crate::response::RawResponse;

/// What came back. On the heap, as it is handed from one future to the next all the way to the caller.
pub(crate) enum Received {
    /// An answer, read to its end.
    Whole(Box<RawResponse>),
    /// A success whose body is for the caller to read.
    Stream(Box<reqwest::Response>),
}

impl Received {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Whole(answer) => answer.status(),
            Self::Stream(response) => response.status(),
        }
    }

    pub(crate) fn headers(&self) -> &http::HeaderMap {
        match self {
            Self::Whole(answer) => answer.headers(),
            Self::Stream(response) => response.headers(),
        }
    }

    pub(super) fn in_call(mut self, url: Url, id: RequestId, attempts: u32) -> Self {
        if let Self::Whole(answer) = &mut self {
            answer.set_call(url, id, attempts);
        }
        self
    }
}

impl Transport {
    /// Sends a request as it is, and reads the answer unless it is to be a stream.
    pub(super) async fn exchange(&self, call: &Call, request: Request) -> Result<Received, Error> {
        #[cfg(feature = "limiter")]
        if let Some(limiter) = &self.0.limiter {
            limiter.wait(&*self.0.clock).await;
        }
        let left = call.left(&*self.0.clock);
        let (timeout, kind) = if left < self.0.attempt_timeout {
            (left, TimeoutKind::Call)
        } else {
            (self.0.attempt_timeout, TimeoutKind::Attempt)
        };
        let span = observe::exchange_span(call);
        let received = if span.is_disabled() {
            tokio::time::timeout(timeout, self.send_and_read(call, request)).await
        } else {
            let sent = self.send_and_read(call, request).instrument(span.clone());
            tokio::time::timeout(timeout, sent).await
        };
        let received = received.unwrap_or_else(|_| Err(Error::new(Kind::Timeout(kind))));
        if let Ok(received) = &received {
            #[cfg(feature = "limiter")]
            if let Some(limiter) = &self.0.limiter {
                limiter.heed(received.headers(), &*self.0.clock);
            }
            self.0.deprecations.heed(call, received.headers());
        }
        observe::exchange_ended(&span, call, &received);
        received
    }

    /// The same of a request whose answer is never a stream.
    pub(super) async fn exchange_whole(
        &self,
        call: &Call,
        request: Request,
    ) -> Result<RawResponse, Error> {
        match self.exchange(&call.part(call.operation), request).await? {
            Received::Whole(answer) => Ok(*answer),
            // A part of a call has none.
            Received::Stream(_) => Err(Error::request("the answer is a stream")),
        }
    }

    async fn send_and_read(&self, call: &Call, request: Request) -> Result<Received, Error> {
        let response = self.0.http.execute(request).await;
        let mut response = response.map_err(Error::from_reqwest)?;
        let status = response.status();
        if call.stream && status.is_success() {
            return Ok(Received::Stream(Box::new(response)));
        }
        let headers = std::mem::take(response.headers_mut());
        let answer = RawResponse::new(call.operation, status, headers);
        match body::read(response, self.0.max_body_bytes).await {
            Ok(body) if body.is_empty() && call.operation.empty_is_null && status.is_success() => {
                Ok(Received::Whole(Box::new(answer.with_body("null".into()))))
            }
            Ok(body) => Ok(Received::Whole(Box::new(answer.with_body(body)))),
            // What it is an answer to is known, even where its body is not.
            Err(error) => Err(error.with_answer(answer)),
        }
    }
}
