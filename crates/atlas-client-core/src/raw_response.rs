//! [`RawResponse`]: a response as it was received.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::operation::Operation;
use crate::request_id::RequestId;

/// A response as it was received, with any status.
#[derive(Clone)]
pub struct RawResponse {
    pub(crate) operation: &'static Operation,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The number of bytes received, including those that were not kept.
    pub(crate) body_length: u64,
    /// The limit on the body's size. It also bounds what the body decodes to.
    pub(crate) body_limit: usize,
    /// What the caller can do about the response, if the transport knows.
    pub(crate) hint: Option<&'static str>,
    /// How to find out whether the call took effect, if known.
    pub(crate) find_out: Option<&'static str>,
    /// The path of the request, if known.
    path: Option<Box<str>>,
    /// The call's id and the number of attempts made.
    pub(crate) call: Option<(RequestId, u32)>,
    /// Whether the request asked for `envelope=true`.
    pub(crate) enveloped: bool,
}

impl RawResponse {
    pub(crate) fn new(
        operation: &'static Operation,
        status: StatusCode,
        headers: HeaderMap,
    ) -> Self {
        Self {
            operation,
            status,
            headers,
            body: Bytes::new(),
            body_length: 0,
            body_limit: usize::MAX,
            hint: None,
            find_out: None,
            path: None,
            call: None,
            enveloped: false,
        }
    }

    pub(crate) fn set_call(&mut self, path: &str, id: RequestId, attempts: u32) {
        self.path = Some(path.into());
        self.call = Some((id, attempts));
    }

    pub(crate) fn in_envelope(mut self, enveloped: bool) -> Self {
        self.enveloped = enveloped;
        self
    }

    /// Returns the path of the request, or the operation's template if the path is unknown.
    pub(crate) fn path(&self) -> &str {
        self.path.as_deref().unwrap_or(self.operation.path)
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers as received.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the body as received. Of an error response the first 64 KiB are kept.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns the number of bytes received, including those that were not kept.
    pub fn body_length(&self) -> u64 {
        self.body_length
    }
}

impl fmt::Debug for RawResponse {
    /// Omits the body, which may contain secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawResponse")
            .field("operation", &self.operation.id)
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}
