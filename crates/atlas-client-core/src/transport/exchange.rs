//! One request and its answer.

use std::pin::pin;

use http::StatusCode;
use http::header::USER_AGENT;
use reqwest::Request;
use tracing::Instrument as _;

use super::patience::Patience;
use super::{Call, Transport, body, observe};
use crate::error::{Error, TimeoutKind};
use crate::request_id::RequestId;
use crate::response::RawResponse;

/// What came back. On the heap, as it is handed from one future to the next all the way to the caller.
pub(crate) enum Received {
    /// An answer, read to its end.
    Whole(Box<RawResponse>),
    /// The status and headers of a success, and its body for the caller to read.
    Stream(Box<(RawResponse, reqwest::Response)>),
}

impl Received {
    fn head(&self) -> &RawResponse {
        match self {
            Self::Whole(answer) => answer,
            Self::Stream(stream) => &stream.0,
        }
    }

    /// The answer, without a body that is not read.
    pub(super) fn into_head(self) -> RawResponse {
        match self {
            Self::Whole(answer) => *answer,
            Self::Stream(stream) => stream.0,
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.head().status()
    }

    pub(crate) fn headers(&self) -> &http::HeaderMap {
        self.head().headers()
    }

    /// With what to do about it.
    pub(super) fn with_hint(mut self, hint: Option<&'static str>) -> Self {
        if let Self::Whole(answer) = &mut self {
            answer.hint = hint;
        }
        self
    }

    pub(super) fn in_call(
        mut self,
        path: &str,
        id: RequestId,
        attempts: u32,
        find_out: Option<&'static str>,
    ) -> Self {
        let answer = match &mut self {
            Self::Whole(answer) => answer,
            Self::Stream(stream) => &mut stream.0,
        };
        answer.set_call(path, id, attempts);
        answer.find_out = find_out;
        self
    }
}

impl Transport {
    /// Sends a request as it is, and reads the answer unless it is to be a stream.
    pub(super) fn exchange<'a>(
        &'a self,
        call: &'a Call,
        mut request: Request,
    ) -> impl Future<Output = Result<Received, Error>> + Send + 'a {
        // Not set in the client, which has it copied for every copy of its connector: five a request.
        request.headers_mut().insert(USER_AGENT, self.0.user_agent.clone());
        // No `async fn`, whose future would hold the request to its end. Nothing is sent before this
        // is polled.
        let sent = self.0.http.execute(request);
        self.receive(call, sent)
    }

    async fn receive(
        &self,
        call: &Call,
        sent: impl Future<Output = reqwest::Result<reqwest::Response>>,
    ) -> Result<Received, Error> {
        #[cfg(feature = "limiter")]
        if let Some(limiter) = &self.0.limiter {
            limiter.wait(&*self.0.clock).await;
        }
        let left = call.left(&*self.0.clock);
        let (whole, kind) = if left < self.0.attempt_timeout {
            (left, TimeoutKind::Call)
        } else {
            (self.0.attempt_timeout, TimeoutKind::Attempt)
        };
        let mut patience = Patience::new(self.0.idle_timeout, whole, kind);
        let span = observe::exchange_span(call);
        let received = if span.is_disabled() {
            self.read(call, sent, &mut patience).await
        } else {
            Box::pin(self.read(call, sent, &mut patience).instrument(span.clone())).await
        };
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
            Received::Stream(..) => Err(Error::misread("the answer is a stream")),
        }
    }

    async fn read(
        &self,
        call: &Call,
        sent: impl Future<Output = reqwest::Result<reqwest::Response>>,
        patience: &mut Patience,
    ) -> Result<Received, Error> {
        let response = patience.wait(pin!(sent)).await?;
        let mut response =
            response.map_err(|error| Error::from_reqwest(error).by_way_of(self.proxy()))?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let mut answer = Box::new(RawResponse::new(call.operation, status, headers));
        if call.stream && status.is_success() {
            return Ok(Received::Stream(Box::new((*answer, response))));
        }
        let limit = self.0.max_body_bytes;
        if !status.is_success() {
            let (body, length) = body::read_error(&mut response, limit, patience).await;
            (answer.body, answer.body_length) = (body, length);
            return Ok(Received::Whole(answer));
        }
        match body::read(&mut response, limit, patience).await {
            Ok(body) if body.is_empty() && call.operation.body_optional => {
                answer.body = "null".into();
            }
            Ok(body) => {
                answer.body_length = u64::try_from(body.len()).unwrap_or(u64::MAX);
                (answer.body, answer.body_limit) = (body, limit);
            }
            // What it is an answer to is known, even where its body is not.
            Err(error) => return Err(error.with_answer(*answer)),
        }
        Ok(Received::Whole(answer))
    }
}
