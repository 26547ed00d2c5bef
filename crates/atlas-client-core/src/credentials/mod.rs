//! [`Credentials`], and where they come from.

mod environment;
mod error;
#[cfg(feature = "profile")]
mod load;
#[cfg(feature = "profile")]
mod profile;
#[cfg(feature = "profile")]
mod profile_credentials;
#[cfg(feature = "profile")]
mod secret_store;
mod service;
mod settings;
mod shape;
#[cfg(all(test, feature = "profile"))]
mod tests;

use std::fmt;

use secrecy::SecretString;

pub use self::error::{SecretStoreProblem, SettingsError};
pub(crate) use self::service::Service;
pub use self::settings::{Setting, Settings};

/// As whom to call Atlas.
///
/// The kind is chosen by the constructor, or by [`from_env`](Self::from_env) and
/// [`from_profile`](Self::from_profile), which read what the official Atlas CLI reads. `Debug` shows
/// the kind and the public half, never a secret.
///
/// Credentials that were read remember the service that they belong to where it was said
/// (`MONGODB_ATLAS_SERVICE` or the profile's `service`): those of MongoDB Atlas for Government are sent there
/// unless a base URL is set, and never to the commercial service.
#[derive(Clone)]
pub struct Credentials(pub(crate) Kind, Option<Service>);

#[derive(Clone)]
pub(crate) enum Kind {
    ApiKey { public: String, private: SecretString },
    ServiceAccount { id: String, secret: SecretString },
    BearerToken(SecretString),
}

impl Credentials {
    /// The two halves of an API key: HTTP digest authentication.
    pub fn api_key(public: impl Into<String>, private: impl Into<SecretString>) -> Self {
        Self(Kind::ApiKey { public: public.into(), private: private.into() }, None)
    }

    /// A service account: its client id and secret buy bearer tokens, which are renewed as needed.
    pub fn service_account(id: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        Self(Kind::ServiceAccount { id: id.into(), secret: secret.into() }, None)
    }

    /// A bearer token from elsewhere. It is not renewed.
    pub fn bearer_token(token: impl Into<SecretString>) -> Self {
        Self(Kind::BearerToken(token.into()), None)
    }

    /// What the environment says, in the order of the official CLI: a service account
    /// (`MONGODB_ATLAS_CLIENT_ID`, `…_CLIENT_SECRET`), else an API key (`…_PUBLIC_API_KEY`,
    /// `…_PRIVATE_API_KEY`, also without `API_`), else a bearer token (`…_ACCESS_TOKEN`). Where any
    /// variable begins with `MCLI_`, that prefix takes the place of `MONGODB_ATLAS_`. Which service they belong
    /// to is `…_SERVICE`.
    ///
    /// # Errors
    ///
    /// None is set, or as of [`Settings::from_env`].
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::of(Settings::from_env()?)
    }

    /// What a profile of the official Atlas CLI says; see [`Settings::from_profile`].
    ///
    /// # Errors
    ///
    /// There is no such profile, it has no credentials that can be used here or only half a pair, or
    /// the file cannot be read.
    #[cfg(feature = "profile")]
    pub fn from_profile(name: &str) -> Result<Self, SettingsError> {
        Self::of(Settings::from_profile(name)?)
    }

    fn of(mut settings: Settings) -> Result<Self, SettingsError> {
        settings.credentials.take().ok_or_else(|| settings.no_credentials())
    }

    /// The service that they belong to, where that was said.
    pub(crate) fn service(&self) -> Option<Service> {
        self.1
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
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
