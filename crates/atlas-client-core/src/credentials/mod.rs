//! [`Credentials`], and the settings that they are read from.

mod credential;
mod credential_part;
mod environment;
mod error;
#[cfg(all(feature = "fuzzing", feature = "profile"))]
mod fuzzing;
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
#[cfg(all(test, feature = "profile"))]
mod tests;

pub use self::credential::Credentials;
pub(crate) use self::credential::Kind;
pub use self::error::{SecretStoreProblem, SettingsError};
#[cfg(all(feature = "fuzzing", feature = "profile"))]
pub use self::fuzzing::profiles as fuzz_profiles;
pub(crate) use self::service::Service;
pub use self::settings::{Setting, Settings};
