//! [`Response`]: the value that a call returns, with its metadata.

use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::decoded_size;
use crate::error::{DecodeProblem, Error, ErrorBody, ErrorCode, Kind, decode};
use crate::headers::{RateLimit, date};
use crate::raw_response::RawResponse;

/// The value that a call returned, with the status and the headers of the response.
#[derive(Clone, Debug)]
pub struct Response<T> {
    value: T,
    metadata: Metadata,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, metadata: Metadata) -> Self {
        Self { value, metadata }
    }

    /// Returns the value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Returns the value and drops the metadata.
    pub fn into_value(self) -> T {
        self.value
    }

    /// Returns the status and the headers.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Converts the value and keeps the metadata.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Response<U> {
        Response::new(convert(self.value), self.metadata)
    }

    /// Converts the value, or reports what is missing from it.
    ///
    /// # Errors
    ///
    /// `convert` fails. The result is a [decode](Error::is_decode) error with its reason.
    pub fn try_map<U>(
        self,
        convert: impl FnOnce(T) -> Result<U, &'static str>,
    ) -> Result<Response<U>, Error> {
        match convert(self.value) {
            Ok(value) => Ok(Response::new(value, self.metadata)),
            Err(missing) => {
                let response = self.metadata.into_response();
                Err(Error::from_decode(DecodeProblem::new(missing), response))
            }
        }
    }
}

/// The status and the headers of a response.
#[derive(Clone)]
pub struct Metadata(Box<RawResponse>);

impl Metadata {
    /// Keeps all of a response but its body.
    pub(crate) fn of(mut response: Box<RawResponse>) -> Self {
        response.body = Bytes::new();
        Self(response)
    }

    pub(crate) fn into_response(self) -> RawResponse {
        *self.0
    }

    /// Returns the HTTP status: any of 200 to 299, listed in the document or not.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Returns the headers as received.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Returns since when this version of the operation is deprecated (`Deprecation`).
    pub fn deprecation(&self) -> Option<SystemTime> {
        date(&self.0.headers, "deprecation")
    }

    /// Returns when the service removes this version of the operation (`Sunset`).
    pub fn sunset(&self) -> Option<SystemTime> {
        date(&self.0.headers, "sunset")
    }

    /// Returns the rate limit, if the service reports it.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::read(&self.0.headers)
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metadata")
            .field("status", &self.0.status)
            .field("headers", &self.0.headers)
            .finish()
    }
}

impl RawResponse {
    /// Returns this response if it is a success, and its error otherwise.
    ///
    /// # Errors
    ///
    /// The status is not one of 200 to 299.
    pub fn error_for_status(self) -> Result<Self, Error> {
        if self.status.is_success() { Ok(self) } else { Err(Error::from_response(self)) }
    }

    /// Decodes the body of a success. A response with `envelope=true` needs
    /// [`envelope`](Self::envelope) instead.
    ///
    /// # Errors
    ///
    /// The status is not a success, the response has an envelope, or the body is not a `T`.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        if self.enveloped {
            let reason =
                "a response with envelope=true is decoded by `envelope()`, not by `json()`";
            return Err(Error::misread(reason).with_response(self));
        }
        self.decode()
    }

    /// Decodes the body of a success that was requested with `envelope=true`.
    ///
    /// # Errors
    ///
    /// The status is not a success, the response has no envelope, or the body is not an envelope
    /// around a `T`.
    pub fn envelope<T: DeserializeOwned>(self) -> Result<Envelope<T>, Error> {
        if !self.enveloped {
            let reason =
                "`envelope()` decodes only a response that was requested with envelope=true";
            return Err(Error::misread(reason).with_response(self));
        }
        self.decode()
    }

    fn decode<T: DeserializeOwned>(self) -> Result<T, Error> {
        let response = self.error_for_status()?;
        response.decode_body().map_err(|error| error.with_response(response))
    }

    /// Decodes the body, unless the value may take more memory than the limit on bodies allows.
    ///
    /// # Errors
    ///
    /// The value is too large, or the body is not a `T`. The error does not have the response yet.
    pub(crate) fn decode_body<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let limit = self.body_limit;
        if !decoded_size::is_within(&self.body, limit) {
            return Err(Error::new(Kind::TooLarge { limit, is_decoded: true }));
        }
        // Only a failure is worth the time to find the path of the field.
        serde_json::from_slice(&self.body)
            .or_else(|_| decode(&self.body))
            .map_err(|problem| Error::new(Kind::Decode(problem)))
    }

    /// Returns the error code in the body.
    pub(crate) fn error_code(&self) -> Option<ErrorCode> {
        ErrorBody::read(&self.body).code
    }
}

/// A response to `envelope=true`: the value and the HTTP status in one object.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Envelope<T> {
    /// The HTTP status.
    pub status: u16,
    /// The value that the same call returns without an envelope.
    pub content: T,
    /// Everything else in the envelope, such as `links`.
    #[serde(flatten)]
    pub unknown_fields: Map<String, Value>,
}
