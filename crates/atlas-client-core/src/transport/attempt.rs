//! An attempt: a request with its credential, and a second one if the service refused the first credential.

use std::sync::Arc;

use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderValue};
use reqwest::Request;

use super::call_context::CallContext;
use super::handle::Transport;
use super::observe;
use super::reply::Reply;
use super::request_template::RequestTemplate;
use crate::auth::{ApiKey, Authenticator, Nonce, ServiceAccount, Token, is_invalid_credential};
use crate::error::{Error, Kind};
use crate::operation::TOKEN_OPERATION;

impl Transport {
    pub(super) async fn attempt(
        &self,
        call: &CallContext,
        request: &mut RequestTemplate,
    ) -> Result<Reply, Error> {
        match &self.shared.authenticator {
            Authenticator::BearerToken(header) => {
                let request = authorized(request, header.clone())?;
                self.exchange(call, request).await
            }
            // Boxed, so that the future of a call with a given token stays small.
            Authenticator::ServiceAccount(account) => {
                Box::pin(self.attempt_with_token(call, account, request)).await
            }
            Authenticator::ApiKey(key) => Box::pin(self.attempt_with_key(call, key, request)).await,
        }
    }

    /// Uses the token of a service account, and a new one if the service refuses it.
    async fn attempt_with_token(
        &self,
        call: &CallContext,
        account: &ServiceAccount,
        request: &mut RequestTemplate,
    ) -> Result<Reply, Error> {
        let token = self.token(call, account).await?;
        let reply = self.exchange(call, authorized(request, token.header.clone())?).await?;
        match &reply {
            Reply::Whole(response) if is_invalid_credential(response) => {
                account.invalidate(&token);
                if call.is_gated || !request.is_repeatable() {
                    return Ok(reply);
                }
                let token = self.token(call, account).await?;
                self.exchange(call, authorized(request, token.header.clone())?).await
            }
            _ => Ok(reply),
        }
    }

    async fn token(
        &self,
        call: &CallContext,
        account: &ServiceAccount,
    ) -> Result<Arc<Token>, Error> {
        let token_call = call.for_operation(&TOKEN_OPERATION);
        let token = account.token(&*self.shared.clock, |request| {
            observe::fetching_token();
            self.exchange_whole(&token_call, request)
        });
        token.await.map_err(|error| error.with_token_operation(&TOKEN_OPERATION))
    }

    /// Uses an API key with the nonce at hand.
    ///
    /// Without a nonce, the request itself asks for one, without its body: the body may be secret, and is
    /// sent only to a service that asked for the credential. Any other response is the outcome.
    async fn attempt_with_key(
        &self,
        call: &CallContext,
        key: &ApiKey,
        request: &mut RequestTemplate,
    ) -> Result<Reply, Error> {
        let clock = &*self.shared.clock;
        let has_body = request.has_body();
        if let Some(nonce) = key.nonce(clock) {
            // The service may refuse this nonce because of its age alone.
            return self
                .attempt_with_nonce(call, key, nonce, request, u32::from(!call.is_gated))
                .await;
        }
        if call.is_gated {
            return Err(Error::request("the service has to give a nonce first"));
        }
        let probe = if has_body { request.without_body() } else { request.next()? };
        let reply = self.exchange(call, probe).await?;
        if reply.status() != StatusCode::UNAUTHORIZED {
            return match reply {
                Reply::Whole(response) if has_body && response.status().is_success() => {
                    Err(Error::from_response(*response))
                }
                Reply::Stream(stream) if has_body => Err(Error::from_response(stream.0)),
                reply => Ok(reply),
            };
        }
        match key.challenged(reply.headers(), clock) {
            Ok((nonce, _)) => self.attempt_with_nonce(call, key, nonce, request, 0).await,
            Err(problem) => Ok(reply.with_hint(problem.hint())),
        }
    }

    /// Uses a nonce, and then the nonce of the service's next challenge: `more` times for any reason, and
    /// once if the service says that the nonce was too old.
    async fn attempt_with_nonce(
        &self,
        call: &CallContext,
        key: &ApiKey,
        nonce: Arc<Nonce>,
        request: &mut RequestTemplate,
        more: u32,
    ) -> Result<Reply, Error> {
        if !request.is_repeatable() {
            return Err(Error::request(
                "a body that is a stream cannot be sent with an API key, which may send it twice",
            ));
        }
        let clock = &*self.shared.clock;
        let (mut nonce, mut more, mut may_be_stale) = (nonce, more, !call.is_gated);
        loop {
            let authorization =
                key.authorize(Arc::clone(&nonce), request.method(), request.target());
            let Some((header, nonce_use)) = authorization else {
                return Err(Error::request(
                    "the key or the service's challenge does not fit into a header",
                ));
            };
            let reply = self.exchange(call, authorized(request, header)?).await?;
            if reply.status() != StatusCode::UNAUTHORIZED {
                let (method, target) = (request.method(), request.target());
                if key.accepts(&nonce_use, method, target, reply.headers(), clock) {
                    return Ok(reply);
                }
                let error = Error::new(Kind::MutualAuthFailed);
                return Err(error.with_response(reply.into_head()));
            }
            let (next, is_stale) = match key.challenged(reply.headers(), clock) {
                Ok(challenged) => challenged,
                Err(problem) => {
                    key.retire(&nonce);
                    return Ok(reply.with_hint(problem.hint()));
                }
            };
            // A nonce that the service repeats stays in use.
            if !Arc::ptr_eq(&next, &nonce) {
                key.retire(&nonce);
            }
            match (is_stale && may_be_stale, more) {
                (true, _) => may_be_stale = false,
                (false, 1..) => more -= 1,
                (false, 0) => return Ok(reply),
            }
            nonce = next;
        }
    }
}

fn authorized(request: &mut RequestTemplate, header: HeaderValue) -> Result<Request, Error> {
    let mut request = request.next()?;
    request.headers_mut().insert(AUTHORIZATION, header);
    Ok(request)
}
