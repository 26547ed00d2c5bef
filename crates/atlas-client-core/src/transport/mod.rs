//! [`Transport`]: the one path of every call.
//!
//! A call is made of attempts ([`RetryPolicy`] says how many), an attempt of exchanges: one where the
//! credential is at hand, a few where it must be got first.

mod attempt;
mod body;
mod builder;
mod exchange;
#[cfg(feature = "limiter")]
mod limiter;
mod observe;
mod outgoing;
mod raw;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Request, Url};
use tracing::Instrument as _;

use crate::auth::{Authenticator, REVOKE_OPERATION};
use crate::clock::Clock;
use crate::error::{Error, Kind, TimeoutKind};
use crate::operation::Operation;
use crate::request_id::{RequestId, RequestIds};
use crate::retry::{Ending, RetryPolicy};

pub use self::builder::{BuildError, TransportBuilder};
pub(crate) use self::exchange::Received;
use self::observe::Deprecations;
pub(crate) use self::outgoing::Outgoing;

/// Sends requests to Atlas: authorises each, reads its answer within limits of time and size, tells
/// success, refusal and failure apart, and tries again what may be tried again.
///
/// Cloning is cheap, and the clones share their connections, their credential and what was learnt from
/// using it. Its `Debug` shows no secret. A call that is dropped before its end leaves nothing behind
/// that would harm another.
///
/// How calls are tried again stands beside what the clones share, as it may differ between them.
#[derive(Clone)]
pub struct Transport(Arc<Inner>, RetryPolicy);

struct Inner {
    http: reqwest::Client,
    base: Url,
    /// Without a trailing slash.
    base_url: String,
    authenticator: Authenticator,
    attempt_timeout: Duration,
    max_body_bytes: usize,
    clock: Arc<dyn Clock>,
    deprecations: Deprecations,
    ids: RequestIds,
    #[cfg(feature = "limiter")]
    limiter: Option<limiter::Limiter>,
}

impl Transport {
    /// A transport to be set up.
    pub fn builder() -> TransportBuilder {
        TransportBuilder::of_product(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        ))
    }

    /// Where requests go, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }

    pub(crate) fn base(&self) -> &Url {
        &self.0.base
    }

    /// The HTTP client beneath, which adds no credential and keeps no limits.
    pub fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    /// Time and chance, as this transport uses them.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// The same transport with calls of one attempt each, for who repeats them by a plan of their own.
    #[must_use]
    pub fn single_attempt(&self) -> Self {
        Self(Arc::clone(&self.0), self.1.max_attempts(1))
    }

    /// Gives the bearer token of a service account back, where one is in use. The next call buys another.
    ///
    /// # Errors
    ///
    /// The service did not take it back. It is good until it expires then.
    pub async fn revoke_token(&self) -> Result<(), Error> {
        let Authenticator::ServiceAccount(account) = &self.0.authenticator else {
            return Ok(());
        };
        let call = Call::new(self, &REVOKE_OPERATION, false);
        account.revoke(|request| self.exchange_whole(&call, request)).await
    }

    /// Sends a prepared request, as often as need be, and returns the last answer, whatever its status.
    pub(crate) async fn execute(
        &self,
        operation: &'static Operation,
        request: Request,
        stream: bool,
    ) -> Result<Received, Error> {
        let call = Call::new(self, operation, stream);
        let mut request = Outgoing::new(&call, request);
        let span = observe::call_span(&call);
        // Where nobody listens, entering the span at every turn is spared.
        let (outcome, attempts) = if span.is_disabled() {
            self.attempts(&call, &mut request).await
        } else {
            self.attempts(&call, &mut request).instrument(span.clone()).await
        };
        let url = request.into_url();
        let outcome = match outcome {
            Ok(received) => Ok(received.in_call(url, call.id, attempts)),
            Err(error) => {
                Err(error.with_request(operation, url.path()).with_call(call.id, attempts))
            }
        };
        observe::call_ended(&span, &call, &outcome, attempts, self.0.clock.now());
        outcome
    }

    /// The last attempt's outcome, and how many there were.
    async fn attempts(
        &self,
        call: &Call,
        request: &mut Outgoing,
    ) -> (Result<Received, Error>, u32) {
        let (clock, retry) = (&*self.0.clock, &self.1);
        for attempt in 1.. {
            let call = &Call { attempt, ..*call };
            let outcome = self.attempt(call, request).await;
            if !request.is_repeatable() {
                return (outcome, attempt);
            }
            let ending = Ending::of(&outcome);
            let pause = retry.pause(call.operation, &ending, attempt, call.left(clock), clock);
            let Some(pause) = pause else {
                return (outcome, attempt);
            };
            observe::retrying(&ending, attempt, pause);
            clock.sleep(pause).await;
        }
        // There are more numbers than attempts.
        (Err(Error::new(Kind::Timeout(TimeoutKind::Call))), u32::MAX)
    }
}

/// A call under way.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    operation: &'static Operation,
    id: RequestId,
    /// Whether the answer of a success is to be handed on unread.
    stream: bool,
    /// Counted from 1.
    attempt: u32,
    began: Duration,
    deadline: Duration,
}

impl Call {
    fn new(transport: &Transport, operation: &'static Operation, stream: bool) -> Self {
        let began = transport.0.clock.now();
        Self {
            operation,
            id: transport.0.ids.next(),
            stream,
            attempt: 1,
            began,
            deadline: began.saturating_add(transport.1.total()),
        }
    }

    /// The same call's part that is about something else, such as its token.
    fn part(&self, operation: &'static Operation) -> Self {
        Self { operation, stream: false, ..*self }
    }

    /// What is left of the time that the call may take.
    fn left(&self, clock: &dyn Clock) -> Duration {
        self.deadline.saturating_sub(clock.now())
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("base_url", &self.0.base_url)
            .field("retry", &self.1)
            .field("attempt_timeout", &self.0.attempt_timeout)
            .field("max_body_bytes", &self.0.max_body_bytes)
            .finish_non_exhaustive()
    }
}
