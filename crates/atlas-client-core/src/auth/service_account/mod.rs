//! [`ServiceAccount`]: fetches bearer tokens, shares them, renews them in time and revokes them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};
use reqwest::{Request, Url};

use super::token::Token;
use super::token_cache::TokenCache;
use crate::clock::Clock;
use crate::error::{Error, ErrorCode};
use crate::operation::{Operation, REVOKE_OPERATION, TOKEN_OPERATION};
use crate::raw_response::RawResponse;
use crate::secret::Secret;

/// How long a token that could not be renewed is used before the next attempt.
const RENEWAL_PAUSE: Duration = Duration::from_secs(5);

/// A service account and its token.
pub(crate) struct ServiceAccount {
    id: String,
    secret: Secret,
    base_url: String,
    cache: Option<TokenCache>,
    state: Mutex<State>,
    /// Held while a token is fetched.
    fetch_lock: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    token: Option<Arc<Token>>,
    /// The last token that the service refused. It may still be on disk.
    refused: Option<Arc<Token>>,
    /// The number of fetches that have started.
    fetches: u64,
    is_fetching: bool,
    /// The number of the last fetch and its error, if it failed.
    failure: Option<(u64, Error)>,
}

impl ServiceAccount {
    pub(crate) fn new(
        id: String,
        secret: Secret,
        base_url: &str,
        cache: Option<TokenCache>,
    ) -> Self {
        Self {
            id,
            secret,
            base_url: base_url.to_owned(),
            cache,
            state: Mutex::default(),
            fetch_lock: tokio::sync::Mutex::default(),
        }
    }

    /// Returns a valid token.
    ///
    /// If several callers need a new token at once, one of them fetches it and all share the outcome. If
    /// that caller is canceled, the next one fetches. `send` sends the request.
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
            // The current fetch, or the next one.
            state.fetches + u64::from(!state.is_fetching)
        };
        let lock = self.fetch_lock.lock().await;
        {
            let state = self.state();
            if let Some(token) = state.fresh(clock) {
                return Ok(token);
            }
            if let Some((fetch, error)) = &state.failure
                && *fetch >= first_shared
            {
                return Err(error.clone());
            }
        }
        if let Some(token) = self.cached(clock).await {
            self.state().token = Some(Arc::clone(&token));
            return Ok(token);
        }
        let fetch = TokenFetch::begin(self);
        let fetched = match self.request(&TOKEN_OPERATION, "grant_type=client_credentials") {
            Ok(request) => {
                let requested_at = clock.now();
                send(request).await.and_then(|response| Token::read(response, requested_at))
            }
            Err(error) => Err(error),
        };
        let is_new = fetched.is_ok();
        let token = fetch.finish(fetched, clock)?;
        // The other callers do not wait for the disk.
        drop(lock);
        if is_new {
            self.store(&token, clock).await;
        }
        Ok(token)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the token on disk, if it is valid for a while.
    async fn cached(&self, clock: &dyn Clock) -> Option<Arc<Token>> {
        let (cache, wall) = (self.cache.clone()?, clock.wall());
        let refused = self.state().refused.take();
        let loaded = spawn_blocking(move || {
            let (secret, left) = cache.load(wall)?;
            let is_refused = refused.is_some_and(|token| token.secret == secret);
            if is_refused {
                cache.remove(&secret);
            }
            (!is_refused).then_some((secret, left))
        });
        let (secret, left) = loaded.await??;
        let token = Token::new(secret, left, clock.now())?;
        (clock.now() < token.renew_at).then(|| Arc::new(token))
    }

    /// Writes a token to the cache, if there is one. Completes when it is written.
    async fn store(&self, token: &Token, clock: &dyn Clock) {
        let Some(cache) = self.cache.clone() else {
            return;
        };
        let left = token.expires_at.saturating_sub(clock.now());
        let secret = token.secret.clone();
        // A time that the machine cannot represent is not stored.
        if let Some(expires) = clock.wall().checked_add(left) {
            spawn_blocking(move || cache.store(&secret, expires)).await;
        }
    }

    /// Returns whether there is a token that need not be renewed yet.
    pub(crate) fn has_token(&self, clock: &dyn Clock) -> bool {
        self.state().fresh(clock).is_some()
    }

    /// Stops using a token that the service refused, unless another one has replaced it.
    pub(crate) fn invalidate(&self, refused: &Arc<Token>) {
        let mut state = self.state();
        if state.token.as_ref().is_some_and(|token| Arc::ptr_eq(token, refused)) {
            state.token = None;
            state.refused = Some(Arc::clone(refused));
        }
    }

    /// Revokes the token, if there is one.
    pub(crate) async fn revoke<F>(&self, send: impl FnOnce(Request) -> F) -> Result<(), Error>
    where
        F: Future<Output = Result<RawResponse, Error>>,
    {
        let _lock = self.fetch_lock.lock().await;
        let Some(token) = self.state().token.clone() else {
            return Ok(());
        };
        let encoded = form_encoded(token.secret.expose());
        let body = format!("token={encoded}&token_type_hint=access_token");
        send(self.request(&REVOKE_OPERATION, &body)?).await?.error_for_status()?;
        self.invalidate(&token);
        if let Some(cache) = self.cache.clone() {
            spawn_blocking(move || cache.remove(&token.secret)).await;
        }
        Ok(())
    }

    fn request(&self, operation: &Operation, body: &str) -> Result<Request, Error> {
        let url = format!("{}{}", self.base_url, operation.path);
        let url = Url::parse(&url).map_err(Error::request)?;
        // RFC 6749, section 2.3.1: both halves are form-encoded before they are joined.
        let (id, secret) = (form_encoded(&self.id), form_encoded(self.secret.expose()));
        let basic = format!("Basic {}", BASE64.encode(format!("{id}:{secret}")));
        let mut basic = HeaderValue::from_str(&basic).map_err(Error::request)?;
        basic.set_sensitive(true);
        let mut request = Request::new(Method::POST, url);
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, basic);
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

