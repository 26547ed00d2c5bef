//! The predicates of [`Error`].

use http::StatusCode;

use super::call_error::Error;
use super::kind::Kind;

impl Error {
    /// Returns whether Atlas may have executed the request although the call failed. If so, find out
    /// before you repeat the call.
    ///
    /// Always false for an operation that only reads.
    pub fn may_have_taken_effect(&self) -> bool {
        self.decision().may_have_taken_effect
    }

    /// The client refused the request and never sent it. Nothing was changed.
    pub fn is_request(&self) -> bool {
        *self.kind() == Kind::Request
    }

    /// Returns whether not even the first byte of the request was sent: the client refused it, could not connect, or
    /// got no token for it.
    pub fn was_not_sent(&self) -> bool {
        self.is_request() || self.is_connect() || self.0.token_operation.is_some()
    }

    /// The client could not connect.
    pub fn is_connect(&self) -> bool {
        matches!(self.kind(), Kind::Connect(_))
    }

    /// The time ran out.
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind(), Kind::Timeout(_))
    }

    /// The exchange did not complete: no connection, a broken connection or a timeout.
    pub fn is_transport(&self) -> bool {
        matches!(self.kind(), Kind::Connect(_) | Kind::Transport | Kind::Timeout(_))
    }

    /// The body is larger than allowed, or takes too much memory to decode.
    pub fn is_too_large(&self) -> bool {
        matches!(self.kind(), Kind::TooLarge { .. })
    }

    /// The body of a success is not what the operation promises.
    pub fn is_decode(&self) -> bool {
        matches!(self.kind(), Kind::Decode(_))
    }

    /// The caller used the wrong method to read the response, such as
    /// [`RawResponse::json`](crate::RawResponse::json) for a response with an envelope.
    pub fn is_misread(&self) -> bool {
        *self.kind() == Kind::Misread
    }

    /// 401: the credential is missing, wrong or expired, or lacks a role.
    pub fn is_unauthorized(&self) -> bool {
        self.has_status(StatusCode::UNAUTHORIZED)
    }

    /// 403: the credential does not permit the call, or not from this address.
    pub fn is_forbidden(&self) -> bool {
        self.has_status(StatusCode::FORBIDDEN)
    }

    /// 404: the resource does not exist.
    pub fn is_not_found(&self) -> bool {
        self.has_status(StatusCode::NOT_FOUND)
    }

    /// 409: the request conflicts with the state of the resource.
    pub fn is_conflict(&self) -> bool {
        self.has_status(StatusCode::CONFLICT)
    }

    /// 429: too many requests.
    pub fn is_rate_limited(&self) -> bool {
        self.has_status(StatusCode::TOO_MANY_REQUESTS)
    }

    /// 5xx: the service failed.
    pub fn is_server(&self) -> bool {
        self.is_error_response() && self.status().is_some_and(|status| status.is_server_error())
    }

    fn is_error_response(&self) -> bool {
        *self.kind() == Kind::ErrorResponse
    }

    fn has_status(&self, status: StatusCode) -> bool {
        self.is_error_response() && self.status() == Some(status)
    }
}
