//! Bearer tokens of service accounts, and how long each is good.

use std::time::Duration;

use http::header::HeaderValue;
use secrecy::SecretString;
use serde_json::Value;

use super::bearer;
use crate::error::{DecodeProblem, Error};
use crate::response::RawResponse;

/// A token is renewed this long before it expires, or after nine tenths of a short life.
const LONGEST_SLACK: Duration = Duration::from_secs(60);

/// What a token lives where the service does not say: less than any that it is known to sell.
const UNSAID_LIFE: Duration = Duration::from_secs(300);

/// The longest life that a token is believed to have. Atlas sells tokens of an hour, and no service sells any of
/// more than some weeks. A token that did not live as long as was said is refused, and replaced then: a limit
/// far above all of them costs nothing, and no calculation with it can overflow.
pub(super) const LONGEST_LIFE: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// A bearer token in use.
pub(crate) struct Token {
    pub(crate) header: HeaderValue,
    pub(super) secret: SecretString,
    pub(super) renew_at: Duration,
    pub(super) expires_at: Duration,
}

impl Token {
    pub(super) fn new(secret: SecretString, life: Duration, since: Duration) -> Option<Self> {
        let life = life.min(LONGEST_LIFE);
        let slack = LONGEST_SLACK.min(life / 10);
        let expires_at = since.saturating_add(life);
        Some(Self {
            header: bearer(&secret)?,
            secret,
            renew_at: expires_at.saturating_sub(slack),
            expires_at,
        })
    }

    pub(super) fn renewed_at(&self, renew_at: Duration) -> Self {
        Self {
            header: self.header.clone(),
            secret: self.secret.clone(),
            renew_at: renew_at.min(self.expires_at),
            expires_at: self.expires_at,
        }
    }

    /// Reads the answer to a request that was sent at a given time.
    pub(super) fn read(answer: RawResponse, asked_at: Duration) -> Result<Self, Error> {
        let mut answer = answer.error_for_status()?;
        let problem = |reason: &str| DecodeProblem::of_secret(reason);
        let read = || {
            let body: Value =
                serde_json::from_slice(answer.body()).map_err(|_| problem("no JSON"))?;
            let token = body["access_token"].as_str().ok_or_else(|| problem("no access_token"))?;
            let life = match &body["expires_in"] {
                Value::Number(seconds) => seconds.as_u64(),
                Value::String(seconds) => seconds.trim().parse().ok(),
                _ => None,
            };
            let life = life.map_or(UNSAID_LIFE, Duration::from_secs);
            Self::new(SecretString::from(token), life, asked_at)
                .ok_or_else(|| problem("an access_token that no header can carry"))
        };
        read().map_err(|problem| {
            // Without the body: whatever it is, a token may be in it.
            answer.body = bytes::Bytes::new();
            Error::from_decode(problem, answer)
        })
    }
}
