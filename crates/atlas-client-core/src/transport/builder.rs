//! [`TransportBuilder`].

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Inner, Transport, tls};

/// The address of Atlas.
const ATLAS: &str = "https://cloud.mongodb.com";

/// Sets up a [`Transport`]. The order of its methods does not matter.
#[derive(Clone, Debug)]
pub struct TransportBuilder {
    base_url: String,
    bearer_token: Option<SecretString>,
    product: String,
    user_agent_suffix: String,
    connect_timeout: Duration,
    idle_timeout: Duration,
    attempt_timeout: Duration,
    max_body_bytes: usize,
}

impl TransportBuilder {
    pub(super) fn new() -> Self {
        Self {
            base_url: ATLAS.to_owned(),
            bearer_token: None,
            product: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned(),
            user_agent_suffix: String::new(),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            attempt_timeout: Duration::from_secs(60),
            max_body_bytes: 16 << 20,
        }
    }

    /// Where requests go: `https://cloud.mongodb.com` unless set. Plain `http` is only for this
    /// machine itself, as the credential would travel readably.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// The bearer token that authorises every request.
    #[must_use]
    pub fn bearer_token(mut self, token: impl Into<String>) -> Self {
        self.bearer_token = Some(SecretString::from(token.into()));
        self
    }

    /// What the `User-Agent` begins with, such as `my-client/1.2`: for crates built on this one.
    #[must_use]
    pub fn product(mut self, product: impl Into<String>) -> Self {
        self.product = product.into();
        self
    }

    /// What the `User-Agent` ends with, such as `my-tool/1.2`.
    #[must_use]
    pub fn user_agent_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent_suffix = suffix.into();
        self
    }

    /// How long a connection may take to come about: 10 s unless set.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long nothing may arrive while an answer is awaited or read: 30 s unless set.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// How long one request may take, from its sending to the end of its answer: 60 s unless set.
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// How many bytes an answer's body may have, after decompression: 16 MiB unless set.
    #[must_use]
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// The transport.
    ///
    /// # Errors
    ///
    /// The base URL, the token or the user agent cannot be used, no credential was given, or TLS
    /// cannot be set up.
    pub fn build(self) -> Result<Transport, BuildError> {
        let url = base_url(&self.base_url)?;
        let tls = match url.scheme() {
            "https" => tls::config(),
            _ => tls::unused_config(),
        };
        let mut http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.map_err(|error| BuildError::Tls(error.into()))?)
            .user_agent(user_agent(&self.product, &self.user_agent_suffix)?)
            .connect_timeout(self.connect_timeout)
            .read_timeout(self.idle_timeout)
            // A redirected request would take its credential, or its body, somewhere else.
            .redirect(reqwest::redirect::Policy::none());
        if is_loopback(&url) {
            http = http.no_proxy();
        }
        Ok(Transport(Arc::new(Inner {
            http: http.build().map_err(|error| BuildError::Tls(error.into()))?,
            base_url: url.as_str().trim_end_matches('/').to_owned(),
            authorization: authorization(self.bearer_token)?,
            attempt_timeout: self.attempt_timeout,
            max_body_bytes: self.max_body_bytes,
        })))
    }
}

fn base_url(text: &str) -> Result<Url, BuildError> {
    let wrong = |reason: String| BuildError::BaseUrl { reason };
    let url = Url::parse(text).map_err(|error| wrong(format!("it is not a URL: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("a credential does not belong into it".to_owned()));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it ends with its path, without `?` or `#`".to_owned()));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => {
            Err(BuildError::PlainHttp { host: url.host_str().unwrap_or_default().to_owned() })
        }
        scheme => Err(wrong(format!("its scheme is `{scheme}`, not `https`"))),
    }
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    })
}

fn user_agent(product: &str, suffix: &str) -> Result<HeaderValue, BuildError> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let text = format!("{product} ({os};{arch}) {suffix}");
    HeaderValue::from_str(text.trim_end()).map_err(|_| BuildError::UserAgent)
}

