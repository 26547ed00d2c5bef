//! Service accounts: they buy bearer tokens, share them, renew them in time and give them back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::token::Token;
use super::token_cache::TokenCache;
use crate::clock::Clock;
use crate::error::Error;
use crate::operation::Operation;
use crate::response::RawResponse;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};
use reqwest::{Request, Url};
use secrecy::{ExposeSecret as _, SecretString};

/// Where tokens are bought, as a row that no document has.
pub(crate) static TOKEN_OPERATION: Operation = oauth("createToken", "/api/oauth/token");

/// Where tokens are given back.
pub(crate) static REVOKE_OPERATION: Operation = oauth("revokeToken", "/api/oauth/revoke");

const fn oauth(id: &'static str, path: &'static str) -> Operation {
    Operation::new(id, "POST", path)
        .with_content_type("application/x-www-form-urlencoded")
        .with_statuses(&[200, 400, 401, 403, 429, 500])
        .with_idempotent(true)
}

/// How long a token that could not be renewed goes on being used before the next try.
const RENEWAL_PAUSE: Duration = Duration::from_secs(5);

/// A service account and its token.
pub(crate) struct ServiceAccount {
    id: String,
    secret: SecretString,
    base_url: String,
    cache: Option<TokenCache>,
    state: Mutex<State>,
    /// Held by whoever buys a token.
    purchase: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    token: Option<Arc<Token>>,
    /// The last one that the service refused, which may still be on disk.
    refused: Option<Arc<Token>>,
    /// How many purchases were begun.
    purchases: u64,
    is_purchasing: bool,
    /// What the last one ended in, where that was not a token, and which one it was.
    failure: Option<(u64, Error)>,
}

impl ServiceAccount {
    pub(crate) fn new(
        id: String,
        secret: SecretString,
        base_url: &str,
        cache: Option<TokenCache>,
    ) -> Self {
        Self {
            id,
            secret,
            base_url: base_url.to_owned(),
            cache,
            state: Mutex::default(),
            purchase: tokio::sync::Mutex::default(),
        }
    }

    /// A token that is good for a while. However many callers need a new one at once, one buys it and
    /// all share what comes of that. A caller that is cancelled leaves the purchase to the next.
    ///
    /// `send` sends the request for it.
    pub(crate) async fn token<F>(
        &self,
        clock: &dyn Clock,
        send: impl FnOnce(Request) -> F,
    ) -> Result<Arc<Token>, Error>
    where
        F: Future<Output = Result<RawResponse, Error>>,
    {
        let first_shared = {
            let state = self.state();
            if let Some(token) = state.fresh(clock) {
                return Ok(token);
            }
            // The purchase under way, or the next one.
            state.purchases + u64::from(!state.is_purchasing)
        };
        let turn = self.purchase.lock().await;
        {
            let state = self.state();
            if let Some(token) = state.fresh(clock) {
                return Ok(token);
            }
            if let Some((purchase, error)) = &state.failure
                && *purchase >= first_shared
            {
                return Err(error.duplicate());
            }
        }
        if let Some(token) = self.cached(clock).await {
            self.state().token = Some(Arc::clone(&token));
            return Ok(token);
        }
        let purchase = Purchase::begin(self);
        let bought = match self.request(&TOKEN_OPERATION, "grant_type=client_credentials") {
            Ok(request) => {
                let asked_at = clock.now();
                send(request).await.and_then(|answer| Token::read(answer, asked_at))
            }
            Err(error) => Err(error),
        };
        let is_new = bought.is_ok();
        let token = purchase.end(bought, clock)?;
        // Those who wait for the token need not wait for the disk.
        drop(turn);
        if is_new {
            self.keep(&token, clock).await;
        }
        Ok(token)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token on disk, where it is good for a while.
    async fn cached(&self, clock: &dyn Clock) -> Option<Arc<Token>> {
        let (cache, wall) = (self.cache.clone()?, clock.wall());
        let refused = self.state().refused.take();
        let loaded = off_the_runtime(move || {
            let (secret, left) = cache.load(wall)?;
            let is_refused =
                refused.is_some_and(|token| token.secret.expose_secret() == secret.expose_secret());
            if is_refused {
                cache.remove(&secret);
            }
            (!is_refused).then_some((secret, left))
        });
        let (secret, left) = loaded.await??;
        let token = Token::new(secret, left, clock.now())?;
        (clock.now() < token.renew_at).then(|| Arc::new(token))
    }

    /// Keeps a token on disk, where there is a cache. A program that ends after its call has kept it.
    async fn keep(&self, token: &Token, clock: &dyn Clock) {
        let Some(cache) = self.cache.clone() else {
            return;
        };
        let left = token.expires_at.saturating_sub(clock.now());
        let secret = token.secret.clone();
        // A time that the machine cannot count to is not kept.
        if let Some(expires) = clock.wall().checked_add(left) {
            off_the_runtime(move || cache.store(&secret, expires)).await;
        }
    }

    /// Takes a token that the service refused out of use, unless another has taken its place already.
    pub(crate) fn displace(&self, refused: &Arc<Token>) {
        let mut state = self.state();
        if state.token.as_ref().is_some_and(|token| Arc::ptr_eq(token, refused)) {
            state.token = None;
            state.refused = Some(Arc::clone(refused));
        }
    }

    /// Gives the token back, where there is one.
    pub(crate) async fn revoke<F>(&self, send: impl FnOnce(Request) -> F) -> Result<(), Error>
    where
        F: Future<Output = Result<RawResponse, Error>>,
    {
        let _turn = self.purchase.lock().await;
        let Some(token) = self.state().token.clone() else {
            return Ok(());
        };
        let coded = form_encoded(token.secret.expose_secret());
        let body = format!("token={coded}&token_type_hint=access_token");
        send(self.request(&REVOKE_OPERATION, &body)?).await?.error_for_status()?;
        self.displace(&token);
        if let Some(cache) = self.cache.clone() {
            off_the_runtime(move || cache.remove(&token.secret)).await;
        }
        Ok(())
    }

    fn request(&self, operation: &Operation, body: &str) -> Result<Request, Error> {
        let url = format!("{}{}", self.base_url, operation.path);
        let url = Url::parse(&url).map_err(Error::request)?;
        // RFC 6749, section 2.3.1: both halves are form-encoded before they are joined.
        let mut basic = HeaderValue::from_str(&format!(
            "Basic {}",
            base64(&format!(
                "{}:{}",
                form_encoded(&self.id),
                form_encoded(self.secret.expose_secret()),
            )),
        ))
        .map_err(Error::request)?;
        basic.set_sensitive(true);
        let mut request = Request::new(Method::POST, url);
        let headers = request.headers_mut();
        headers.insert(http::header::AUTHORIZATION, basic);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form);
        *request.body_mut() = Some(body.to_owned().into());
        Ok(request)
    }
}

