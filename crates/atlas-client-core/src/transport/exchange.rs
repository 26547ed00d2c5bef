//! An exchange: one request and its response.

use std::pin::pin;

use http::header::USER_AGENT;
use reqwest::Request;
use tracing::Instrument as _;

use super::attempt_timer::AttemptTimer;
use super::call_context::CallContext;
use super::handle::Transport;
use super::reply::Reply;
use super::{body, observe, request_headers};
use crate::error::{Error, TimeoutKind};
use crate::raw_response::RawResponse;

impl Transport {
    /// Sends a request once, and reads the response unless the caller does.
    // Not an `async fn`, because its future would contain the request, which is larger than all the rest.
    pub(super) fn exchange<'a>(
        &'a self,
        call: &'a CallContext,
        mut request: Request,
    ) -> impl Future<Output = Result<Reply, Error>> + Send + 'a {
        let headers = request.headers_mut();
        request_headers::add(headers, &self.shared.headers);
        headers.insert(USER_AGENT, self.shared.user_agent.clone());
        // Nothing is sent until this is polled.
        let sending = self.shared.http.execute(request);
        async move {
            #[cfg(feature = "limiter")]
            if let Some(limiter) = &self.shared.limiter {
                limiter.wait(&*self.shared.clock).await;
            }
            let span = observe::exchange_span(call);
            let mut receiving = pin!(self.receive(call, sending).instrument(span));
            let reply = receiving.as_mut().await;
            if let Ok(reply) = &reply {
                #[cfg(feature = "limiter")]
                if let Some(limiter) = &self.shared.limiter {
                    limiter.observe(reply.headers(), &*self.shared.clock);
                }
                self.shared.deprecations.observe(call, reply.headers());
            }
            observe::exchange_ended(receiving.span(), call, &reply);
            reply
        }
    }

    /// The same for a request whose response is never a stream.
    pub(super) async fn exchange_whole(
        &self,
        call: &CallContext,
        request: Request,
    ) -> Result<RawResponse, Error> {
        match self.exchange(&call.for_operation(call.operation), request).await? {
            Reply::Whole(response) => Ok(*response),
            Reply::Stream(_) => Err(Error::misread("the response is a stream")),
        }
    }

    /// Waits for the response to a request, and reads it unless the caller does.
    #[allow(clippy::manual_async_fn, reason = "the future of an `async fn` holds arguments twice")]
    fn receive<'a>(
        &'a self,
        call: &'a CallContext,
        sending: impl Future<Output = reqwest::Result<reqwest::Response>> + Send + 'a,
    ) -> impl Future<Output = Result<Reply, Error>> + Send + 'a {
        async move {
            let mut timer = self.attempt_timer(call);
            // As late as possible: after the wait for the limiter and for the credential.
            if let Some(gate) = self.send_gate.as_ref().filter(|_| call.is_gated) {
                gate.check()?;
            }
            let response = timer.wait(sending).await?;
            let mut response = response.map_err(|error| {
                Error::from_reqwest(error).with_proxy(self.shared.proxy.as_deref())
            })?;
            let status = response.status();
            let headers = std::mem::take(response.headers_mut());
            let mut raw = Box::new(RawResponse::new(call.operation, status, headers));
            if call.stream && status.is_success() {
                return Ok(Reply::Stream(Box::new((*raw, response))));
            }
            raw.body_limit = self.shared.max_body_bytes;
            if !status.is_success() {
                (raw.body, raw.body_length) =
                    body::read_error(&mut response, raw.body_limit, &mut timer).await;
                return Ok(Reply::Whole(raw));
            }
            match body::read(&mut response, raw.body_limit, &mut timer).await {
                Ok(body) if body.is_empty() && raw.operation.body_optional => {
                    raw.body = "null".into();
                }
                Ok(body) => {
                    raw.body_length = u64::try_from(body.len()).unwrap_or(u64::MAX);
                    raw.body = body;
                }
                // The status and the headers are known even if the body is not.
                Err(error) => return Err(error.with_response(*raw)),
            }
            Ok(Reply::Whole(raw))
        }
    }

    /// Makes the timer of an attempt: it ends with the attempt, or with the call if that is sooner.
    fn attempt_timer(&self, call: &CallContext) -> AttemptTimer {
        let left = call.left(&*self.shared.clock);
        let (total, kind) = if left < self.shared.attempt_timeout {
            (left, TimeoutKind::Call)
        } else {
            (self.shared.attempt_timeout, TimeoutKind::Attempt)
        };
        AttemptTimer::new(self.shared.idle_timeout, total, kind)
    }
}
