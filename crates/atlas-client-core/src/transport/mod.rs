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
mod patience;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use reqwest::{Request, Url};
use tracing::Instrument as _;

use crate::auth::{Authenticator, REVOKE_OPERATION};
use crate::clock::Clock;
use crate::error::Error;
use crate::operation::Operation;
use crate::request_id::{RequestId, RequestIds};
use crate::retry::{Ending, RetryPolicy};

pub use self::builder::{BuildError, TransportBuilder};
pub(crate) use self::exchange::Received;
use self::observe::Deprecations;
pub(crate) use self::outgoing::Outgoing;

/// As long as the path of most operations is with its parameters.
const PATH_LENGTH: usize = 128;

/// Sends requests to Atlas: authorises each, reads its answer within limits of time and size, tells
/// success, refusal and failure apart, and tries again what may be tried again.
///
/// Cloning is cheap, and the clones share their connections, their credential and what was learnt from
/// using it. Its `Debug` shows no secret. A call that is dropped before its end leaves nothing behind
/// that would harm another.
///
/// How calls are tried again stands beside what the clones share, as it may differ between them.
#[derive(Clone)]
pub struct Transport(Arc<Inner>, RetryPolicy, FindOut);

/// How to find out whether a call of an operation took effect, where that is known.
type FindOut = fn(&'static Operation) -> Option<&'static str>;

struct Inner {
    http: reqwest::Client,
    /// On the way to the base URL, for messages.
    proxy: Option<String>,
    /// Scheme and host, with room for a path.
    roomy: Url,
    /// Without a trailing slash.
    base_url: String,
    /// The path of the base URL, without a trailing slash.
    prefix: String,
    user_agent: HeaderValue,
    authenticator: Authenticator,
    warnings: Vec<String>,
    idle_timeout: Duration,
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
        TransportBuilder::with_product(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        ))
    }

    /// Where requests go, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// What a person should know of how this transport was set up, such as that its token cache is not used
    /// because others can write to it. One line each.
    pub fn warnings(&self) -> &[String] {
        &self.0.warnings
    }

    /// The beginning of every path, with room for most.
    pub(crate) fn new_path(&self) -> String {
        let mut path = String::with_capacity(PATH_LENGTH);
        path.push_str(&self.0.prefix);
        path
    }

    /// The URL of a path that began as a [new one](Self::new_path), and whose parameters are encoded.
    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.0.roomy.clone();
        // A URL takes a backslash for a slash. No encoded parameter has one.
        if path.contains('\\') {
            url.set_path(&path.replace('\\', "%5C"));
        } else {
            url.set_path(path);
        }
        url
    }

    /// How long nothing may arrive.
    pub(crate) fn idle_timeout(&self) -> Duration {
        self.0.idle_timeout
    }

    /// The HTTP client beneath, which adds no credential and no user agent, and keeps no limits.
    pub fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    fn proxy(&self) -> Option<String> {
        self.0.proxy.clone()
    }

    /// Time and chance, as this transport uses them.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// The same transport with calls of one attempt each, for who repeats them by a plan of their own.
    #[must_use]
    pub fn single_attempt(&self) -> Self {
        Self(Arc::clone(&self.0), self.1.max_attempts(1), self.2)
    }

    /// The same transport for a client that knows of its operations how to find out whether a call took
    /// effect. The hint of an error that [may have](Error::may_have_taken_effect) begins with that.
    #[must_use]
    pub fn with_find_out(self, find_out: fn(&'static Operation) -> Option<&'static str>) -> Self {
        Self(self.0, self.1, find_out)
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
        let call = Call::new(self, &REVOKE_OPERATION, self.0.ids.next(), false);
        account.revoke(|request| self.exchange_whole(&call, request)).await
    }

    /// A request of an operation, to be [executed](Self::execute).
    pub(crate) fn outgoing(
        &self,
        operation: &'static Operation,
        request: Request,
    ) -> Box<Outgoing> {
        Outgoing::new(operation, self.0.ids.next(), request)
    }

    /// Sends a request, as often as need be, and returns the last answer, whatever its status.
    pub(crate) async fn execute(
        &self,
        mut request: Box<Outgoing>,
        stream: bool,
    ) -> Result<Received, Error> {
        let mut call = Call::new(self, request.operation, request.id, stream);
        if let Err(error) = self.check_path(&request) {
            return Err(error.with_request(call.operation, call.operation.path));
        }
        let span = observe::call_span(&call);
        // Where nobody listens, entering the span at every turn is spared.
        let outcome = if span.is_disabled() {
            self.attempts(&mut call, &mut request).await
        } else {
            Box::pin(self.attempts(&mut call, &mut request).instrument(span.clone())).await
        };
        let find_out = (self.2)(call.operation);
        let outcome = match outcome {
            Ok(received) => Ok(received.in_call(request.path(), call.id, call.attempt, find_out)),
            Err(error) => Err(error
                .with_request(call.operation, request.path())
                .with_call(call.id, call.attempt)
                .with_find_out(find_out)),
        };
        observe::call_ended(&span, &call, &outcome, &*self.0.clock);
        outcome
    }

    /// A URL does away with `.` and `..`, so that a parameter of the path could lead to another operation.
    fn check_path(&self, request: &Outgoing) -> Result<(), Error> {
        let path = request.path().strip_prefix(&*self.0.prefix);
        if path.is_some_and(|path| request.operation.has_path(path)) {
            return Ok(());
        }
        Err(Error::request(format!(
            "a parameter of the path is empty, `.` or `..`: the path would be {}",
            request.path(),
        )))
    }

    /// The last attempt's outcome. The call's attempt is the last one then.
    async fn attempts(&self, call: &mut Call, request: &mut Outgoing) -> Result<Received, Error> {
        let clock = &*self.0.clock;
        loop {
            let outcome = self.attempt(call, request).await;
            let is_success = outcome.as_ref().is_ok_and(|received| received.status().is_success());
            if is_success || !request.is_repeatable() {
                return outcome;
            }
            let ending = Ending::of(call.operation, &outcome);
            let pause = self.1.pause(&ending, call.attempt, call.left(clock), clock);
            let Some(pause) = pause else {
                return outcome;
            };
            observe::retrying(&ending, call.attempt, pause);
            clock.sleep(pause).await;
            // Fits, as no attempt is followed by a pause that has the greatest number.
            call.attempt += 1;
        }
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
    fn new(
        transport: &Transport,
        operation: &'static Operation,
        id: RequestId,
        stream: bool,
    ) -> Self {
        let began = transport.0.clock.now();
        Self {
            operation,
            id,
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
