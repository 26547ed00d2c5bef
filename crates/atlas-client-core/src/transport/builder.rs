//! [`TransportBuilder`].

use std::fmt;
use std::marker::PhantomData;
#[cfg(feature = "limiter")]
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Proxy, Url};
use url::Host;

use super::handle::{Shared, Transport};
#[cfg(feature = "limiter")]
use super::limiter::Limiter;
use super::observe::Deprecations;
use super::{request_headers, tls};
use crate::auth::Authenticator;
use crate::build_error::BuildError;
use crate::clock::{Clock, SystemClock};
use crate::credentials::{Credentials, Service, Settings, SettingsError};
use crate::request_id::RequestIds;
use crate::retry::RetryPolicy;
use crate::secret::Secret;

/// Configures a [`Transport`], or a client `C` made from one. The order of the methods does not matter.
#[derive(Clone)]
pub struct TransportBuilder<C = Transport> {
    base_url: Option<String>,
    credentials: Option<Credentials>,
    /// Why the settings have no credentials.
    no_credentials: Option<SettingsError>,
    token_cache: Option<PathBuf>,
    product: String,
    user_agent_suffix: String,
    headers: Vec<(String, String)>,
    http_client: Option<reqwest::Client>,
    proxy: Option<String>,
    root_certificates: Vec<Vec<u8>>,
    connect_timeout: Option<Duration>,
    idle_timeout: Duration,
    attempt_timeout: Duration,
    max_body_bytes: usize,
    retry: RetryPolicy,
    clock: Arc<dyn Clock>,
    #[cfg(feature = "limiter")]
    per_minute: Option<NonZeroU32>,
    client: PhantomData<fn() -> C>,
}

impl Transport {
    /// Returns a builder with all defaults.
    pub fn builder() -> TransportBuilder {
        let product = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
        TransportBuilder::with_product(product)
    }
}

impl<C: From<Transport>> TransportBuilder<C> {
    /// Makes a builder with all defaults. The `User-Agent` begins with `product`, such as
    /// `my-client/1.2`.
    pub fn with_product(product: impl Into<String>) -> Self {
        Self {
            base_url: None,
            credentials: None,
            no_credentials: None,
            token_cache: None,
            product: product.into(),
            user_agent_suffix: String::new(),
            headers: Vec::new(),
            http_client: None,
            proxy: None,
            root_certificates: Vec::new(),
            connect_timeout: None,
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

    /// Sets the base URL. The default is `https://cloud.mongodb.com`, or `https://cloud.mongodbgov.com` for
    /// credentials that were read with the service `cloudgov`. Plain `http` is only allowed to this
    /// machine, because it does not protect the credential.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets the credentials.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Sets a bearer token: short for [`credentials`](Self::credentials) with
    /// [`Credentials::bearer_token`].
    #[must_use]
    pub fn bearer_token(self, token: impl Into<Secret>) -> Self {
        self.credentials(Credentials::bearer_token(token))
    }

    /// Sets the credentials and the base URL from the environment or a profile.
    #[must_use]
    pub fn settings(mut self, settings: &Settings) -> Self {
        self.no_credentials = settings.credentials.is_none().then(|| settings.no_credentials());
        self.credentials = settings.credentials.clone().or(self.credentials);
        self.base_url = settings.base_url.clone().or(self.base_url);
        self
    }

    /// Sets a folder that keeps the token of a service account for the next program. Without one, a token
    /// lives as long as its transport.
    ///
    /// Each account at each base URL has its own file, which only this user can read. A folder or a file
    /// that another user owns or can write to is not used, and [`Transport::warnings`] says so.
    #[must_use]
    pub fn token_cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.token_cache = Some(folder.into());
        self
    }

    /// Sets the end of the `User-Agent`, such as `my-tool/1.2`.
    #[must_use]
    pub fn user_agent_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent_suffix = suffix.into();
        self
    }

