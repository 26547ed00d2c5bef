//! [`Credentials`].

use std::fmt;

use super::service::Service;
use crate::secret::Secret;

/// The credentials for calls to Atlas.
///
/// The constructor determines the kind. [`from_env`](Self::from_env) and `from_profile` read what the
/// official Atlas CLI reads. `Debug` shows the kind and the public half, never a secret.
///
/// Credentials that were read remember their service (`MONGODB_ATLAS_SERVICE` or the profile's `service`).
/// Those of MongoDB Atlas for Government are sent there unless a base URL is set, and never to the
/// commercial service.
#[derive(Clone)]
pub struct Credentials {
    pub(crate) kind: Kind,
    /// The service that they belong to, if known.
    pub(crate) service: Option<Service>,
}

#[derive(Clone)]
pub(crate) enum Kind {
    ApiKey { public: String, private: Secret },
    ServiceAccount { id: String, secret: Secret },
    BearerToken(Secret),
}

impl Credentials {
    /// The two halves of an API key, for HTTP digest authentication.
    pub fn api_key(public: impl Into<String>, private: impl Into<Secret>) -> Self {
        Self::new(Kind::ApiKey { public: public.into(), private: private.into() })
    }

    /// The client ID and secret of a service account. They fetch bearer tokens, which are renewed as
    /// needed.
    pub fn service_account(id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self::new(Kind::ServiceAccount { id: id.into(), secret: secret.into() })
    }

    /// A bearer token from elsewhere. It is not renewed.
    pub fn bearer_token(token: impl Into<Secret>) -> Self {
        Self::new(Kind::BearerToken(token.into()))
    }

    /// Returns the secret half: the private key, the client secret, or the token. A program needs it to keep the secret
    /// out of what it stores.
    pub fn secret(&self) -> &Secret {
        match &self.kind {
            Kind::ApiKey { private, .. } => private,
            Kind::ServiceAccount { secret, .. } => secret,
            Kind::BearerToken(token) => token,
        }
    }

    fn new(kind: Kind) -> Self {
        Self { kind, service: None }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::ApiKey { public, .. } => {
                f.debug_struct("ApiKey").field("public", public).finish_non_exhaustive()
            }
            Kind::ServiceAccount { id, .. } => {
                f.debug_struct("ServiceAccount").field("id", id).finish_non_exhaustive()
            }
            Kind::BearerToken(_) => f.debug_struct("BearerToken").finish_non_exhaustive(),
        }
    }
}
