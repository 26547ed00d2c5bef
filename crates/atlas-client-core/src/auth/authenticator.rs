//! [`Authenticator`].

use std::path::PathBuf;

use http::header::HeaderValue;

use super::api_key::ApiKey;
use super::service_account::ServiceAccount;
use super::token::bearer_header;
use super::token_cache::TokenCache;
use crate::build_error::BuildError;
use crate::credentials::{Credentials, Kind};

/// The credentials in use, with the state that their use needs.
pub(crate) enum Authenticator {
    ApiKey(ApiKey),
    ServiceAccount(ServiceAccount),
    BearerToken(HeaderValue),
}

impl Authenticator {
    /// Makes an authenticator for requests to this base URL.
    ///
    /// `token_cache` is the folder of cached tokens. If it cannot be used, `warnings` gets the reason.
    pub(crate) fn new(
        credentials: Credentials,
        base_url: &str,
        token_cache: Option<PathBuf>,
        warnings: &mut Vec<String>,
    ) -> Result<Self, BuildError> {
        match credentials.kind {
            Kind::ApiKey { public, private } => Ok(Self::ApiKey(ApiKey::new(public, private))),
            Kind::ServiceAccount { id, secret } => {
                let cache = token_cache.map(|folder| TokenCache::new(folder, base_url, &id));
                let problem = cache.as_ref().and_then(|cache| cache.check().err());
                let cache = cache.filter(|_| problem.is_none());
                warnings.extend(problem);
                Ok(Self::ServiceAccount(ServiceAccount::new(id, secret, base_url, cache)))
            }
            Kind::BearerToken(token) => {
                bearer_header(&token).map(Self::BearerToken).ok_or(BuildError::BearerToken)
            }
        }
    }
}
