//! [`RequestTemplate`]: makes the requests of a call.

use http::Method;
use http::header::HeaderName;
use reqwest::{Request, Url};
use url::Position;

use crate::error::Error;
use crate::operation::Operation;
use crate::request_id::RequestId;

/// The header with this client's id of the call.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Makes the requests of a call: copies with the headers of the operation's version and of the call. The
/// copies share the body.
pub(crate) struct RequestTemplate {
    pub(super) operation: &'static Operation,
    pub(super) id: RequestId,
    request: Request,
    /// Whether the body is a stream, which cannot be copied.
    is_stream: bool,
}

impl RequestTemplate {
    /// Boxed, because each level of a call's future holds it.
    pub(super) fn new(operation: &'static Operation, id: RequestId, request: Request) -> Box<Self> {
        let is_stream = request.body().is_some_and(|body| body.as_bytes().is_none());
        Box::new(Self { operation, id, request, is_stream })
    }

    pub(super) fn method(&self) -> &Method {
        self.request.method()
    }

    fn url(&self) -> &Url {
        self.request.url()
    }

    /// Returns the path without the query.
    pub(super) fn path(&self) -> &str {
        self.url().path()
    }

    /// Returns the path and the query, exactly as sent.
    pub(super) fn target(&self) -> &str {
        &self.url()[Position::BeforePath..Position::AfterQuery]
    }

    pub(super) fn has_body(&self) -> bool {
        self.request.body().is_some()
    }

    /// Returns whether the request can be sent more than once.
    pub(super) fn is_repeatable(&self) -> bool {
        !self.is_stream
    }

    /// Returns the next request to send.
    ///
    /// # Errors
    ///
    /// The body is a stream and was sent before.
    pub(super) fn next(&mut self) -> Result<Request, Error> {
        let sent = || Error::request("a body that is a stream can only be sent once");
        let next = if self.is_stream {
            let stream = self.request.body_mut().take().ok_or_else(sent)?;
            let mut next = self.bare_copy();
            *next.body_mut() = Some(stream);
            next
        } else if self.has_body() {
            self.request.try_clone().ok_or_else(sent)?
        } else {
            self.bare_copy()
        };
        Ok(self.with_headers(next))
    }

    /// Returns a copy without the body and the headers that describe it.
    pub(super) fn without_body(&self) -> Request {
        let mut copy = self.bare_copy();
        let headers = self.request.headers().keys();
        for name in headers.filter(|name| name.as_str().starts_with("content-")) {
            copy.headers_mut().remove(name);
        }
        self.with_headers(copy)
    }

    /// Copies all but the body. `try_clone` also allocates a map of extensions, of which a request has none.
    fn bare_copy(&self) -> Request {
        let mut copy = Request::new(self.method().clone(), self.url().clone());
        *copy.version_mut() = self.request.version();
        if let Some(timeout) = self.request.timeout() {
            *copy.timeout_mut() = Some(*timeout);
        }
        copy.headers_mut().clone_from(self.request.headers());
        copy
    }

    fn with_headers(&self, mut request: Request) -> Request {
        self.operation.prepare(&mut request);
        if let Ok(id) = self.id.to_string().try_into() {
            request.headers_mut().insert(REQUEST_ID, id);
        }
        request
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::header::{CONTENT_TYPE, HeaderValue};
    use reqwest::Body;

    use super::*;
    use crate::operation::TOKEN_OPERATION;

    fn template(change: impl FnOnce(&mut Request)) -> Box<RequestTemplate> {
        let url = "http://localhost/a%20b?c=%2F&d#e".parse().unwrap();
        let mut request = Request::new(Method::POST, url);
        change(&mut request);
        RequestTemplate::new(&TOKEN_OPERATION, RequestId(1), request)
    }

    #[test]
    fn the_target_is_the_path_and_the_query_as_sent() {
        assert_eq!(template(|_| ()).target(), "/a%20b?c=%2F&d");
        let root = template(|request| request.url_mut().set_path(""));
        assert_eq!(root.target(), "/?c=%2F&d");
    }

    #[test]
    fn every_copy_is_the_same() {
        for has_body in [true, false] {
            let mut template = template(|request| {
                let headers = request.headers_mut();
                headers.append("x-more", HeaderValue::from_static("1"));
                headers.append("x-more", HeaderValue::from_static("2"));
                *request.timeout_mut() = Some(Duration::from_secs(7));
                *request.body_mut() = has_body.then(|| "body".into());
            });
            let (first, copy) = (template.next().unwrap(), template.next().unwrap());
            assert_eq!(first.headers(), copy.headers());
            assert_eq!(first.headers().len(), if has_body { 5 } else { 4 });
            let parts = |request: &Request| {
                let body = request.body().and_then(Body::as_bytes).map(<[u8]>::to_vec);
                let (method, url) = (request.method().clone(), request.url().clone());
                (method, url, request.version(), request.timeout().copied(), body)
            };
            assert_eq!(parts(&first), parts(&copy));
            let bare = template.without_body();
            assert!(bare.body().is_none() && !bare.headers().contains_key(CONTENT_TYPE));
            assert_eq!(bare.headers().len(), 4);
        }
    }

    #[test]
    fn a_body_that_is_a_stream_is_sent_once() {
        let chunks = futures_util::stream::iter([Ok::<_, Error>("part")]);
        let mut template = template(|request| {
            *request.body_mut() = Some(Body::wrap_stream(chunks));
        });
        assert!(template.has_body() && !template.is_repeatable());
        assert!(template.next().unwrap().body().is_some());
        assert!(template.next().unwrap_err().is_request());
    }
}
