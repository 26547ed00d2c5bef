//! An exchange: one request and its response.

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
    pub(super) async fn exchange(
        &self,
        call: &CallContext,
        mut request: Request,
    ) -> Result<Reply, Error> {
        let headers = request.headers_mut();
        request_headers::add(headers, &self.shared.headers);
        headers.insert(USER_AGENT, self.shared.user_agent.clone());
        #[cfg(feature = "limiter")]
        if let Some(limiter) = &self.shared.limiter {
            limiter.wait(&*self.shared.clock).await;
        }
        let left = call.left(&*self.shared.clock);
        let (total, kind) = if left < self.shared.attempt_timeout {
            (left, TimeoutKind::Call)
        } else {
            (self.shared.attempt_timeout, TimeoutKind::Attempt)
        };
        let timer = AttemptTimer::new(self.shared.idle_timeout, total, kind);
        let span = observe::exchange_span(call);
        let reply = self.send_once(call, request, &timer).instrument(span.clone()).await;
        if let Ok(reply) = &reply {
            #[cfg(feature = "limiter")]
            if let Some(limiter) = &self.shared.limiter {
                limiter.observe(reply.headers(), &*self.shared.clock);
            }
            self.shared.deprecations.observe(call, reply.headers());
        }
        observe::exchange_ended(&span, call, &reply);
        reply
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

    async fn send_once(
        &self,
        call: &CallContext,
        request: Request,
        timer: &AttemptTimer,
    ) -> Result<Reply, Error> {
        // As late as possible: after the wait for the limiter and for the credential.
        if let Some(gate) = self.send_gate.as_ref().filter(|_| call.is_gated) {
            gate.check()?;
        }
        let response = timer.wait(self.shared.http.execute(request)).await?;
        let mut response = response
            .map_err(|error| Error::from_reqwest(error).with_proxy(self.shared.proxy.as_deref()))?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let mut raw = Box::new(RawResponse::new(call.operation, status, headers));
        if call.stream && status.is_success() {
            return Ok(Reply::Stream(Box::new((*raw, response))));
        }
        let limit = self.shared.max_body_bytes;
        if !status.is_success() {
            (raw.body, raw.body_length) = body::read_error(&mut response, limit, timer).await;
            return Ok(Reply::Whole(raw));
        }
        match body::read(&mut response, limit, timer).await {
            Ok(body) if body.is_empty() && call.operation.body_optional => {
                raw.body = "null".into();
            }
            Ok(body) => {
                raw.body_length = u64::try_from(body.len()).unwrap_or(u64::MAX);
                (raw.body, raw.body_limit) = (body, limit);
            }
            // The status and the headers are known even if the body is not.
            Err(error) => return Err(error.with_response(*raw)),
        }
        Ok(Reply::Whole(raw))
    }
}
