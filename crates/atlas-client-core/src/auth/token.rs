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

#[cfg(test)]
mod tests {
    use super::*;

    /// The bug: a token is used after its end, or fetched anew for each call.
    #[test]
    fn a_lifetime_is_a_number_of_seconds_also_as_text_and_has_a_default() {
        let (since, default) = (Duration::from_secs(1000), DEFAULT_TOKEN_LIFETIME.as_secs());
        for (expires_in, seconds) in
            [("60", 60), ("\" 60 \"", 60), ("-1", default), ("null", default)]
        {
            let body = format!(r#"{{"access_token": "t", "expires_in": {expires_in}}}"#);
            let token = parse(body.as_bytes(), since).unwrap();
            let lifetime = Duration::from_secs(seconds);
            assert_eq!(token.expires_at, since + lifetime, "{expires_in}");
            let margin = MAX_RENEWAL_MARGIN.min(lifetime / 10);
            assert_eq!(token.renew_at + margin, token.expires_at, "{expires_in}");
            let later = token.with_renewal_at(Duration::MAX);
            assert_eq!((later.renew_at, later.expires_at), (token.expires_at, token.expires_at));
        }
        assert!(parse(br#"{"access_token": "a b"}"#, since).is_err());
    }
}
