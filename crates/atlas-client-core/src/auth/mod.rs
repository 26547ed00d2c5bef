//! Authorization of requests, by the kind of the credentials. Knows the method and the URI of a request,
//! and nothing about the transport.

mod api_key;
mod authenticator;
mod challenge;
mod digest;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod service_account;
mod token;
mod token_cache;

pub(crate) use self::api_key::{ApiKey, Nonce};
pub(crate) use self::authenticator::Authenticator;
pub(crate) use self::service_account::{ServiceAccount, is_invalid_credential};
pub(crate) use self::token::Token;
