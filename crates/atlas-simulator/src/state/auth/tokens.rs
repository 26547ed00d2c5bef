//! The bearer tokens of service accounts.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::caller::Caller;
use super::clients::Client;
use crate::scenario::Scenario;
use crate::state::expiring_map::ExpiringMap;
use crate::state::lock::lock;

/// How many tokens are kept. Beyond that the oldest expire early.
const MAX_TOKENS: usize = 100_000;

/// The valid tokens with their clients, and the number of issued tokens.
pub(crate) struct Tokens {
    keys: RandomState,
    issued: AtomicU64,
    lifetime: Duration,
    valid: Mutex<ExpiringMap<Arc<Client>>>,
}

impl Tokens {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let lifetime = Duration::from_secs(scenario.token_lifetime_seconds);
        Self {
            keys: RandomState::new(),
            issued: AtomicU64::new(0),
            lifetime,
            valid: Mutex::new(ExpiringMap::new(lifetime, MAX_TOKENS)),
        }
    }

    pub(crate) fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Returns the number of tokens ever issued.
    pub(crate) fn issued(&self) -> u64 {
        self.issued.load(Ordering::SeqCst)
    }

    /// Issues a token to a client.
    pub(crate) fn issue(&self, client: &Arc<Client>, now: Duration) -> String {
        let number = self.issued.fetch_add(1, Ordering::SeqCst);
        let token = self.token(number, client);
        lock(&self.valid).insert(&token, Arc::clone(client), now);
        token
    }

    /// Returns a text in the three parts of a JSON Web Token, which says that nobody signed it.
    fn token(&self, number: u64, client: &Client) -> String {
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

    /// Returns the owner of a valid token.
    pub(crate) fn caller(&self, token: &str, now: Duration) -> Option<Arc<Caller>> {
        lock(&self.valid).get(token, now).map(|client| Arc::clone(&client.caller))
    }

    /// Revokes a token. Returns false if it belongs to another client.
    pub(crate) fn revoke(&self, token: &str, client: &Client, now: Duration) -> bool {
        let mut valid = lock(&self.valid);
        if valid.get(token, now).is_some_and(|owner| owner.id != client.id) {
            return false;
        }
        valid.remove(token);
        true
    }
}
