//! [`Transport`]: the one path of every call.

mod body;
mod builder;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderValue};
use http::{HeaderMap, Method, StatusCode};
use reqwest::{Request, Url};

use crate::error::{Error, Kind, TimeoutKind};
use crate::operation::{Operation, ParameterLocation};
use crate::response::RawResponse;

pub use self::builder::{BuildError, TransportBuilder};

/// Sends requests to Atlas: authorises each, reads its answer within limits of time and size, and
/// tells success, refusal and failure apart.
///
/// Cloning is cheap, and the clones share their connections. Its `Debug` shows no credential.
#[derive(Clone)]
pub struct Transport(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    /// Without a trailing slash.
    base_url: String,
    authorization: HeaderValue,
    attempt_timeout: Duration,
    max_body_bytes: usize,
}

impl Transport {
    /// A transport to be set up.
    pub fn builder() -> TransportBuilder {
        TransportBuilder::new()
    }

    /// Where requests go, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// The HTTP client beneath, which adds no credential and keeps no limits.
    pub fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    /// Calls an operation and returns the answer as it was received, whatever its status.
    ///
    /// `path` has a value for each of the path's parameters. With `envelope` among the `query`
    /// parameters and `true`, the answer is read with [`RawResponse::envelope`].
    ///
    /// # Errors
    ///
    /// A parameter is missing or unknown to the operation, or there was no whole answer.
    pub async fn call_raw(
        &self,
        operation: &'static Operation,
        path: &[(&str, &str)],
        query: &[(&str, &str)],
    ) -> Result<RawResponse, Error> {
        let mut request = self
            .request(operation, path, query)
            .map_err(|error| error.with_request(operation, operation.path.to_owned()))?;
        operation.prepare(&mut request);
        let enveloped = query.contains(&("envelope", "true"));
        Ok(self.execute(operation, request).await?.in_envelope(enveloped))
    }

    fn request(
        &self,
        operation: &'static Operation,
        path: &[(&str, &str)],
        query: &[(&str, &str)],
    ) -> Result<Request, Error> {
        let mut filled = operation.path.to_owned();
        for parameter in operation.parameters {
            if parameter.location == ParameterLocation::Path {
                let Some((_, value)) = path.iter().find(|(name, _)| *name == parameter.name) else {
                    return Err(Error::request(format!(
                        "the path's {} is missing",
                        parameter.name,
                    )));
                };
                filled = filled.replace(
                    &format!("{{{}}}", parameter.name),
                    &progenitor_client::encode_path(value),
                );
            }
        }
        let mut url =
            Url::parse(&format!("{}{filled}", self.base_url())).map_err(Error::request)?;
        for (name, value) in query {
            if !operation.has_query_parameter(name) {
                return Err(Error::request(format!(
                    "the operation takes no query parameter `{name}`",
                )));
            }
            url.query_pairs_mut().append_pair(name, value);
        }
        let method = Method::from_bytes(operation.method.as_bytes()).map_err(Error::request)?;
        Ok(Request::new(method, url))
    }

    /// Sends a prepared request and reads the whole answer, whatever its status.
    pub(crate) async fn execute(
        &self,
        operation: &'static Operation,
        request: Request,
    ) -> Result<RawResponse, Error> {
        let path = request.url().path().to_owned();
        let exchange = self.exchange(operation, request);
        let outcome = match tokio::time::timeout(self.0.attempt_timeout, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::new(Kind::Timeout(TimeoutKind::Attempt))),
        };
        match outcome {
            Ok((status, headers, body)) => {
                Ok(RawResponse::new(operation, status, headers, body, path))
            }
            Err(error) => Err(error.with_request(operation, path)),
        }
    }

    async fn exchange(
        &self,
        operation: &'static Operation,
        request: Request,
    ) -> Result<(StatusCode, HeaderMap, Bytes), Error> {
        let mut response = self.send(request).await?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let body = body::read(response, self.0.max_body_bytes).await?;
        let body = if operation.empty_is_null && status.is_success() && body.is_empty() {
            Bytes::from_static(b"null")
        } else {
            body
        };
        Ok((status, headers, body))
    }

    /// Authorises a request and sends it; the answer's body is still to be read.
    pub(crate) async fn send(&self, mut request: Request) -> Result<reqwest::Response, Error> {
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.0.authorization.clone());
        self.0.http.execute(request).await.map_err(Error::from_reqwest)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("base_url", &self.0.base_url)
            .field("attempt_timeout", &self.0.attempt_timeout)
            .field("max_body_bytes", &self.0.max_body_bytes)
            .finish_non_exhaustive()
    }
}