/// A fetch in progress. One that is dropped before it finishes was canceled, and has no outcome.
struct TokenFetch<'a> {
    account: &'a ServiceAccount,
    number: u64,
}

impl<'a> TokenFetch<'a> {
    fn begin(account: &'a ServiceAccount) -> Self {
        let mut state = account.state();
        state.fetches += 1;
        state.is_fetching = true;
        Self { account, number: state.fetches }
    }

    fn finish(self, fetched: Result<Token, Error>, clock: &dyn Clock) -> Result<Arc<Token>, Error> {
        let mut state = self.account.state();
        match fetched {
            Ok(token) => {
                let token = Arc::new(token);
                state.token = Some(Arc::clone(&token));
                state.failure = None;
                Ok(token)
            }
            // A token that could not be renewed is valid until it expires.
            Err(error) => match state.token.take().filter(|token| clock.now() < token.expires_at) {
                Some(token) => {
                    let renew_at = clock.now().saturating_add(RENEWAL_PAUSE);
                    let kept = Arc::new(token.with_renewal_at(renew_at));
                    state.token = Some(Arc::clone(&kept));
                    tracing::warn!(%error, "the bearer token could not be renewed; it is still valid");
                    Ok(kept)
                }
                None => {
                    state.failure = Some((self.number, error.clone()));
                    Err(error)
                }
            },
        }
    }
}

impl Drop for TokenFetch<'_> {
    fn drop(&mut self) {
        self.account.state().is_fetching = false;
    }
}

/// Runs a function that uses the disk. Returns `None` if the runtime shuts down.
async fn spawn_blocking<T: Send + 'static>(
    use_disk: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    tokio::task::spawn_blocking(use_disk).await.ok()
}

/// Returns whether a 401 is about the token or the key itself. A 401 with the code of a missing permission
/// was sent to a caller that the service recognized.
pub(crate) fn is_invalid_credential(response: &RawResponse) -> bool {
    response.status() == StatusCode::UNAUTHORIZED
        && !matches!(
            response.error_code(),
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

/// Encodes a text as `application/x-www-form-urlencoded`.
fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests;
