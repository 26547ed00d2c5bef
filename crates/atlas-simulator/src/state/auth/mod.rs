//! Authentication and authorization.

mod authenticator;
mod caller;
mod challenge;
mod client_credentials;
mod clients;
mod credential;
mod digest;
mod digest_header;
mod digest_response;
mod nonces;
mod tokens;

pub(crate) use authenticator::Authenticator;
pub(crate) use caller::{Admitted, Caller, Refused};
pub(crate) use client_credentials::ClientCredentials;
pub(crate) use clients::{Client, Clients};
pub(crate) use tokens::Tokens;
