//! Calls straight from the operation table.

use http::Method;
use reqwest::Request;

use super::{Received, Transport};
use crate::error::Error;
use crate::operation::{Operation, ParameterLocation};
use crate::response::RawResponse;

impl Transport {
    /// Calls an operation and returns the answer as it was received, whatever its status. Of an answer that
    /// reports an error the first 64 KiB are kept.
    ///
    /// `path` has a value for each of the path's parameters, and `body` the request's body, for an
    /// operation that takes one. With `envelope` among the `query` parameters and `true`, the answer is
    /// read with [`RawResponse::envelope`].
    ///
    /// # Errors
    ///
    /// A parameter is missing or unknown to the operation, or there was no whole answer.
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
        match self.execute(self.outgoing(operation, request), false).await? {
            Received::Whole(answer) => Ok(answer.in_envelope(enveloped)),
            // Not asked for.
            Received::Stream(_) => Err(Error::misread("the answer is a stream")),
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
        let mut url = self.url(format_args!("{filled}"));
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
}
