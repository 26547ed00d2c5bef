//! [`BuildError`].

use crate::credentials::{Service, SettingsError};

/// Why a client cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL cannot be used.
    #[error(
        "the base URL cannot be used: {reason} (the base URL of Atlas is {})",
        Service::Commercial.base_url(),
    )]
    #[non_exhaustive]
    BaseUrl {
        /// What is wrong with it.
        reason: String,
    },
    /// The base URL is plain `http` to another machine.
    #[error(
        "the base URL is plain http to {host}, which does not protect the credential: use https"
    )]
    #[non_exhaustive]
    PlainHttp {
        /// The other machine.
        host: String,
    },
    /// The credentials belong to MongoDB Atlas for Government, and the base URL is that of the commercial
    /// service.
    #[error(
        "the base URL is that of MongoDB Atlas, but the credentials belong to MongoDB Atlas for Government \
         (the service `cloudgov`): omit the base URL, or set it to {}",
        Service::Government.base_url(),
    )]
    Government,
    /// No credentials were given.
    #[error("no credentials were given: set a service account, an API key or a bearer token")]
    NoCredentials,
    /// The settings have no credentials.
    #[error(transparent)]
    Settings(SettingsError),
    /// The bearer token is empty or has a character that no token has, such as a line break.
    #[error(
        "the bearer token is empty or has a character that no token has: look for a space, a quote or a line break"
    )]
    BearerToken,
    /// The user agent has a character that a header cannot have.
    #[error("the user agent has a character that a header cannot have")]
    UserAgent,
    /// A header cannot be added to requests.
    #[error("the header `{name}` cannot be set: {reason}")]
    #[non_exhaustive]
    Header {
        /// The name of the header.
        name: String,
        /// Why it cannot be set.
        reason: &'static str,
    },
    /// The proxy is not a URL that can be used.
    #[error("the proxy is not a URL of the form http://host:port or https://host:port")]
    Proxy,
    /// A setting of the HTTP client was given together with the client.
    #[error("`{setting}` has no effect on a given HTTP client: set it on that client instead")]
    #[non_exhaustive]
    HttpClient {
        /// The method of the builder.
        setting: &'static str,
    },
    /// A root certificate is not a certificate in PEM.
    #[error("a root certificate is not a certificate in PEM")]
    RootCertificate,
    /// TLS cannot be set up.
    #[error(
        "TLS cannot be set up: check that the system has root certificates, and that SSL_CERT_FILE and \
         SSL_CERT_DIR, if set, name some"
    )]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}