fn authorization(token: Option<SecretString>) -> Result<HeaderValue, BuildError> {
    let token = token.ok_or(BuildError::NoCredential)?;
    let token = token.expose_secret();
    // RFC 6750, section 2.1: what a bearer token is made of.
    let is_token_character =
        |character: char| character.is_ascii_alphanumeric() || "-._~+/=".contains(character);
    if token.is_empty() || !token.chars().all(is_token_character) {
        return Err(BuildError::BearerToken);
    }
    let mut header =
        HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| BuildError::BearerToken)?;
    header.set_sensitive(true);
    Ok(header)
}

/// Why a client cannot be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL cannot be used.
    BaseUrl {
        /// What is wrong with it.
        reason: String,
    },
    /// The base URL is plain `http` to another machine.
    PlainHttp {
        /// The other machine.
        host: String,
    },
    /// No credential was given.
    NoCredential,
    /// The bearer token is empty or has a character that no token has, such as a line break.
    BearerToken,
    /// The user agent has a character that no header may have.
    UserAgent,
    /// TLS cannot be set up.
    Tls(Box<dyn std::error::Error + Send + Sync>),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BaseUrl { reason } => {
                write!(f, "the base URL cannot be used: {reason} (for Atlas itself it is {ATLAS})")
            }
            Self::PlainHttp { host } => write!(
                f,
                "the base URL is plain http to {host}, where anyone on the way could read the credential: use https",
            ),
            Self::NoCredential => f.write_str("no credential was given: set a bearer token"),
            Self::BearerToken => f.write_str(
                "the bearer token is empty or has a character that no token has: look for a space, a quote or a line break",
            ),
            Self::UserAgent => {
                f.write_str("the user agent has a character that no header may have")
            }
            Self::Tls(_) => f.write_str(
                "TLS cannot be set up: check that the system has its root certificates installed",
            ),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Tls(source) => Some(source.as_ref()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(url: &str) -> Result<Transport, BuildError> {
        Transport::builder().base_url(url).bearer_token("token").build()
    }

    #[test]
    fn only_safe_base_urls_are_taken() {
        for url in [
            "http://127.0.0.1:8080",
            "http://127.9.9.9",
            "http://[::1]:1",
            "http://localhost/prefix/",
        ] {
            assert!(build(url).is_ok(), "{url}");
        }
        for url in ["http://cloud.mongodb.com", "http://128.0.0.1", "http://localhost.example"] {
            assert!(matches!(build(url), Err(BuildError::PlainHttp { .. })), "{url}");
        }
        for url in [
            "",
            "cloud.mongodb.com",
            "ftp://localhost",
            "https://user:hunter2@localhost",
            "https://localhost?x",
            "https://localhost#x",
        ] {
            let error = build(url).unwrap_err();
            assert!(matches!(error, BuildError::BaseUrl { .. }), "{url}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn a_trailing_slash_is_no_part_of_the_base_url() {
        let transport = build("http://localhost/prefix/").unwrap();
        assert_eq!(transport.base_url(), "http://localhost/prefix");
        assert_eq!(build("http://localhost").unwrap().base_url(), "http://localhost");
    }

    #[test]
    fn tokens_that_no_header_can_carry_are_refused_and_none_is_shown() {
        let with = |token: &str| {
            let builder = Transport::builder().base_url("http://localhost").bearer_token(token);
            assert!(!format!("{builder:?}").contains("hunter2"));
            builder.build()
        };
        for token in ["", " ", "hunter2\n", "hunter2\r\nX: y", "hün", "a b"] {
            assert!(matches!(with(token), Err(BuildError::BearerToken)), "{token:?}");
        }
        assert!(!format!("{:?}", with("hunter2").unwrap()).contains("hunter2"));
        let none = Transport::builder().base_url("http://localhost").build();
        assert!(matches!(none, Err(BuildError::NoCredential)));
    }

    #[test]
    fn a_user_agent_that_no_header_can_carry_is_refused() {
        let builder = Transport::builder().base_url("http://localhost").bearer_token("token");
        let built = builder.user_agent_suffix("x\ny").build();
        assert!(matches!(built, Err(BuildError::UserAgent)));
    }
}