    /// Adds a header to every request, also to those for tokens. A second value of the same name replaces
    /// the first. The value may be a credential: it is never shown or logged.
    ///
    /// [`build`](Self::build) refuses a header that the client itself sets, such as `Authorization`,
    /// `Accept`, `Content-Type`, `Host` or `User-Agent`.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the HTTP client that sends the requests, for example one with other TLS settings.
    ///
    /// The timeouts and the limit on bodies of this builder still apply. Everything about connections is
    /// up to the client: [`build`](Self::build) refuses [`proxy`](Self::proxy),
    /// [`root_certificates`](Self::root_certificates) and [`connect_timeout`](Self::connect_timeout)
    /// beside it. Build it with
    /// [`redirect(Policy::none())`](reqwest::ClientBuilder::redirect): a client that follows redirects can
    /// send the body of a request, which may contain a password, to another server.
    #[must_use]
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// Sends all requests through a proxy, such as `http://user:password@proxy.example:3128`. Replaces the
    /// proxy of the environment or the system.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Adds one or more root certificates in PEM to those of the operating system.
    #[must_use]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Sets how long connecting may take. The default is 10 s.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Sets how long the client waits without receiving anything. The default is 30 s.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Sets how long one request may take until the end of its response. The default is 60 s. The deadline
    /// of the [`RetryPolicy`] limits the call with all its attempts.
    ///
    /// The time is checked when no more data is available. A server that never stops sending can delay the
    /// end by a few seconds. Memory stays bounded meanwhile.
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Sets how many bytes the body of a response may have after decompression. The default is 16 MiB.
    ///
    /// A call takes at most four times as much memory: a body that decodes to more is
    /// [too large](crate::Error::is_too_large), too. Of an error body the first 64 KiB are kept.
    #[must_use]
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// Sets which attempts are retried, when and how often.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Limits the requests per minute. If less than a tenth of the service's own limit is left, requests
    /// are spaced out until the service resets it.
    #[cfg(feature = "limiter")]
    #[must_use]
    pub fn requests_per_minute(mut self, requests: NonZeroU32) -> Self {
        self.per_minute = Some(requests);
        self
    }

    /// Sets the source of time and of random numbers, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds the transport, or the client made from it.
    ///
    /// # Errors
    ///
    /// No credentials were given, a setting is invalid, or TLS cannot be set up.
    pub fn build(self) -> Result<C, BuildError> {
        let service = self.credentials.as_ref().and_then(|credentials| credentials.service);
        let service = service.unwrap_or(Service::Commercial);
        let url = parse_base_url(self.base_url.as_deref().unwrap_or(service.base_url()))?;
        if !url.host_str().is_some_and(|host| service.may_send_to(host)) {
            return Err(BuildError::Government);
        }
        let (http, proxy) = self.http(&url)?;
        let base_url = url.as_str().trim_end_matches('/').to_owned();
        let no_credentials = self.no_credentials;
        let credentials = self.credentials.ok_or_else(|| {
            no_credentials.map_or(BuildError::NoCredentials, BuildError::Settings)
        })?;
        let mut warnings = Vec::new();
        let authenticator =
            Authenticator::new(credentials, &base_url, self.token_cache, &mut warnings)?;
        let shared = Arc::new(Shared {
            http,
            proxy,
            prefix: url.path().trim_end_matches('/').to_owned(),
            url,
            base_url,
            user_agent: user_agent(&self.product, &self.user_agent_suffix)?,
            headers: request_headers::parse(&self.headers)?,
            authenticator,
            warnings,
            idle_timeout: self.idle_timeout,
            attempt_timeout: self.attempt_timeout,
            max_body_bytes: self.max_body_bytes,
            request_ids: RequestIds::new(self.clock.random()),
            deprecations: Deprecations::default(),
            #[cfg(feature = "limiter")]
            limiter: self.per_minute.map(|limit| Limiter::new(limit, Arc::clone(&self.clock))),
            clock: self.clock,
        });
        Ok(C::from(Transport { shared, retry: self.retry, find_out: |_| None, send_gate: None }))
    }

    /// Returns the HTTP client, and the proxy between it and the base URL, if known.
    fn http(&self, url: &Url) -> Result<(reqwest::Client, Option<String>), BuildError> {
        if let Some(client) = &self.http_client {
            for (setting, is_set) in [
                ("proxy", self.proxy.is_some()),
                ("root_certificates", !self.root_certificates.is_empty()),
                ("connect_timeout", self.connect_timeout.is_some()),
            ] {
                if is_set {
                    return Err(BuildError::HttpClient { setting });
                }
            }
            return Ok((client.clone(), None));
        }
        let tls = match url.scheme() {
            "https" => tls::config(&self.root_certificates)?,
            _ => tls::unused_config()?,
        };
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(self.connect_timeout.unwrap_or(Duration::from_secs(10)))
            // A redirect would send the credential or the body to another place.
            .redirect(reqwest::redirect::Policy::none())
            // The transport retries. Here a retry costs a copy of every request.
            .retry(reqwest::retry::never().max_retries_per_request(0));
        let proxy = if let Some(proxy) = &self.proxy {
            let (proxy, shown) = parse_proxy(proxy).ok_or(BuildError::Proxy)?;
            builder = builder.proxy(proxy);
            Some(shown)
        } else if is_loopback(url) {
            builder = builder.no_proxy();
            None
        } else {
            system_proxy(&Matcher::from_system(), url)
        };
        let client = builder.build().map_err(|error| BuildError::Tls(error.into()))?;
        Ok((client, proxy))
    }
}

