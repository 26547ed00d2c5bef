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
    Operation {
        id,
        method: "POST",
        path,
        parameters: &[],
        accept: "application/json",
        content_type: Some("application/x-www-form-urlencoded"),
        statuses: &[200, 400, 401, 403, 429, 500],
        roles: &[],
        deprecated: false,
        sunset: None,
        streaming: false,
        empty_is_null: false,
        repeatable: true,
    }
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
        let cache = cache.map(|cache| cache.of(base_url, &id));
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
        let _turn = self.purchase.lock().await;
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
        if let Some(token) = self.cached(clock) {
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
        purchase.end(bought, clock)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cached(&self, clock: &dyn Clock) -> Option<Arc<Token>> {
        let (secret, left) = self.cache.as_ref()?.load(clock.wall())?;
        let token = Token::new(secret, left, clock.now())?;
        (clock.now() < token.renew_at).then(|| Arc::new(token))
    }

    /// Takes a token that the service refused out of use, unless another has taken its place already.
    pub(crate) fn displace(&self, refused: &Arc<Token>) {
        let mut state = self.state();
        if state.token.as_ref().is_some_and(|token| Arc::ptr_eq(token, refused)) {
            state.token = None;
            if let Some(cache) = &self.cache {
                cache.remove();
            }
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
                if let Some(cache) = &self.account.cache {
                    let left = token.expires_at.saturating_sub(clock.now());
                    cache.store(&token.secret, clock.wall() + left, clock.random());
                }
                let token = Arc::new(token);
                state.token = Some(Arc::clone(&token));
                state.failure = None;
                Ok(token)
            }
            // What could not be renewed is good until it expires.
            Err(error) => match state.token.take().filter(|token| clock.now() < token.expires_at) {
                Some(token) => {
                    let kept = Arc::new(token.renewed_at(clock.now() + RENEWAL_PAUSE));
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
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use http::HeaderMap;
    use serde_json::{Value, json};

    use super::*;
    use crate::clock::ManualClock;

    /// A service that sells tokens and counts them.
    struct Shop {
        account: ServiceAccount,
        clock: ManualClock,
        sold: AtomicU32,
    }

    impl Shop {
        fn new(cache: Option<TokenCache>) -> Self {
            let secret = SecretString::from("secret");
            Self {
                account: ServiceAccount::new("id".to_owned(), secret, "http://localhost", cache),
                clock: ManualClock::default(),
                sold: AtomicU32::new(0),
            }
        }

        /// A token, where the service answers so if it is asked.
        async fn token(&self, status: u16, body: &Value) -> Result<Arc<Token>, Error> {
            let send = |_| async {
                self.sold.fetch_add(1, Ordering::Relaxed);
                // Everyone who wants a token gets to ask meanwhile.
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                Ok(answer(status, body))
            };
            self.account.token(&self.clock, send).await
        }

        async fn buys(&self, life: u64) -> Arc<Token> {
            self.token(200, &json!({"access_token": "t", "expires_in": life})).await.unwrap()
        }

        fn sold(&self) -> u32 {
            self.sold.load(Ordering::Relaxed)
        }
    }

    fn answer(status: u16, body: &Value) -> RawResponse {
        let status = StatusCode::from_u16(status).unwrap();
        let mut answer = RawResponse::new(&TOKEN_OPERATION, status, HeaderMap::new());
        answer.body = body.to_string().into();
        answer
    }

    #[tokio::test]
    async fn a_token_is_renewed_before_it_expires_however_short_its_life() {
        for (life, good, stale) in [(3600, 3539, 1), (60, 53, 1), (2, 1, 1)] {
            let shop = Shop::new(None);
            shop.buys(life).await;
            shop.clock.advance(Duration::from_secs(good));
            shop.buys(life).await;
            assert_eq!(shop.sold(), 1, "{life}");
            shop.clock.advance(Duration::from_secs(stale));
            shop.buys(life).await;
            assert_eq!(shop.sold(), 2, "{life}");
        }
    }

    #[tokio::test]
    async fn a_hundred_callers_cause_one_purchase_and_share_its_outcome() {
        for (status, body) in [
            (200, json!({"access_token": "t", "expires_in": 3600})),
            (401, json!({"error": "invalid_client"})),
        ] {
            let shop = Arc::new(Shop::new(None));
            let callers: Vec<_> = (0..100)
                .map(|_| {
                    let (shop, body) = (Arc::clone(&shop), body.clone());
                    tokio::spawn(async move { shop.token(status, &body).await.is_ok() })
                })
                .collect();
            for caller in callers {
                assert_eq!(caller.await.unwrap(), status == 200);
            }
            assert_eq!(shop.sold(), 1);
            // Who comes later tries anew.
            shop.buys(3600).await;
            assert_eq!(shop.sold(), 1 + u32::from(status != 200));
        }
    }

    #[tokio::test]
    async fn a_cancelled_caller_harms_no_other() {
        let shop = Arc::new(Shop::new(None));
        let first = tokio::spawn({
            let shop = Arc::clone(&shop);
            async move { shop.buys(3600).await }
        });
        tokio::task::yield_now().await;
        assert_eq!(shop.sold(), 1);
        let others: Vec<_> = (0..10)
            .map(|_| {
                let shop = Arc::clone(&shop);
                tokio::spawn(async move { shop.buys(3600).await })
            })
            .collect();
        tokio::task::yield_now().await;
        first.abort();
        for other in others {
            other.await.unwrap();
        }
        assert_eq!(shop.sold(), 2);
    }

    #[tokio::test]
    async fn a_failed_renewal_keeps_a_good_token_until_it_expires() {
        let shop = Shop::new(None);
        let first = shop.buys(3600).await;
        let busy = json!({"error": 429, "errorCode": "RATE_LIMITED"});
        shop.clock.advance(Duration::from_secs(3550));
        let kept = shop.token(429, &busy).await.unwrap();
        assert_eq!((&kept.header, shop.sold()), (&first.header, 2));
        // It is not asked for again with every call.
        shop.token(429, &busy).await.unwrap();
        assert_eq!(shop.sold(), 2);
        shop.clock.advance(Duration::from_secs(50));
        let error = shop.token(429, &busy).await.err().unwrap();
        assert!(error.is_rate_limited());
    }

    #[tokio::test]
    async fn a_refused_token_is_displaced_but_not_its_successor() {
        let shop = Shop::new(None);
        let first = shop.buys(3600).await;
        shop.account.displace(&first);
        let second = shop.buys(3600).await;
        shop.account.displace(&first);
        assert!(Arc::ptr_eq(&second, &shop.buys(3600).await));
        assert_eq!(shop.sold(), 2);
    }

    #[tokio::test]
    async fn answers_that_are_no_tokens_are_errors_without_what_they_say() {
        for body in [
            json!({"access_token": "hunter2\n", "expires_in": 60}),
            json!({"access_token": ["hunter2"]}),
            json!({"token": "hunter2"}),
            json!("hunter2"),
        ] {
            let error = Shop::new(None).token(200, &body).await.err().unwrap();
            assert!(error.is_decode());
            assert!(!format!("{error} {error:?}").contains("hunter2"));
            assert!(error.body().unwrap().is_empty());
        }
        let shop = Shop::new(None);
        shop.token(200, &json!({"access_token": "t", "expires_in": "60"})).await.unwrap();
        shop.clock.advance(Duration::from_secs(53));
        shop.token(200, &json!({"access_token": "t"})).await.unwrap();
        assert_eq!(shop.sold(), 1);
    }

    #[tokio::test]
    async fn a_token_outlives_its_program_in_the_cache() {
        let folder = tempfile::tempdir().unwrap();
        let cache = || Some(TokenCache::new(folder.path().to_owned()));
        let first = Shop::new(cache());
        let token = first.buys(3600).await;
        let second = Shop::new(cache());
        assert_eq!(second.buys(3600).await.header, token.header);
        assert_eq!(second.sold(), 0);
        let refused = second.buys(3600).await;
        second.account.displace(&refused);
        Shop::new(cache()).buys(3600).await;
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let third = Shop::new(cache());
        third.clock.advance(Duration::from_secs(3600));
        third.buys(3600).await;
        assert_eq!(third.sold(), 1);
    }

    #[test]
    fn the_request_has_both_halves_form_encoded() {
        let secret = SecretString::from("s p/\u{e4}");
        let account = ServiceAccount::new("i:d".to_owned(), secret, "http://localhost/x", None);
        let request = account.request(&TOKEN_OPERATION, "grant_type=client_credentials").unwrap();
        assert_eq!(request.url().as_str(), "http://localhost/x/api/oauth/token");
        let header = &request.headers()["authorization"];
        assert_eq!(header, &format!("Basic {}", base64("i%3Ad:s+p%2F%C3%A4")));
        assert!(header.is_sensitive());
    }
}
