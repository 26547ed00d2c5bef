//! [`Outgoing`]: a request that is sent as often as need be.

use http::Method;
use http::header::HeaderName;
use reqwest::Request;

use crate::error::Error;
use crate::operation::Operation;
use crate::request_id::RequestId;

/// The header that tells the service what this client calls the call.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request that is sent as often as need be: copies of it, with the headers that the operation's version and
/// the call ask for. They have their body in common.
pub(crate) struct Outgoing {
    pub(super) operation: &'static Operation,
    pub(super) id: RequestId,
    request: Request,
    /// Of such a body there is no copy.
    is_stream: bool,
}

impl Outgoing {
    /// A request of an operation. On the heap, as it is part of a call's future at each of its levels.
    pub(super) fn new(operation: &'static Operation, id: RequestId, request: Request) -> Box<Self> {
        let is_stream = request.body().is_some_and(|body| body.as_bytes().is_none());
        Box::new(Self { operation, id, request, is_stream })
    }

    pub(crate) fn method(&self) -> &Method {
        self.request.method()
    }

    /// Without the query.
    pub(super) fn path(&self) -> &str {
        self.request.url().path()
    }

    /// Path and query, as they are sent.
    pub(crate) fn target(&self) -> &str {
        let url = self.request.url();
        let whole = url.as_str();
        let behind = |part: Option<&str>| part.map_or(0, |part| part.len() + 1);
        let end = whole.len() - behind(url.fragment());
        let start = end - behind(url.query()) - url.path().len();
        &whole[start..end]
    }

    pub(super) fn has_body(&self) -> bool {
        self.request.body().is_some()
    }

    /// Whether it can be sent more than once.
    pub(super) fn is_repeatable(&self) -> bool {
        !self.is_stream
    }

    /// The request, to be sent.
    ///
    /// # Errors
    ///
    /// It was sent before, and there is no copy of it.
    pub(super) fn next(&mut self) -> Result<Request, Error> {
        let spent = || Error::request("a body that is a stream is sent once");
        let stream = if self.is_stream {
            Some(self.request.body_mut().take().ok_or_else(spent)?)
        } else {
            None
        };
        let mut next = self.request.try_clone().ok_or_else(spent)?;
        if stream.is_some() {
            *next.body_mut() = stream;
        }
        Ok(self.with_headers(next))
    }

    /// A copy without the body and what describes it.
    pub(super) fn bare_head(&self) -> Request {
        let url = self.request.url().clone();
        let mut bare = Request::new(self.method().clone(), url);
        *bare.version_mut() = self.request.version();
        *bare.timeout_mut() = self.request.timeout().copied();
        let headers = self.request.headers().iter();
        let kept = headers.filter(|(name, _)| !name.as_str().starts_with("content-"));
        bare.headers_mut().extend(kept.map(|(name, value)| (name.clone(), value.clone())));
        self.with_headers(bare)
    }

    fn with_headers(&self, mut request: Request) -> Request {
        self.operation.prepare(&mut request);
        if let Some(id) = self.id.header() {
            request.headers_mut().insert(REQUEST_ID, id);
        }
        request
    }
}

#[cfg(test)]
impl Outgoing {
    /// A request of a call that sells tokens.
    pub(crate) fn example(request: Request) -> Box<Self> {
        Self::new(&crate::auth::TOKEN_OPERATION, RequestId(1), request)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::header::{CONTENT_TYPE, HeaderValue};
    use reqwest::Body;

    use super::*;
    fn outgoing(change: impl FnOnce(&mut Request)) -> Box<Outgoing> {
        let url = "http://localhost/a%20b?c=%2F&d#e".parse().unwrap();
        let mut request = Request::new(Method::POST, url);
        change(&mut request);
        Outgoing::example(request)
    }

    #[test]
    fn the_target_is_the_path_and_the_query_as_sent() {
        assert_eq!(outgoing(|_| ()).target(), "/a%20b?c=%2F&d");
        let root = outgoing(|request| request.url_mut().set_path(""));
        assert_eq!(root.target(), "/?c=%2F&d");
    }

    #[test]
    fn a_copy_is_as_the_first_was() {
        for has_body in [true, false] {
            let mut outgoing = outgoing(|request| {
                let headers = request.headers_mut();
                headers.append("x-more", HeaderValue::from_static("1"));
                headers.append("x-more", HeaderValue::from_static("2"));
                *request.timeout_mut() = Some(Duration::from_secs(7));
                *request.body_mut() = has_body.then(|| "body".into());
            });
            let (first, copy) = (outgoing.next().unwrap(), outgoing.next().unwrap());
            assert_eq!(first.headers(), copy.headers());
            assert_eq!(first.headers().len(), if has_body { 5 } else { 4 });
            let told = |request: &Request| {
                let body = request.body().and_then(Body::as_bytes).map(<[u8]>::to_vec);
                let (method, url) = (request.method().clone(), request.url().clone());
                (method, url, request.version(), request.timeout().copied(), body)
            };
            assert_eq!(told(&first), told(&copy));
            let bare = outgoing.bare_head();
            assert!(bare.body().is_none() && !bare.headers().contains_key(CONTENT_TYPE));
            assert_eq!(bare.headers().len(), 4);
        }
    }

    #[test]
    fn a_body_that_is_a_stream_is_sent_once() {
        let chunks = futures_util::stream::iter([Ok::<_, Error>("part")]);
        let mut outgoing = outgoing(|request| {
            *request.body_mut() = Some(Body::wrap_stream(chunks));
        });
        assert!(outgoing.has_body() && !outgoing.is_repeatable());
        assert!(outgoing.next().unwrap().body().is_some());
        assert!(outgoing.next().unwrap_err().is_request());
    }
}
