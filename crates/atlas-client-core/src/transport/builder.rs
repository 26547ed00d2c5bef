//! [`TransportBuilder`].

use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;
#[cfg(feature = "limiter")]
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;
use secrecy::SecretString;

#[cfg(feature = "limiter")]
use super::limiter::Limiter;
use super::observe::Deprecations;
use super::{Inner, PATH_LENGTH, Transport, tls};
use crate::auth::Authenticator;
use crate::clock::{Clock, SystemClock};
use crate::credentials::{Credentials, Service, Settings, SettingsError};
use crate::request_id::RequestIds;
use crate::retry::RetryPolicy;

/// The address of Atlas.
const ATLAS: &str = Service::Commercial.base_url();

/// Sets up a [`Transport`], or the client `C` that is made of one. The order of its methods does not
/// matter.
#[derive(Clone)]
pub struct TransportBuilder<C = Transport> {
    base_url: Option<String>,
    credentials: Option<Credentials>,
    /// Why the settings have none.
    no_credentials: Option<SettingsError>,
    token_cache: Option<PathBuf>,
    product: String,
    user_agent_suffix: String,
    root_certificates: Vec<Vec<u8>>,
    connect_timeout: Duration,
    idle_timeout: Duration,
    attempt_timeout: Duration,
    max_body_bytes: usize,
    retry: RetryPolicy,
    clock: Arc<dyn Clock>,
    #[cfg(feature = "limiter")]
    per_minute: Option<NonZeroU32>,
    client: PhantomData<fn() -> C>,
}

impl<C: From<Transport>> TransportBuilder<C> {
    /// A builder in which everything has its default. `product` is what the `User-Agent` begins with, such
    /// as `my-client/1.2`.
    pub fn with_product(product: impl Into<String>) -> Self {
        Self {
            base_url: None,
            credentials: None,
            no_credentials: None,
            token_cache: None,
            product: product.into(),
            user_agent_suffix: String::new(),
            root_certificates: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            attempt_timeout: Duration::from_secs(60),
            max_body_bytes: 16 << 20,
            retry: RetryPolicy::default(),
            clock: Arc::new(SystemClock::default()),
            #[cfg(feature = "limiter")]
            per_minute: None,
            client: PhantomData,
        }
    }

    /// Where requests go: `https://cloud.mongodb.com` unless set, or `https://cloud.mongodbgov.com` for
    /// credentials that were read with the service `cloudgov`. Plain `http` is only for this
    /// machine itself, as the credential would travel readably.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// As whom to call.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// The bearer token that authorises every request: short for
    /// [`credentials`](Self::credentials) with [`Credentials::bearer_token`].
    #[must_use]
    pub fn bearer_token(self, token: impl Into<SecretString>) -> Self {
        self.credentials(Credentials::bearer_token(token))
    }

    /// The credentials, the base URL and whatever else the environment or a profile says.
    #[must_use]
    pub fn settings(mut self, settings: &Settings) -> Self {
        self.no_credentials = settings.credentials.is_none().then(|| settings.no_credentials());
        self.credentials = settings.credentials.clone().or(self.credentials);
        self.base_url = settings.base_url.clone().or(self.base_url);
        self
    }