impl State {
    fn fresh(&self, clock: &dyn Clock) -> Option<Arc<Token>> {
        self.token.clone().filter(|token| clock.now() < token.renew_at)
    }
}

/// A purchase under way. One that is dropped before its end was cancelled, and leaves no trace.
struct Purchase<'a> {
    account: &'a ServiceAccount,
    number: u64,
}

impl<'a> Purchase<'a> {
    fn begin(account: &'a ServiceAccount) -> Self {
        let mut state = account.state();
        state.purchases += 1;
        state.is_purchasing = true;
        Self { account, number: state.purchases }
    }

    fn end(self, bought: Result<Token, Error>, clock: &dyn Clock) -> Result<Arc<Token>, Error> {
        let mut state = self.account.state();
        match bought {
            Ok(token) => {
                let token = Arc::new(token);
                state.token = Some(Arc::clone(&token));
                state.failure = None;
                Ok(token)
            }
            // What could not be renewed is good until it expires.
            Err(error) => match state.token.take().filter(|token| clock.now() < token.expires_at) {
                Some(token) => {
                    let kept =
                        Arc::new(token.renewed_at(clock.now().saturating_add(RENEWAL_PAUSE)));
                    state.token = Some(Arc::clone(&kept));
                    tracing::warn!(%error, "the bearer token could not be renewed; it is still good");
                    Ok(kept)
                }
                None => {
                    state.failure = Some((self.number, error.duplicate()));
                    Err(error)
                }
            },
        }
    }
}

impl Drop for Purchase<'_> {
    fn drop(&mut self) {
        self.account.state().is_purchasing = false;
    }
}

/// What a function that uses the disk returns, which the runtime's threads do not wait for. Nothing where the
/// runtime shuts down.
async fn off_the_runtime<T: Send + 'static>(
    use_disk: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    tokio::task::spawn_blocking(use_disk).await.ok()
}

/// Whether a 401 says that the token, or the key, itself is not good: one that names what the caller may
/// not do was given to somebody who was recognised.
pub(crate) fn is_about_the_credential(answer: &RawResponse) -> bool {
    use crate::error::ErrorCode;
    answer.status() == StatusCode::UNAUTHORIZED
        && !matches!(
            answer.error_code(),
            Some(
                ErrorCode::UserUnauthorized
                    | ErrorCode::UserCannotAccessGroup
                    | ErrorCode::UserCannotAccessOrg
                    | ErrorCode::NotInGroup
                    | ErrorCode::NotOrgGroupCreator
                    | ErrorCode::NotOrgOwner
            )
        )
}

/// The `application/x-www-form-urlencoded` form of a text.
fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[cfg(test)]
mod tests;
