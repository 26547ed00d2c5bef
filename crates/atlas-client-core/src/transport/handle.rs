//! [`Transport`]: a handle to what the calls of a client share.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use reqwest::Url;

#[cfg(feature = "limiter")]
use super::limiter::Limiter;
use super::observe::Deprecations;
use super::send_gate::SendGate;
use crate::auth::Authenticator;
use crate::clock::Clock;
use crate::error::Error;
use crate::operation::Operation;
use crate::request_id::RequestIds;
use crate::retry::RetryPolicy;

/// Sends requests to Atlas: authorizes each request, reads the response within limits of time and size,
/// and retries what can be retried.
///
/// Cloning is cheap. The clones share their connections and their credential. `Debug` shows no secret. A
/// call that is dropped before it completes does not affect other calls.
#[derive(Clone)]
pub struct Transport {
    pub(super) shared: Arc<Shared>,
    pub(super) retry: RetryPolicy,
    pub(super) find_out: FindOut,
    pub(super) send_gate: Option<SendGate>,
}

/// Returns how to find out whether a call of an operation took effect, if known.
pub(super) type FindOut = fn(&'static Operation) -> Option<&'static str>;

pub(super) struct Shared {
    pub(super) http: reqwest::Client,
    /// The proxy between the client and the base URL, for messages.
    pub(super) proxy: Option<String>,
    pub(super) url: Url,
    /// Without a trailing slash.
    pub(super) base_url: String,
    /// The path of the base URL, without a trailing slash.
    pub(super) prefix: String,
    pub(super) user_agent: HeaderValue,
    /// Added to every request.
    pub(super) headers: HeaderMap,
    pub(super) authenticator: Authenticator,
    pub(super) warnings: Vec<String>,
    pub(super) idle_timeout: Duration,
    pub(super) attempt_timeout: Duration,
    pub(super) max_body_bytes: usize,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) request_ids: RequestIds,
    pub(super) deprecations: Deprecations,
    #[cfg(feature = "limiter")]
    pub(super) limiter: Option<Limiter>,
}

impl Transport {
    /// Returns the base URL without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }

    /// Returns what a person should know about the configuration, such as why the token cache is not used.
    /// One line each.
    pub fn warnings(&self) -> &[String] {
        &self.shared.warnings
    }

    /// Returns the beginning of every path, with room for one that began with a template.
    pub(crate) fn new_path(&self, template: &str) -> String {
        /// The length of most values of parameters: ids and names.
        const VALUES: usize = 64;
        let mut path = String::with_capacity(self.shared.prefix.len() + template.len() + VALUES);
        path.push_str(&self.shared.prefix);
        path
    }

    /// Returns the URL of a path of an operation that began as a [new one](Self::new_path) and has encoded parameters.
    ///
    /// # Errors
    ///
    /// Fails if the URL has another path. A URL resolves `.` and `..`, so that a parameter could lead to another operation.
    pub(crate) fn url(&self, operation: &Operation, path: &str) -> Result<Url, Error> {
        let mut url = self.shared.url.clone();
        if path.contains('\\') {
            // `Url` treats a backslash as a slash.
            url.set_path(&path.replace('\\', "%5C"));
        } else {
            url.set_path(path);
        }
        let resolved = url.path();
        // Most paths stay as they are. A URL encodes the text of some templates.
        let is_right = resolved == path || {
            let path = resolved.strip_prefix(&*self.shared.prefix);
            path.is_some_and(|path| operation.has_path(path))
        };
        if !is_right {
            return Err(Error::request(format!(
                "a parameter of the path is empty, `.` or `..`: the path would be {resolved}",
            )));
        }
        Ok(url)
    }

    /// Returns how long the client waits without receiving anything.
    pub(crate) fn idle_timeout(&self) -> Duration {
        self.shared.idle_timeout
    }

    /// Returns the HTTP client. It adds no credential, no user agent and no headers, and has no limits.
    pub fn http(&self) -> &reqwest::Client {
        &self.shared.http
    }

    /// Returns the clock of this transport.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// Returns the same transport without retries, for a caller that repeats calls itself.
    #[must_use]
    pub fn without_retries(&self) -> Self {
        Self { retry: self.retry.max_attempts(1), ..self.clone() }
    }

    /// Returns the same transport for one request that must be sent at most once, and only while `may_send` is true.
    ///
    /// Each call makes one exchange: nothing is retried, not even after a 401. `may_send` is asked after all waits,
    /// directly before the request is handed to the network; a connection may still have to be made then, which the
    /// connect timeout bounds. If it returns false, or if the credential needs a challenge first (see
    /// [`is_credential_ready`](Self::is_credential_ready)), the error [was not sent](crate::Error::was_not_sent).
    #[must_use]
    pub fn with_send_gate(&self, may_send: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { send_gate: Some(SendGate::new(may_send)), ..self.without_retries() }
    }

    /// Returns whether the next request can be sent at once, without a request for a nonce or a token before it.
    ///
    /// If not, any call that only reads makes the credential ready.
    pub fn is_credential_ready(&self) -> bool {
        let clock = &*self.shared.clock;
        match &self.shared.authenticator {
            Authenticator::ApiKey(key) => key.has_young_nonce(clock),
            Authenticator::ServiceAccount(account) => account.has_token(clock),
            Authenticator::BearerToken(_) => true,
        }
    }

    /// Returns the same transport for a client that knows how to find out whether a call of an operation
    /// took effect. The hint of an error that
    /// [may have taken effect](crate::Error::may_have_taken_effect) begins with that.
    #[must_use]
    pub fn with_find_out(self, find_out: fn(&'static Operation) -> Option<&'static str>) -> Self {
        Self { find_out, ..self }
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("base_url", &self.shared.base_url)
            .field("retry", &self.retry)
            .field("attempt_timeout", &self.shared.attempt_timeout)
            .field("max_body_bytes", &self.shared.max_body_bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Credentials;

    #[test]
    fn an_idle_timeout_is_used_and_a_token_cache_that_is_not_is_said() {
        let second = Duration::from_secs(1);
        let built = Transport::builder()
            .base_url("http://localhost")
            .bearer_token("token")
            .idle_timeout(second)
            .build()
            .unwrap();
        assert_eq!((built.idle_timeout(), built.warnings()), (second, &[][..]));
        let folder = tempfile::NamedTempFile::new().unwrap();
        let account = Credentials::service_account("id", "secret");
        let unusable = Transport::builder()
            .base_url("http://localhost")
            .credentials(account)
            .token_cache(folder.path().join("tokens"));
        let warnings = unusable.build().unwrap().warnings().to_vec();
        assert!(matches!(&warnings[..], [one] if one.contains("not cached")), "{warnings:?}");
    }
}