    /// A folder in which a service account's token is kept for the next program that uses it. Without one
    /// a token lives as long as its transport.
    ///
    /// Each account at each base URL has a file of its own, which only this user can read. A folder or a file
    /// that somebody else owns or can write to is not used: [`Transport::warnings`] says so.
    #[must_use]
    pub fn token_cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.token_cache = Some(folder.into());
        self
    }

    /// What the `User-Agent` ends with, such as `my-tool/1.2`.
    #[must_use]
    pub fn user_agent_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent_suffix = suffix.into();
        self
    }

    /// A certificate, or several, in PEM, to trust beside those of the operating system.
    #[must_use]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
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

    /// How long one request may take, from its sending to the end of its answer: 60 s unless set. How
    /// long a call may take with all its attempts is the [`RetryPolicy`]'s deadline.
    ///
    /// The time is looked at whenever nothing more is there to be read. A server that never stops sending can
    /// delay the end by a few seconds; memory stays bounded meanwhile.
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// How many bytes an answer's body may have, after decompression: 16 MiB unless set. A call takes at most
    /// four times as much memory: a body that decodes to more is refused too, as
    /// [too large](crate::Error::is_too_large). Of the body of an error the first 64 KiB are kept.
    #[must_use]
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// What is tried again, when, and how often.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How many requests to send a minute at the most. When the service says that less than a tenth of its
    /// own limit is left, they are spaced so that it lasts until it is refilled.
    #[cfg(feature = "limiter")]
    #[must_use]
    pub fn requests_per_minute(mut self, requests: NonZeroU32) -> Self {
        self.per_minute = Some(requests);
        self
    }

    /// Time and chance, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The transport, or the client that is made of it.
    ///
    /// # Errors
    ///
    /// The base URL, the token, a certificate or the user agent cannot be used, no credentials were
    /// given, or TLS cannot be set up.
    pub fn build(self) -> Result<C, BuildError> {
        let service = self.credentials.as_ref().and_then(Credentials::service);
        let service = service.unwrap_or(Service::Commercial);
        let url = base_url(self.base_url.as_deref().unwrap_or(service.base_url()))?;
        if !url.host_str().is_some_and(|host| service.may_send_to(host)) {
            return Err(BuildError::Government);
        }
        let base_url = url.as_str().trim_end_matches('/').to_owned();
        let prefix = url.path().trim_end_matches('/').to_owned();
        let no_credentials = self.no_credentials;
        let credentials = self.credentials.ok_or_else(|| {
            no_credentials.map_or(BuildError::NoCredentials, BuildError::Settings)
        })?;
        let mut warnings = Vec::new();
        let authenticator =
            Authenticator::new(credentials, &base_url, self.token_cache, &mut warnings)?;
        let tls = match url.scheme() {
            "https" => tls::config(&self.root_certificates)?,
            _ => tls::unused_config()?,
        };
        let user_agent = user_agent(&self.product, &self.user_agent_suffix)?;
        let mut http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(self.connect_timeout)
            // A redirected request would take its credential, or its body, somewhere else.
            .redirect(reqwest::redirect::Policy::none())
            // The transport does that itself, and here it would cost a copy of every request.
            .retry(reqwest::retry::never().max_retries_per_request(0));
        if is_loopback(&url) {
            http = http.no_proxy();
        }
        let proxy = if is_loopback(&url) { None } else { proxy_of(&url) };
        let inner = Arc::new(Inner {
            proxy,
            http: http.build().map_err(|error| BuildError::Tls(error.into()))?,
            roomy: roomy(url),
            base_url,
            prefix,
            user_agent,
            authenticator,
            warnings,
            idle_timeout: self.idle_timeout,
            attempt_timeout: self.attempt_timeout,
            max_body_bytes: self.max_body_bytes,
            deprecations: Deprecations::default(),
            ids: RequestIds::from_seed(self.clock.random()),
            #[cfg(feature = "limiter")]
            limiter: self.per_minute.map(|limit| Limiter::new(limit, Arc::clone(&self.clock))),
            clock: self.clock,
        });
        Ok(C::from(Transport(inner, self.retry, |_| None)))
    }
}

impl<C> fmt::Debug for TransportBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the base URL, which may hold what does not belong into it.
        f.debug_struct("TransportBuilder")
            .field("credentials", &self.credentials)
            .field("product", &self.product)
            .field("user_agent_suffix", &self.user_agent_suffix)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
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

/// The same with a long path. A copy of a URL has no more room than it fills, and the path of an operation is
/// about to take the place of this one.
fn roomy(mut url: Url) -> Url {
    url.set_path(&"-".repeat(PATH_LENGTH));
    url
}

/// The proxy that the environment, or the system, puts on the way to a URL, without its credential.
fn proxy_of(url: &Url) -> Option<String> {
    let proxy = Matcher::from_system().intercept(&url.as_str().parse().ok()?)?;
    let uri = proxy.uri();
    let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{}{port}", uri.scheme_str()?, uri.host()?))
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
    /// The credentials are those of MongoDB Atlas for Government, and the base URL is that of the commercial
    /// service.
    Government,
    /// No credentials were given.
    NoCredentials,
    /// The settings that were given have no credentials.
    Settings(SettingsError),
    /// The bearer token is empty or has a character that no token has, such as a line break.
    BearerToken,
    /// The user agent has a character that no header may have.
    UserAgent,
    /// A root certificate is not a certificate in PEM.
    RootCertificate,
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
            Self::Government => write!(
                f,
                "the base URL is that of MongoDB Atlas, but the credentials belong to MongoDB Atlas for Government \
                 (the service `cloudgov`): leave the base URL out, or set it to {}",
                Service::Government.base_url(),
            ),
            Self::Settings(error) => error.fmt(f),
            Self::NoCredentials => f.write_str(
                "no credentials were given: set a service account, an API key or a bearer token",
            ),
            Self::BearerToken => f.write_str(
                "the bearer token is empty or has a character that no token has: look for a space, a quote or a line break",
            ),
            Self::UserAgent => {
                f.write_str("the user agent has a character that no header may have")
            }
            Self::RootCertificate => {
                f.write_str("a root certificate that was given is not a certificate in PEM")
            }
            Self::Tls(_) => f.write_str(
                "TLS cannot be set up: check that the system has its root certificates installed, and that SSL_CERT_FILE \
                 and SSL_CERT_DIR name some where they are set",
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
        let path = transport.url(&(transport.new_path() + "/a%2Fb/c")).to_string();
        assert_eq!(path, "http://localhost/prefix/a%2Fb/c");
        let transport = build("http://localhost").unwrap();
        assert_eq!(transport.base_url(), "http://localhost");
        let path = transport.url(&(transport.new_path() + "/a%2Fb/c")).to_string();
        assert_eq!(path, "http://localhost/a%2Fb/c");
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
        assert!(matches!(none, Err(BuildError::NoCredentials)));
    }

    #[test]
    fn a_user_agent_that_no_header_can_carry_is_refused() {
        let builder = Transport::builder().base_url("http://localhost").bearer_token("token");
        let built = builder.user_agent_suffix("x\ny").build();
        assert!(matches!(built, Err(BuildError::UserAgent)));
    }
}
