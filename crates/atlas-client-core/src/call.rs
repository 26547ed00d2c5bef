//! [`Call`]: builds and sends the request of an operation, for generated methods.

use std::fmt::{Display, Write as _};

use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use reqwest::{Body, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::byte_stream::ByteStream;
use crate::error::Error;
use crate::operation::Operation;
use crate::parameter_style::{
    HeaderStyle, PathEncoder, PathStyle, QueryStyle, append_to_path, append_to_query, form, header,
    invalid_in_path,
};
use crate::raw_response::RawResponse;
use crate::response::{Metadata, Response};
use crate::transport::{Reply, RequestTemplate, Transport};

/// A call of an operation, for generated methods.
///
/// Path parameters are set in the order of the path template. The first invalid parameter or body becomes the error of
/// the call, and nothing is sent.
#[must_use = "nothing is sent until one of the `send_…` methods is awaited"]
pub struct Call<'t> {
    transport: &'t Transport,
    operation: &'static Operation,
    /// The rest of the path template.
    template: &'static str,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Option<Body>,
    error: Option<Error>,
}

impl Transport {
    /// Starts a call of an operation, for generated methods.
    #[doc(hidden)]
    pub fn call(&self, operation: &'static Operation) -> Call<'_> {
        Call {
            transport: self,
            operation,
            template: operation.path,
            path: self.new_path(operation.path),
            query: String::new(),
            headers: HeaderMap::new(),
            body: None,
            error: None,
        }
    }

    /// Calls an operation and returns the response with any status, as it was received. Only the first 64 KiB of an
    /// error body are kept.
    ///
    /// `path` has a value for each path parameter. `body` is the request body, if the operation has one. If the
    /// `query` parameter `envelope` is `true`, [`RawResponse::envelope`] reads the response.
    ///
    /// # Errors
    ///
    /// Fails if a parameter is missing or unknown, or if there is no complete response.
    pub async fn call_raw(
        &self,
        operation: &'static Operation,
        path: &[(&str, &str)],
        query: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<RawResponse, Error> {
        let mut call = self.call(operation);
        while let Some(name) = call.next_path_parameter() {
            call = match path.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => call.path(value),
                None => {
                    return Err(call.into_error(format!("the path parameter `{name}` is missing")));
                }
            };
        }
        for (name, value) in query {
            if !operation.has_query_parameter(name) {
                let message = format!("the operation has no query parameter `{name}`");
                return Err(call.into_error(message));
            }
            call = call.query(name, value);
        }
        if let Some(body) = body {
            call = call.body(body);
        }
        let is_enveloped = query.contains(&("envelope", "true"));
        let reply = self.execute(call.into_request()?, false).await?;
        Ok(whole(reply)?.in_envelope(is_enveloped))
    }
}

fn whole(reply: Reply) -> Result<Box<RawResponse>, Error> {
    match reply {
        Reply::Whole(response) => Ok(response),
        // `execute` only returns a stream if it is requested.
        Reply::Stream(stream) => {
            Err(Error::misread("the response is a stream").with_response(stream.0))
        }
    }
}

/// Returns the response if its status is a success.
fn success(reply: Reply) -> Result<Box<RawResponse>, Error> {
    let response = whole(reply)?;
    if response.status().is_success() { Ok(response) } else { Err(Error::from_response(*response)) }
}

impl<'t> Call<'t> {
    /// Sets the next path parameter to one plain value.
    pub fn path(mut self, value: impl Display) -> Self {
        let Some(name) = self.start_path_parameter() else { return self };
        let start = self.path.len();
        // Writing to a string cannot fail, nor does the `Display` of the values.
        let _ = write!(PathEncoder(&mut self.path), "{value}");
        self.end_path_parameter(name, start)
    }

    /// Sets the next path parameter with a style.
    pub fn path_as<T: Serialize + ?Sized>(mut self, style: PathStyle, value: &T) -> Self {
        let Some(name) = self.start_path_parameter() else { return self };
        let start = self.path.len();
        match append_to_path(&mut self.path, name, style, value) {
            Ok(()) => self.end_path_parameter(name, start),
            Err(error) => self.with_error(error),
        }
    }

    /// Adds a query parameter with `style: form` and `explode: true`: a list repeats the name. `None`, `null` and an
    /// empty list add nothing.
    pub fn query<T: Serialize + ?Sized>(self, name: &str, value: &T) -> Self {
        self.query_as(QueryStyle::Form, name, value)
    }

    /// Adds a query parameter with a style.
    pub fn query_as<T: Serialize + ?Sized>(
        mut self,
        style: QueryStyle,
        name: &str,
        value: &T,
    ) -> Self {
        match append_to_query(&mut self.query, name, style, value) {
            Ok(()) => self,
            Err(error) => self.with_error(error),
        }
    }

