//! An attempt: a request with its credential, and a second one where the first credential was refused.

use std::sync::Arc;

use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderValue};
use reqwest::Request;

use super::{Call, Outgoing, Received, Transport, observe};
use crate::auth::{
    ApiKey, Authenticator, Nonce, ServiceAccount, TOKEN_OPERATION, Token, is_about_the_credential,
};
use crate::error::{Error, Kind};

impl Transport {
    pub(super) async fn attempt(
        &self,
        call: &Call,
        request: &mut Outgoing,
    ) -> Result<Received, Error> {
        match &self.0.authenticator {
            Authenticator::BearerToken(header) => {
                let request = authorized(request, header.clone())?;
                self.exchange(call, request).await
            }
            // On the heap, that the future of a call with a token at hand stays small.
            Authenticator::ServiceAccount(account) => {
                Box::pin(self.attempt_with_token(call, account, request)).await
            }
            Authenticator::ApiKey(key) => Box::pin(self.attempt_with_key(call, key, request)).await,
        }
    }

    /// With a bought token; with a new one where it was refused.
    async fn attempt_with_token(
        &self,
        call: &Call,
        account: &ServiceAccount,
        request: &mut Outgoing,
    ) -> Result<Received, Error> {
        let token = self.token(call, account).await?;
        let received = self.exchange(call, authorized(request, token.header.clone())?).await?;
        match &received {
            Received::Whole(answer)
                if request.is_repeatable() && is_about_the_credential(answer) =>
            {
                account.displace(&token);
                let token = self.token(call, account).await?;
                self.exchange(call, authorized(request, token.header.clone())?).await
            }
            _ => Ok(received),
        }
    }

    async fn token(&self, call: &Call, account: &ServiceAccount) -> Result<Arc<Token>, Error> {
        let part = call.part(&TOKEN_OPERATION);
        let bought = account.token(&*self.0.clock, |request| {
            observe::buying_token();
            self.exchange_whole(&part, request)
        });
        bought.await.map_err(|error| error.about_token(&TOKEN_OPERATION))
    }

    /// With the nonce at hand. Without one the service is asked for it first, with the request itself,
    /// or with its bare head where it has a body: what is in that may be secret, and travels only to a
    /// service that asked for the credential. Whatever else the service answers is what the call ends in.
    async fn attempt_with_key(
        &self,
        call: &Call,
        key: &ApiKey,
        request: &mut Outgoing,
    ) -> Result<Received, Error> {
        let clock = &*self.0.clock;
        let has_body = request.has_body();
        if let Some(nonce) = key.nonce(clock) {
            // A nonce that was not asked for may be refused for its age alone.
            return self.attempt_with_nonce(call, key, nonce, request, 1).await;
        }
        let probe = if has_body { request.bare_head() } else { request.next()? };
        let received = self.exchange(call, probe).await?;
        if received.status() != StatusCode::UNAUTHORIZED {
            return match received {
                Received::Whole(answer) if has_body && answer.status().is_success() => {
                    Err(Error::from_answer(*answer))
                }
                Received::Stream(stream) if has_body => Err(Error::from_answer(stream.0)),
                received => Ok(received),
            };
        }
        match key.challenged(received.headers(), clock) {
            Ok((nonce, _)) => self.attempt_with_nonce(call, key, nonce, request, 0).await,
            Err(problem) => Ok(received.with_hint(problem.hint())),
        }
    }

    /// With a nonce, and with the one that the service then asks for: `more` times for whatever reason,
    /// and once where it says that the nonce was too old.
    async fn attempt_with_nonce(
        &self,
        call: &Call,
        key: &ApiKey,
        nonce: Arc<Nonce>,
        request: &mut Outgoing,
        more: u32,
    ) -> Result<Received, Error> {
        if !request.is_repeatable() {
            return Err(Error::request(
                "a body that is a stream cannot be sent with an API key, which sends it again",
            ));
        }
        let clock = &*self.0.clock;
        let (mut nonce, mut more, mut may_be_stale) = (nonce, more, true);
        loop {
            let Some((header, used)) = key.authorize(Arc::clone(&nonce), request) else {
                return Err(Error::request(
                    "the key or the service's challenge fits into no header",
                ));
            };
            let received = self.exchange(call, authorized(request, header)?).await?;
            if received.status() != StatusCode::UNAUTHORIZED {
                let headers = received.headers();
                if key.accepts(&used, request, headers, clock) {
                    return Ok(received);
                }
                let error = Error::new(Kind::NotMutual);
                return Err(error.with_answer(received.into_head()));
            }
            let (next, is_stale) = match key.challenged(received.headers(), clock) {
                Ok(challenged) => challenged,
                Err(problem) => {
                    key.retire(&nonce);
                    return Ok(received.with_hint(problem.hint()));
                }
            };
            // A nonce that comes again goes on being counted.
            if !Arc::ptr_eq(&next, &nonce) {
                key.retire(&nonce);
            }
            match (is_stale && may_be_stale, more) {
                (true, _) => may_be_stale = false,
                (false, 1..) => more -= 1,
                (false, 0) => return Ok(received),
            }
            nonce = next;
        }
    }
}

fn authorized(request: &mut Outgoing, header: HeaderValue) -> Result<Request, Error> {
    let mut request = request.next()?;
    request.headers_mut().insert(AUTHORIZATION, header);
    Ok(request)
}