impl<C> fmt::Debug for TransportBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the base URL, the proxy and the headers, which may contain a credential.
        f.debug_struct("TransportBuilder")
            .field("credentials", &self.credentials)
            .field("product", &self.product)
            .field("user_agent_suffix", &self.user_agent_suffix)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

fn parse_base_url(text: &str) -> Result<Url, BuildError> {
    let wrong = |reason: String| BuildError::BaseUrl { reason };
    let url = Url::parse(text).map_err(|error| wrong(format!("it is not a URL: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it must not contain a credential".to_owned()));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it must end with its path, without `?` or `#`".to_owned()));
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

/// Returns the proxy, and its address without a credential, for messages.
fn parse_proxy(text: &str) -> Option<(Proxy, String)> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let shown = format!("{}://{}{port}", url.scheme(), url.host_str()?);
    Some((Proxy::all(url).ok()?, shown))
}

/// Returns the proxy that the environment or the system sets for a URL, without its credential.
fn system_proxy(system: &Matcher, url: &Url) -> Option<String> {
    let proxy = system.intercept(&url.as_str().parse().ok()?)?;
    let uri = proxy.uri();
    let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{}{port}", uri.scheme_str()?, uri.host()?))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn user_agent(product: &str, suffix: &str) -> Result<HeaderValue, BuildError> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let text = format!("{product} ({os};{arch}) {suffix}");
    HeaderValue::from_str(text.trim_end()).map_err(|_| BuildError::UserAgent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Operation;

    fn builder() -> TransportBuilder {
        Transport::builder().base_url("http://localhost").bearer_token("token")
    }

    fn build(url: &str) -> Result<Transport, BuildError> {
        builder().base_url(url).build()
    }

    #[test]
    fn only_safe_base_urls_are_accepted() {
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
            "https://user@localhost",
            "https://:hunter2@localhost",
            "https://localhost?x",
            "https://localhost#x",
        ] {
            let error = build(url).unwrap_err();
            assert!(matches!(error, BuildError::BaseUrl { .. }), "{url}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn a_trailing_slash_is_not_part_of_the_base_url() {
        for (url, base_url) in [
            ("http://localhost/prefix/", "http://localhost/prefix"),
            ("http://localhost", "http://localhost"),
        ] {
            let transport = build(url).unwrap();
            assert_eq!(transport.base_url(), base_url);
            let operation = Operation::new("test", "GET", "/{a}/c");
            let path = transport.new_path(operation.path) + "/a%2Fb/c";
            let url = transport.url(&operation, &path).unwrap();
            assert_eq!(url.as_str(), format!("{base_url}/a%2Fb/c"));
        }
    }

    #[test]
    fn invalid_tokens_are_refused_and_none_is_shown() {
        let with = |token: &str| {
            let builder = builder().bearer_token(token);
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
    fn an_invalid_user_agent_is_refused() {
        let built = builder().user_agent_suffix("x\ny").build();
        assert!(matches!(built, Err(BuildError::UserAgent)));
    }

    #[test]
    fn a_proxy_is_a_url_and_its_credential_is_not_shown() {
        let transport = builder().proxy("http://user:hunter2@proxy.example:3128").build().unwrap();
        assert_eq!(transport.shared.proxy.as_deref(), Some("http://proxy.example:3128"));
        for proxy in ["", "hunter2", "proxy.example:3128", "ftp://user:hunter2@proxy.example"] {
            let builder = builder().proxy(proxy);
            assert!(!format!("{builder:?}").contains("hunter2"));
            let error = builder.build().unwrap_err();
            assert!(matches!(error, BuildError::Proxy), "{proxy}: {error}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn settings_of_connections_are_refused_beside_an_http_client() {
        let client = builder().build().unwrap().http().clone();
        let given = || builder().http_client(client.clone());
        assert!(given().idle_timeout(Duration::from_secs(1)).build().is_ok());
        for (builder, name) in [
            (given().proxy("http://proxy.example"), "proxy"),
            (given().root_certificates("x"), "root_certificates"),
            (given().connect_timeout(Duration::from_secs(1)), "connect_timeout"),
        ] {
            let error = builder.build().unwrap_err();
            assert!(matches!(error, BuildError::HttpClient { setting } if setting == name));
        }
    }
    /// The bug: a message about a failed connection does not name the proxy in between, or shows its credential.
    #[test]
    fn a_proxy_of_the_system_is_shown_without_its_credential() {
        let system = Matcher::builder()
            .https("http://user:hunter2@proxy.example:3128")
            .no("internal.example")
            .build();
        let shown = |url: &str| system_proxy(&system, &url.parse().unwrap());
        let proxy = shown("https://cloud.mongodb.com").unwrap();
        assert_eq!(proxy.trim_end_matches('/'), "http://proxy.example:3128");
        assert_eq!(shown("https://internal.example"), None);
    }
}