    /// Adds a header. `None` and `null` add nothing.
    pub fn header<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Self {
        self.header_as(HeaderStyle::Simple, name, value)
    }

    /// Adds a header with a style.
    pub fn header_as<T: Serialize + ?Sized>(
        mut self,
        style: HeaderStyle,
        name: &'static str,
        value: &T,
    ) -> Self {
        let value = match header(name, style, value) {
            Ok(None) => return self,
            Ok(Some(value)) => value,
            Err(error) => return self.with_error(error),
        };
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => {
                self.headers.append(name, value);
                self
            }
            _ => self.with_error(Error::request(format!(
                "the value of `{name}` is not valid in a header"
            ))),
        }
    }

    /// Sets the body to a value as JSON.
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => self.body(body),
            Err(error) => self.with_error(Error::request(error)),
        }
    }

    /// Sets the body to a form with the properties of an object. The default style is [`QueryStyle::Form`].
    pub fn form<T: Serialize + ?Sized>(self, body: &T, styles: &[(&str, QueryStyle)]) -> Self {
        match form(body, styles) {
            Ok(body) => self.body(body),
            Err(error) => self.with_error(error),
        }
    }

    /// Sets the body to text or bytes.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sends the request and decodes the JSON body of the response.
    ///
    /// # Errors
    ///
    /// Fails if the request cannot be sent, or if the response is incomplete, reports an error or cannot be decoded.
    // Not an `async fn`, here and below, because its future would contain the whole call.
    pub fn send_json<T: DeserializeOwned>(
        self,
    ) -> impl Future<Output = Result<Response<T>, Error>> + Send + use<'t, T> {
        let (transport, request) = (self.transport, self.into_request());
        async move {
            let request = request?;
            let response = success(transport.execute(request, false).await?)?;
            match response.decode_body() {
                Ok(value) => Ok(Response::new(value, Metadata::of(response))),
                Err(error) => Err(error.with_response(*response)),
            }
        }
    }

    /// Sends the request and returns the status and headers of the response.
    ///
    /// # Errors
    ///
    /// Fails if the request cannot be sent, or if the response is incomplete or reports an error.
    pub fn send_empty(self) -> impl Future<Output = Result<Response<()>, Error>> + Send + use<'t> {
        let (transport, request) = (self.transport, self.into_request());
        async move {
            let request = request?;
            let response = success(transport.execute(request, false).await?)?;
            Ok(Response::new((), Metadata::of(response)))
        }
    }

    /// Sends the request and returns the body of the response as a stream of bytes.
    ///
    /// # Errors
    ///
    /// Fails if the request cannot be sent, or if there is no response or it reports an error.
    pub fn send_stream(
        self,
    ) -> impl Future<Output = Result<Response<ByteStream>, Error>> + Send + use<'t> {
        let (transport, request) = (self.transport, self.into_request());
        async move {
            match transport.execute(request?, true).await? {
                Reply::Stream(stream) => {
                    let (head, rest) = *stream;
                    let stream = ByteStream::new(rest, head.clone(), transport.idle_timeout());
                    Ok(Response::new(stream, Metadata::of(Box::new(head))))
                }
                // The body of an error is not streamed.
                Reply::Whole(response) => Err(Error::from_response(*response)),
            }
        }
    }

    /// Returns the name of the next path parameter.
    fn next_path_parameter(&self) -> Option<&'static str> {
        Some(self.template.split_once('{')?.1.split_once('}')?.0)
    }

    /// Copies the template up to the next path parameter and returns the name of the parameter.
    fn start_path_parameter(&mut self) -> Option<&'static str> {
        let parts = self.template.split_once('{');
        let parts = parts.and_then(|(text, rest)| Some((text, rest.split_once('}')?)));
        let Some((text, (name, rest))) = parts else {
            self.error.get_or_insert_with(|| Error::request("the path has no more parameters"));
            return None;
        };
        self.path.push_str(text);
        self.template = rest;
        Some(name)
    }

    /// Refuses the value of a path parameter, which begins at `start`, if it would change the path: a URL drops such
    /// segments.
    fn end_path_parameter(self, name: &str, start: usize) -> Self {
        if matches!(&self.path[start..], "" | "." | "..") {
            return self.with_error(invalid_in_path(name));
        }
        self
    }

    fn with_error(mut self, error: Error) -> Self {
        self.error.get_or_insert(error);
        self
    }

    /// Returns the first error, or else an error with this message.
    fn into_error(self, message: String) -> Error {
        let error = self.error.unwrap_or_else(|| Error::request(message));
        error.with_request(self.operation, self.operation.path)
    }

    fn into_request(self) -> Result<Box<RequestTemplate>, Error> {
        let (transport, operation) = (self.transport, self.operation);
        Ok(transport.template(operation, self.build()?))
    }

    fn build(mut self) -> Result<Request, Error> {
        if let Some(name) = self.next_path_parameter() {
            return Err(self.into_error(format!("the path parameter `{name}` is missing")));
        }
        let Ok(method) = Method::from_bytes(self.operation.method.as_bytes()) else {
            let message = format!("`{}` is not an HTTP method", self.operation.method);
            return Err(self.into_error(message));
        };
        if self.error.is_some() {
            return Err(self.into_error(String::new()));
        }
        self.path.push_str(self.template);
        let mut url = match self.transport.url(self.operation, &self.path) {
            Ok(url) => url,
            Err(error) => return Err(error.with_request(self.operation, self.operation.path)),
        };
        if !self.query.is_empty() {
            url.set_query(Some(&self.query));
        }
        let mut request = Request::new(method, url);
        *request.headers_mut() = self.headers;
        *request.body_mut() = self.body;
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Parameter;

    static OPERATION: Operation = Operation::new("test", "PUT", "/a\\b/{id}/logs/{name}.gz")
        .with_parameters(&[Parameter::path("id"), Parameter::path("name")]);

    fn transport() -> Transport {
        let builder = Transport::builder().base_url("http://localhost/base").bearer_token("token");
        builder.build().unwrap()
    }

    fn url(call: Call<'_>) -> Result<String, Error> {
        call.build().map(|request| request.url().to_string())
    }

    #[test]
    fn parameters_are_encoded_and_the_template_is_not() {
        let transport = transport();
        let call = transport.call(&OPERATION).path("..\\../é").path("a b:c");
        let call = call.query("q", &["x y", "z"]).query("none", &None::<bool>);
        let expected = "http://localhost/base/a%5Cb/..%5C..%2F%C3%A9/logs/a%20b%3Ac.gz?q=x+y&q=z";
        assert_eq!(url(call).unwrap(), expected);
        let call = transport.call(&OPERATION).path(7);
        let call = call.path_as(PathStyle::Simple { explode: false }, &["x", "y"]);
        assert_eq!(url(call).unwrap(), "http://localhost/base/a%5Cb/7/logs/x,y.gz");
    }

    #[test]
    fn the_first_invalid_value_is_the_error_of_the_call() {
        let transport = transport();
        let call = || transport.call(&OPERATION);
        for (call, message) in [
            (call().path("..").path(""), "the path parameter `id` must not be empty, `.` or `..`"),
            (call().path("x").path(".").header("a", "\n"), "the path parameter `name` must not be"),
            (call().path("x"), "the path parameter `name` is missing"),
            (call().path("x").path("y").path("z"), "the path has no more parameters"),
            (call().path(1).path(2).query("q", &[[1]]), "`q` cannot be sent"),
            (
                call().path(1).path(2).header("X-A", "a\nb"),
                "the value of `X-A` is not valid in a header",
            ),
            (call().path(1).path(2).form(&[1], &[]), "a form` cannot be sent"),
        ] {
            let error = url(call).unwrap_err();
            assert!(error.is_request(), "{error}");
            assert!(error.to_string().contains(message), "{message}: {error}");
            assert_eq!(error.operation().unwrap().id, "test");
        }
    }

    #[test]
    fn a_path_of_another_operation_is_refused() {
        static FILES: Operation = Operation::new("test", "GET", "/my files/{name}");
        let transport = transport();
        let style = PathStyle::Simple { explode: false };
        let sent = |name: &str| url(transport.call(&FILES).path_as(style, &[name]));
        assert_eq!(sent("..a%2e").unwrap(), "http://localhost/base/my%20files/..a%252e");
        for name in ["", ".", ".."] {
            let error = sent(name).unwrap_err().to_string();
            assert!(error.contains("`name` must not be empty, `.` or `..`"), "{error}");
        }
        for path in ["/base/my files/..", "/base/my files/", "/base/my files/a/../../x"] {
            let error = transport.url(&FILES, path).unwrap_err().to_string();
            assert!(error.contains("the path would be /"), "{error}");
        }
    }

    #[test]
    fn absent_headers_are_not_sent_and_repeated_ones_are_kept() {
        let transport = transport();
        let call = transport.call(&OPERATION).path(1).path(2).header("X-None", &None::<&str>);
        let call = call.header("X-A", &[1, 2]).header("X-A", &true).json(&[1]);
        let request = call.build().unwrap();
        let values: Vec<_> = request.headers().get_all("x-a").iter().collect();
        assert_eq!(values, ["1,2", "true"]);
        assert!(!request.headers().contains_key("x-none"));
        assert_eq!(request.body().unwrap().as_bytes().unwrap(), b"[1]");
    }
}
