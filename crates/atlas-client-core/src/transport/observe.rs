//! The spans, events and, with the feature `metrics`, metrics of a transport. None of them contains a body
//! or a header with a credential.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderName};
use tracing::Span;
use tracing::field::{Empty, display};

use super::call_context::CallContext;
use super::reply::Reply;
use crate::clock::Clock;
use crate::error::Error;
#[cfg(feature = "metrics")]
use crate::headers::RateLimit;
use crate::retry::AttemptOutcome;

/// Makes the span of a call.
pub(super) fn call_span(call: &CallContext) -> Span {
    tracing::debug_span!(
        "atlas_call",
        operation = call.operation.id,
        method = call.operation.method,
        path = call.operation.path,
        request_id = %call.id,
        attempts = Empty,
        status = Empty,
        error = Empty,
    )
}

/// Makes the span of one request within a call.
pub(super) fn exchange_span(call: &CallContext) -> Span {
    tracing::debug_span!(
        "atlas_request",
        operation = call.operation.id,
        method = call.operation.method,
        path = call.operation.path,
        attempt = call.attempt,
        status = Empty,
        error = Empty,
    )
}

pub(super) fn call_ended(
    span: &Span,
    call: &CallContext,
    outcome: &Result<Reply, Error>,
    clock: &dyn Clock,
) {
    span.record("attempts", call.attempt);
    record(span, outcome);
    #[cfg(feature = "metrics")]
    {
        let status = status_label(outcome);
        let labels = [("operation", call.operation.id.to_owned()), ("status", status)];
        metrics::counter!("atlas_calls_total", &labels).increment(1);
        metrics::counter!("atlas_attempts_total", &labels).increment(call.attempt.into());
        metrics::histogram!("atlas_call_seconds", &labels)
            .record(clock.now().saturating_sub(call.began).as_secs_f64());
    }
    #[cfg(not(feature = "metrics"))]
    let _ = (call.began, clock);
}

pub(super) fn exchange_ended(span: &Span, call: &CallContext, reply: &Result<Reply, Error>) {
    record(span, reply);
    #[cfg(feature = "metrics")]
    if let Some(limit) = reply.as_ref().ok().and_then(|reply| RateLimit::read(reply.headers())) {
        let labels = [("operation", call.operation.id)];
        #[allow(clippy::cast_precision_loss, reason = "limits are small")]
        metrics::gauge!("atlas_rate_limit_remaining", &labels).set(limit.remaining as f64);
    }
    #[cfg(not(feature = "metrics"))]
    let _ = call;
}

pub(super) fn retrying(outcome: &AttemptOutcome, attempt: u32, wait: Duration) {
    tracing::debug!(attempt, ?wait, reason = %outcome, "retrying");
}

pub(super) fn fetching_token() {
    tracing::debug!("fetching a bearer token");
    #[cfg(feature = "metrics")]
    metrics::counter!("atlas_tokens_total").increment(1);
}

/// The operations whose deprecation was logged.
#[derive(Default)]
pub(super) struct Deprecations(Mutex<HashSet<&'static str>>);

impl Deprecations {
    /// Logs once for each operation that it is deprecated.
    pub(super) fn observe(&self, call: &CallContext, headers: &HeaderMap) {
        const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
        const SUNSET: HeaderName = HeaderName::from_static("sunset");
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let Some(since) = text(DEPRECATION) else {
            return;
        };
        let operation = call.operation.id;
        let mut warned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.insert(operation) {
            let sunset = text(SUNSET).unwrap_or("not announced");
            tracing::warn!(
                operation,
                since,
                sunset,
                "this version of the operation is deprecated: update this client before the sunset",
            );
        }
    }
}

fn record(span: &Span, outcome: &Result<Reply, Error>) {
    match outcome {
        Ok(reply) => {
            span.record("status", reply.status().as_u16());
        }
        Err(error) => {
            if let Some(status) = error.status() {
                span.record("status", status.as_u16());
            }
            span.record("error", display(error.kind_name()));
        }
    }
}

#[cfg(feature = "metrics")]
fn status_label(outcome: &Result<Reply, Error>) -> String {
    match outcome {
        Ok(reply) => reply.status().as_u16().to_string(),
        Err(error) => error.kind_name().to_owned(),
    }
}
