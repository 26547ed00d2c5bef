//! [`Outgoing`]: a request that is sent as often as need be.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, Method, Version};
use reqwest::{Body, Request, Url};

use super::Call;
use crate::error::Error;
use crate::operation::Operation;
use crate::request_id::RequestId;

/// The header that tells the service what this client calls the call.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request that is sent as often as need be: at first as it was made, then copies of it.
///
/// Hardly any is sent more than once. So what is kept for copies is little: not the headers that every
/// request of the operation and the call has.
pub(crate) struct Outgoing {
    first: Option<Request>,
    operation: &'static Operation,
    id: RequestId,
    method: Method,
    url: Url,
    version: Version,
    timeout: Option<Duration>,
    other_headers: HeaderMap,
    body: Content,
}

enum Content {
    None,
    Whole(Bytes),
    /// Of this there is no copy.
    Stream,
}

impl Content {
    /// That of a request, which shares it.
    fn of(request: &mut Request) -> Self {
        let Some(body) = request.body_mut() else {
            return Self::None;
        };
        let Some(bytes) = body.as_bytes() else {
            return Self::Stream;
        };
        let bytes = Bytes::copy_from_slice(bytes);
        *body = bytes.clone().into();
        Self::Whole(bytes)
    }
}

impl Outgoing {
    /// A prepared request of a call.
    pub(super) fn new(call: &Call, mut request: Request) -> Self {
        let Call { operation, id, .. } = *call;
        add_id(&mut request, id);
        let is_other = |name: &HeaderName, value: &[u8]| match *name {
            ACCEPT => value != operation.accept.as_bytes(),
            CONTENT_TYPE => operation.content_type.is_none_or(|known| value != known.as_bytes()),
            _ => *name != REQUEST_ID,
        };
        let headers = request.headers().iter();
        let others = headers.filter(|(name, value)| is_other(name, value.as_bytes()));
        Self {
            operation,
            id,
            method: request.method().clone(),
            url: request.url().clone(),
            version: request.version(),
            timeout: request.timeout().copied(),
            other_headers: others.map(|(name, value)| (name.clone(), value.clone())).collect(),
            body: Content::of(&mut request),
            first: Some(request),
        }
    }

    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    /// Path and query, as they are sent.
    pub(crate) fn target(&self) -> &str {
        let whole = self.url.as_str();
        let behind = |part: Option<&str>| part.map_or(0, |part| part.len() + 1);
        let end = whole.len() - behind(self.url.fragment());
        let start = end - behind(self.url.query()) - self.url.path().len();
        &whole[start..end]
    }

    /// Where it goes, once nothing more is to be sent.
    pub(super) fn into_url(self) -> Url {
        self.url
    }

    pub(super) fn has_body(&self) -> bool {
        !matches!(self.body, Content::None)
    }

    /// Whether it can be sent more than once.
    pub(super) fn is_repeatable(&self) -> bool {
        !matches!(self.body, Content::Stream)
    }

    /// The request, to be sent.
    ///
    /// # Errors
    ///
    /// It was sent before, and there is no copy of it.
    pub(super) fn next(&mut self) -> Result<Request, Error> {
        if let Some(first) = self.first.take() {
            return Ok(first);
        }
        match &self.body {
            Content::None => Ok(self.copy(None)),
            Content::Whole(body) => Ok(self.copy(Some(body.clone().into()))),
            Content::Stream => Err(Error::request("a body that is a stream is sent once")),
        }
    }

    /// A copy without the body and what describes it.
    pub(super) fn bare_head(&self) -> Request {
        let mut bare = self.copy(None);
        let headers = std::mem::take(bare.headers_mut());
        let kept = headers.iter().filter(|(name, _)| !name.as_str().starts_with("content-"));
        bare.headers_mut().extend(kept.map(|(name, value)| (name.clone(), value.clone())));
        bare
    }

    fn copy(&self, body: Option<Body>) -> Request {
        let mut copy = Request::new(self.method.clone(), self.url.clone());
        *copy.version_mut() = self.version;
        if let Some(timeout) = self.timeout {
            *copy.timeout_mut() = Some(timeout);
        }
        *copy.body_mut() = body;
        self.operation.prepare(&mut copy);
        add_id(&mut copy, self.id);
        // In the place of what is there of the same name.
        copy.headers_mut().extend(self.other_headers.clone());
        copy
    }
}

fn add_id(request: &mut Request, id: RequestId) {
    if let Some(id) = id.header() {
        request.headers_mut().insert(REQUEST_ID, id);
    }
}

#[cfg(test)]
impl Outgoing {
    /// A request of a call that sells tokens.
    pub(crate) fn example(request: Request) -> Self {
        let builder = super::Transport::builder().base_url("http://localhost");
        let transport = builder.bearer_token("token").build().unwrap();
        Self::new(&Call::new(&transport, &crate::auth::TOKEN_OPERATION, false), request)
    }
}

#[cfg(test)]
mod tests {
    use http::header::HeaderValue;

    use super::*;
    use crate::auth::TOKEN_OPERATION;

    fn outgoing(change: impl FnOnce(&mut Request)) -> Outgoing {
        let url = "http://localhost/a%20b?c=%2F&d#e".parse().unwrap();
        let mut request = Request::new(Method::POST, url);
        change(&mut request);
        TOKEN_OPERATION.prepare(&mut request);
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
    fn headers_of_the_request_itself_are_kept() {
        let url = "http://localhost/".parse().unwrap();
        let mut request = Request::new(Method::GET, url);
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/csv"));
        let mut outgoing = Outgoing::example(request);
        for _ in 0..2 {
            assert_eq!(outgoing.next().unwrap().headers()[ACCEPT], "text/csv");
        }
    }
}
