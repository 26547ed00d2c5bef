//! The bearer tokens that service accounts fetch.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::clients::Client;
use crate::auth::Caller;
use crate::locked;
use crate::scenario::Scenario;

/// How many tokens are kept. Beyond that the oldest end before their time.
const MOST_KEPT: usize = 100_000;

/// The tokens that are valid, and how many were ever made.
pub(crate) struct Tokens {
    keys: RandomState,
    minted: AtomicU64,
    lifetime: Duration,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    valid: HashMap<Arc<str>, Token>,
    /// All that expire, the first to do so first: all live equally long.
    by_expiry: VecDeque<(Duration, Arc<str>)>,
}

struct Token {
    client: Arc<Client>,
    expires_at: Duration,
}

impl Tokens {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        Self {
            keys: RandomState::new(),
            minted: AtomicU64::new(0),
            lifetime: Duration::from_secs(scenario.token_lifetime_seconds),
            kept: Mutex::default(),
        }
    }

    pub(crate) fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// How many tokens were ever made.
    pub(crate) fn minted(&self) -> u64 {
        self.minted.load(Ordering::SeqCst)
    }

    /// Makes a token for a client.
    pub(super) fn mint(&self, client: &Arc<Client>, now: Duration) -> Arc<str> {
        let number = self.minted.fetch_add(1, Ordering::SeqCst);
        let token: Arc<str> = self.text(number, client).into();
        let expires_at = now.saturating_add(self.lifetime);
        let mut kept = locked(&self.kept);
        kept.forget(now);
        kept.by_expiry.push_back((expires_at, Arc::clone(&token)));
        let client = Arc::clone(client);
        kept.valid.insert(Arc::clone(&token), Token { client, expires_at });
        token
    }

    /// Three parts, as a JSON Web Token has them, and plainly none that anybody signed.
    fn text(&self, number: u64, client: &Client) -> String {
        let id = [0_u8, 1].map(|half| self.keys.hash_one((number, half)));
        let claims = json!({
            "iss": "atlas-simulator",
            "jti": format!("{:016x}{:016x}", id[0], id[1]),
            "sub": client.id,
        });
        let header = json!({"alg": "ES512", "typ": "JWT"});
        let parts = [header.to_string(), claims.to_string(), "not a real signature".to_owned()];
        parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
    }

    /// Whose token it is, while it is valid.
    pub(crate) fn caller(&self, token: &str, now: Duration) -> Option<Arc<Caller>> {
        let kept = locked(&self.kept);
        let found = kept.valid.get(token).filter(|known| now < known.expires_at)?;
        Some(Arc::clone(&found.client.caller))
    }

    /// Ends a token, and says whether that was for the client to do.
    pub(super) fn revoke(&self, token: &str, client: &Client) -> bool {
        let mut kept = locked(&self.kept);
        if kept.valid.get(token).is_some_and(|known| known.client.id != client.id) {
            return false;
        }
        kept.valid.remove(token);
        true
    }
}

impl Kept {
    /// Forgets what has expired, and makes room for one more.
    fn forget(&mut self, now: Duration) {
        while let Some((expires_at, token)) = self.by_expiry.front()
            && (*expires_at <= now || self.by_expiry.len() >= MOST_KEPT)
        {
            self.valid.remove(token);
            self.by_expiry.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::Clients;
    use crate::oauth::clients::Presented;
    use crate::oauth::form::Form;
    use crate::scenario::RequestLimit;

    #[test]
    fn tokens_that_have_expired_are_forgotten() {
        let scenario = Scenario { token_lifetime_seconds: 2, ..Scenario::default() };
        let tokens = Tokens::new(&scenario);
        let clients = Clients::new(&scenario.service_accounts, RequestLimit::default());
        let headers =
            [(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap())];
        let body = b"client_id=mdb_sa_id_deadbeefdeadbeefdeadbeef&client_secret=x";
        let form = Form::parse(&headers.into_iter().collect(), body).unwrap();
        let presented = Presented::find(&http::HeaderMap::new(), &form).unwrap().unwrap();
        let client = clients.named(&presented).unwrap();
        for second in 0..10 {
            tokens.mint(client, Duration::from_secs(second));
        }
        let kept = locked(&tokens.kept);
        assert_eq!((kept.valid.len(), kept.by_expiry.len()), (2, 2));
        assert_eq!(tokens.minted(), 10);
    }
}
