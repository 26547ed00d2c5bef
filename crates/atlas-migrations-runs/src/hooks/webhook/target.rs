//! The receiver of a webhook.

use std::{error::Error as _, time::Duration};

use atlas_migrations::Secret;
use reqwest::header::CONTENT_TYPE;
use url::Url;

use super::{client::client, signature::signature};
use crate::hooks::{
    error::HookError,
    run::{HookRun, RunEnd},
};

/// The receiver of a webhook: a URL, which is a secret, and the key of the signature.
#[derive(Debug)]
pub(crate) struct Target {
    client: reqwest::Client,
    url: Secret,
    key: Option<Secret>,
}

impl Target {
    /// Creates a target. Plain HTTP is only allowed on this machine: the URL and the event would be readable.
    pub(crate) fn new(
        hook: &str,
        url: Secret,
        key: Option<Secret>,
        limit: Duration,
    ) -> Result<Self, HookError> {
        let wrong = |why| HookError::Url { hook: hook.to_owned(), why };
        let parsed = Url::parse(url.expose()).map_err(|_| wrong("it is not a URL"))?;
        let loopback = is_loopback(&parsed);
        let tls = match parsed.scheme() {
            "https" => true,
            "http" if loopback => false,
            "http" => {
                return Err(wrong("without TLS only a loopback address is allowed; use https"));
            }
            _ => return Err(wrong("its scheme is not https")),
        };
        let client = client(tls, loopback, limit)
            .map_err(|why| HookError::Client { hook: hook.to_owned(), why })?;
        Ok(Self { client, url, key })
    }

    /// Returns the secrets that a text about a call could contain.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let mut secrets = vec![self.url.expose().to_owned()];
        if let Ok(url) = Url::parse(self.url.expose()) {
            secrets.push(url.to_string());
            // Services such as Slack put the secret into the path.
            secrets.extend([url.path(), url.query().unwrap_or_default()].map(str::to_owned));
            secrets.extend(url.password().map(str::to_owned));
        }
        secrets.extend(self.key.as_ref().map(|key| key.expose().to_owned()));
        secrets
    }

    /// Sends a body. A response with a status of 2xx means that it is delivered; the rest of the response is not read.
    pub(crate) async fn send(&self, event_id: &str, body: Vec<u8>) -> HookRun {
        let mut request = self
            .client
            .post(self.url.expose())
            .header(CONTENT_TYPE, "application/json")
            .header("Idempotency-Key", event_id);
        if let Some(key) = &self.key {
            request = request.header("Atlas-Migrations-Signature", signature(key.expose(), &body));
        }
        match request.body(body).send().await {
            Ok(response) if response.status().is_success() => {
                HookRun { end: RunEnd::Exited(0), output: format!("HTTP {}", response.status()) }
            }
            Ok(response) => {
                HookRun { end: RunEnd::Failed, output: format!("HTTP {}", response.status()) }
            }
            Err(error) if error.is_timeout() => {
                HookRun { end: RunEnd::TimedOut, output: "no response in time".to_owned() }
            }
            Err(error) => {
                // The text of the error itself contains the URL.
                let error = error.without_url();
                let mut output = error.to_string();
                let mut cause = error.source();
                while let Some(error) = cause {
                    output = format!("{output}: {error}");
                    cause = error.source();
                }
                HookRun { end: RunEnd::Failed, output }
            }
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Result<Target, HookError> {
        Target::new("slack", url.into(), None, Duration::from_secs(1))
    }

    #[test]
    fn a_url_that_would_be_readable_on_the_network_is_refused_and_never_shown() {
        for url in [
            "http://hooks.example.com/canary",
            "ftp://127.0.0.1/canary",
            "canary",
            "http://[::2]/canary",
        ] {
            let error = target(url).unwrap_err();
            assert!(matches!(error, HookError::Url { .. }), "{error}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn the_url_is_not_in_debug() {
        let target = target("https://hooks.example.com/services/canary").unwrap();
        assert!(!format!("{target:?}").contains("canary"));
        assert!(target.secrets().contains(&"/services/canary".to_owned()));
    }
}
