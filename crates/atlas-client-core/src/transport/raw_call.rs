//! Calls by the operation table.

use http::Method;
use reqwest::Request;

use super::handle::Transport;
use super::reply::Reply;
use crate::error::Error;
use crate::operation::{Operation, ParameterLocation};
use crate::raw_response::RawResponse;

impl Transport {
    /// Calls an operation and returns the response as received, whatever its status. Of an error response
    /// the first 64 KiB are kept.
    ///
    /// `path` has a value for each path parameter. `body` is the body of the request, if the operation
    /// takes one. If `query` contains `envelope` with `true`, [`RawResponse::envelope`] decodes the
    /// response.
    ///
    /// # Errors
    ///
    /// A parameter is missing or unknown, or there was no complete response.
    pub async fn call_raw(
        &self,
        operation: &'static Operation,
        path: &[(&str, &str)],
        query: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<RawResponse, Error> {
        let mut request = self
            .raw_request(operation, path, query)
            .map_err(|error| error.with_request(operation, operation.path))?;
        *request.body_mut() = body.map(Into::into);
        let enveloped = query.contains(&("envelope", "true"));
        match self.execute(self.template(operation, request), false).await? {
            Reply::Whole(response) => Ok(response.in_envelope(enveloped)),
            Reply::Stream(_) => Err(Error::misread("the response is a stream")),
        }
    }

    fn raw_request(
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
                        "the path parameter `{}` is missing",
                        parameter.name,
                    )));
                };
                filled = filled.replace(
                    &format!("{{{}}}", parameter.name),
                    &progenitor_client::encode_path(value),
                );
            }
        }
        let mut url = self.url(format_args!("{filled}"));
        for (name, value) in query {
            if !operation.has_query_parameter(name) {
                return Err(Error::request(format!(
                    "the operation has no query parameter `{name}`",
                )));
            }
            url.query_pairs_mut().append_pair(name, value);
        }
        let method = Method::from_bytes(operation.method.as_bytes()).map_err(Error::request)?;
        Ok(Request::new(method, url))
    }
}
