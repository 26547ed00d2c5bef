//! Bearer tokens of service accounts, and how long each is valid.

use std::time::Duration;

use http::header::HeaderValue;
use serde_json::Value;

use crate::error::{DecodeProblem, Error};
use crate::raw_response::RawResponse;
use crate::secret::Secret;

/// A token is renewed this long before it expires, or after nine tenths of a short lifetime.
const MAX_RENEWAL_MARGIN: Duration = Duration::from_secs(60);

/// The lifetime of a token if the service does not say. Shorter than that of any known token.
const DEFAULT_TOKEN_LIFETIME: Duration = Duration::from_secs(300);

/// The longest accepted lifetime. Atlas issues tokens for an hour. A token that expires earlier than the
/// service said is refused and then replaced, so that a high limit does no harm. The limit prevents
/// overflows.
pub(super) const MAX_TOKEN_LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// A bearer token in use.
pub(crate) struct Token {
    pub(crate) header: HeaderValue,
    pub(super) secret: Secret,
    pub(super) renew_at: Duration,
    pub(super) expires_at: Duration,
}

impl Token {
    /// Makes a token that was issued at `since`. Returns `None` if no header can hold it.
    pub(super) fn new(secret: Secret, lifetime: Duration, since: Duration) -> Option<Self> {
        let lifetime = lifetime.min(MAX_TOKEN_LIFETIME);
        let margin = MAX_RENEWAL_MARGIN.min(lifetime / 10);
        let expires_at = since.saturating_add(lifetime);
        Some(Self {
            header: bearer_header(&secret)?,
            secret,
            renew_at: expires_at.saturating_sub(margin),
            expires_at,
        })
    }

    /// Returns the same token with another time of renewal.
    pub(super) fn with_renewal_at(&self, renew_at: Duration) -> Self {
        Self {
            header: self.header.clone(),
            secret: self.secret.clone(),
            renew_at: renew_at.min(self.expires_at),
            expires_at: self.expires_at,
        }
    }

    /// Reads the response to a token request that was sent at `requested_at`.
    pub(super) fn read(response: RawResponse, requested_at: Duration) -> Result<Self, Error> {
        let mut response = response.error_for_status()?;
        parse(&response.body, requested_at).map_err(|reason| {
            // Without the body, which may contain a token.
            response.body = bytes::Bytes::new();
            Error::from_decode(DecodeProblem::new(reason), response)
        })
    }
}

/// Reads the body of a response to a token request.
pub(super) fn parse(body: &[u8], requested_at: Duration) -> Result<Token, &'static str> {
    let body: Value = serde_json::from_slice(body).map_err(|_| "not JSON")?;
    let token = body["access_token"].as_str().ok_or("no access_token")?;
    let lifetime = match &body["expires_in"] {
        Value::Number(seconds) => seconds.as_u64(),
        Value::String(seconds) => seconds.trim().parse().ok(),
        _ => None,
    };
    let lifetime = lifetime.map_or(DEFAULT_TOKEN_LIFETIME, Duration::from_secs);
    Token::new(Secret::from(token), lifetime, requested_at)
        .ok_or("an access_token with characters that no token has")
}

/// Returns the `Authorization` header of a bearer token, or `None` if the token has characters that RFC 6750, section
/// 2.1, does not allow.
pub(super) fn bearer_header(token: &Secret) -> Option<HeaderValue> {
    let token = token.expose();
    let is_token_character =
        |character: char| character.is_ascii_alphanumeric() || "-._~+/=".contains(character);
    if token.is_empty() || !token.chars().all(is_token_character) {
        return None;
    }
    let mut header = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}
