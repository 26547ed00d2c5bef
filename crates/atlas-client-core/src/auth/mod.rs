//! How a request is authorised, by the kind of its [`Credentials`](crate::Credentials).

mod api_key;
mod challenge;
mod digest;
mod service_account;
mod token;
mod token_cache;

use std::path::PathBuf;

use http::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use crate::credentials::{Credentials, Kind};
use crate::transport::BuildError;

pub(crate) use self::api_key::{ApiKey, Nonce};
pub(crate) use self::service_account::{
    REVOKE_OPERATION, ServiceAccount, TOKEN_OPERATION, is_about_the_credential,
};
pub(crate) use self::token::Token;
use self::token_cache::TokenCache;

/// The credentials in use, with what was learnt from using them.
pub(crate) enum Authenticator {
    ApiKey(ApiKey),
    ServiceAccount(ServiceAccount),
    BearerToken(HeaderValue),
}

impl Authenticator {
    /// For requests to this base URL. `token_cache` is the folder in which tokens are kept; `warnings` gets the
    /// reason why it is not used.
    pub(crate) fn new(
        credentials: Credentials,
        base_url: &str,
        token_cache: Option<PathBuf>,
        warnings: &mut Vec<String>,
    ) -> Result<Self, BuildError> {
        match credentials.0 {
            Kind::ApiKey { public, private } => Ok(Self::ApiKey(ApiKey::new(public, private))),
            Kind::ServiceAccount { id, secret } => {
                let cache = token_cache.map(|folder| TokenCache::of(folder, base_url, &id));
                let problem = cache.as_ref().and_then(|cache| cache.check().err());
                let cache = cache.filter(|_| problem.is_none());
                warnings.extend(problem);
                Ok(Self::ServiceAccount(ServiceAccount::new(id, secret, base_url, cache)))
            }
            Kind::BearerToken(token) => {
                bearer(&token).map(Self::BearerToken).ok_or(BuildError::BearerToken)
            }
        }
    }
}

/// The `Authorization` header of a bearer token, where it is made of what RFC 6750, section 2.1, says
/// one is made of.
pub(crate) fn bearer(token: &SecretString) -> Option<HeaderValue> {
    let token = token.expose_secret();
    let is_token_character =
        |character: char| character.is_ascii_alphanumeric() || "-._~+/=".contains(character);
    if token.is_empty() || !token.chars().all(is_token_character) {
        return None;
    }
    let mut header = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}
