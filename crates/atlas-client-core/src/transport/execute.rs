//! A call: its attempts, until one succeeds or none may follow.

use reqwest::Request;
use tracing::Instrument as _;

use super::call_context::CallContext;
use super::handle::Transport;
use super::observe;
use super::reply::Reply;
use super::request_template::RequestTemplate;
use crate::auth::Authenticator;
use crate::error::Error;
use crate::operation::{Operation, REVOKE_OPERATION};
use crate::request_id::RequestId;
use crate::retry::AttemptOutcome;

impl Transport {
    /// Revokes the bearer token of a service account, if there is one. The next call fetches another.
    ///
    /// # Errors
    ///
    /// The service did not revoke the token. It is valid until it expires.
    pub async fn revoke_token(&self) -> Result<(), Error> {
        let Authenticator::ServiceAccount(account) = &self.shared.authenticator else {
            return Ok(());
        };
        let call = self.begin(&REVOKE_OPERATION, self.shared.request_ids.next(), false);
        account.revoke(|request| self.exchange_whole(&call, request)).await
    }

    /// Makes the template of a call's requests, for [`execute`](Self::execute).
    pub(crate) fn template(
        &self,
        operation: &'static Operation,
        request: Request,
    ) -> Box<RequestTemplate> {
        RequestTemplate::new(operation, self.shared.request_ids.next(), request)
    }

    /// Sends a request, with retries. Returns the last response, with any status.
    pub(crate) async fn execute(
        &self,
        mut request: Box<RequestTemplate>,
        stream: bool,
    ) -> Result<Reply, Error> {
        let mut call = self.begin(request.operation, request.id, stream);
        let span = observe::call_span(&call);
        let outcome = self.attempts(&mut call, &mut request).instrument(span.clone()).await;
        let find_out = (self.find_out)(call.operation);
        let outcome = match outcome {
            Ok(reply) => Ok(reply.with_call(request.path(), call.id, call.attempt, find_out)),
            Err(error) => Err(error
                .with_request(call.operation, request.path())
                .with_call(call.id, call.attempt)
                .with_find_out(find_out)),
        };
        observe::call_ended(&span, &call, &outcome, &*self.shared.clock);
        outcome
    }

    fn begin(&self, operation: &'static Operation, id: RequestId, stream: bool) -> CallContext {
        let total = self.retry.total();
        CallContext::begin(operation, id, stream, total, &*self.shared.clock)
            .gated(self.send_gate.is_some())
    }

    /// Returns the outcome of the last attempt, and leaves its number in the call.
    #[allow(clippy::manual_async_fn, reason = "the future of an `async fn` holds arguments twice")]
    fn attempts<'a>(
        &'a self,
        call: &'a mut CallContext,
        request: &'a mut RequestTemplate,
    ) -> impl Future<Output = Result<Reply, Error>> + Send + 'a {
        async move {
            loop {
                let reply = self.attempt(call, request).await;
                let clock = &*self.shared.clock;
                let is_success = reply.as_ref().is_ok_and(|reply| reply.status().is_success());
                if is_success || !request.is_repeatable() {
                    return reply;
                }
                let outcome = AttemptOutcome::new(call.operation, &reply);
                let wait = self.retry.wait(&outcome, call.attempt, call.left(clock), clock);
                let Some(wait) = wait else {
                    return reply;
                };
                observe::retrying(&outcome, call.attempt, wait);
                clock.sleep(wait).await;
                // Cannot overflow: no wait follows the attempt with the highest number.
                call.attempt += 1;
            }
        }
    }
}
