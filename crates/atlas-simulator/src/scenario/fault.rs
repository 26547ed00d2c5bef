//! The faults.

use std::collections::BTreeMap;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use super::json_error::shortened;

/// What goes wrong with a request.
///
/// In JSON a fault is its name in snake case, with its fields if it has any: `"stall_headers"`,
/// `{"delay": {"milliseconds": 250}}`, `{"html_service_unavailable": {"retry_after": 5}}`,
/// `{"add_headers": {"headers": {"sunset": "Thu, 1 Jul 2027 00:00:00 GMT"}}}`. Optional fields may be
/// omitted.
///
/// Faults that are based on the normal response, and [`LoseResponse`](Self::LoseResponse), execute
/// the request: the credential is checked, the rate limit counts the request, and its effects
/// happen. All other faults have no effects. At the OAuth endpoints
/// [`UnexpectedError`](Self::UnexpectedError), [`Unauthorized`](Self::Unauthorized),
/// [`Forbidden`](Self::Forbidden) and [`RateLimited`](Self::RateLimited) have the format of those
/// endpoints' errors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// The service's own 500, `UNEXPECTED_ERROR`.
    UnexpectedError,
    /// 500 without a body and without a content type.
    EmptyServerError,
    /// 502 with the HTML page of a gateway. The page is invented.
    HtmlBadGateway,
    /// 503 with an HTML page. Its title is the observed one; the rest of the page is invented.
    HtmlServiceUnavailable {
        /// The seconds in the `Retry-After` header. Without them the header is absent.
        retry_after: Option<u64>,
    },
    /// The 401 challenge, even if the credential is valid.
    Unauthorized,
    /// 401 without a body and without a challenge, as observed during long polls.
    EmptyUnauthorized,
    /// 403: the caller's address is not on the access list.
    Forbidden,
    /// 403 without a body, as sent by a firewall in front of the service.
    EmptyForbidden,
    /// 429, even if the limit is not reached. Its numbers are those of the scenario.
    RateLimited {
        /// The seconds in the `Retry-After` header. Without them the header is absent and the
        /// error's text says 0.
        retry_after: Option<u64>,
    },
    /// 429 with an HTTP date in `Retry-After`.
    RateLimitedUntil {
        /// How far the date is in the future, in wall clock seconds.
        seconds: u64,
    },
    /// The normal response, delayed.
    Delay {
        /// The delay, in real time.
        milliseconds: u64,
    },
    /// The request is read and never gets a response. The connection stays open until the client
    /// closes it or the simulator stops.
    StallHeaders,
    /// A status line and headers that arrive byte by byte and never end.
    SlowHeaders,
    /// The first half of the normal response's body, and then nothing. The connection stays open
    /// until the client closes it or the simulator stops. A 204, which has no body, is unaffected.
    StallBody,
    /// The first half of the normal response's body before the connection is closed. A 204, which
    /// has no body, is unaffected: use [`LoseResponse`](Self::LoseResponse) for those.
    TruncateBody,
    /// 200 with the expected content type and a JSON body of spaces that ends in `{}`. It is sent in
    /// chunks without a length, so that only a limit of the reader stops it.
    HugeBody {
        /// The size of the body. It is at least 2.
        bytes: u64,
    },
    /// 200 with the expected content type and a small gzipped body that expands to spaces and `{}`,
    /// even if the client did not ask for gzip.
    GzipBomb {
        /// The size of the expanded body. It is at least 2.
        bytes: u64,
    },
    /// The normal response with the content type `text/plain`.
    WrongContentType,
    /// The normal response with these headers, which replace headers of the same name.
    ///
    /// `content-length`, `transfer-encoding` and invalid headers cannot be set: the response is then
    /// a 500 that says so.
    AddHeaders {
        /// The values by name.
        headers: BTreeMap<String, String>,
    },
    /// The connection is reset before the request is executed.
    ResetConnection,
    /// The request is executed, and the connection is reset before the response is sent: the effects
    /// happen, and the client cannot know.
    LoseResponse,
    /// The normal response, after which the server closes the connection without having announced
    /// it.
    CloseAfterResponse,
    /// Any other response, without headers of the service.
    ///
    /// If the status is not from 200 to 599 or the content type is not a valid header value, the
    /// response is a 500 that says so.
    Respond {
        /// The status.
        status: u16,
        /// The content type, if any.
        content_type: Option<String>,
        /// The body.
        body: String,
    },
}

impl Fault {
    /// Returns whether the fault changes the normal response instead of replacing it.
    pub(crate) fn uses_normal_response(&self) -> bool {
        matches!(
            self,
            Self::Delay { .. }
                | Self::StallBody
                | Self::TruncateBody
                | Self::WrongContentType
                | Self::AddHeaders { .. }
                | Self::CloseAfterResponse
                | Self::LoseResponse
        )
    }

    /// Checks that the fault's response is valid HTTP.
    pub(super) fn validate(&self) -> Result<(), String> {
        match self {
            Self::Respond { status, content_type, .. } => {
                fault_status_and_type(*status, content_type.as_deref()).map(|_| ())
            }
            Self::AddHeaders { headers } => {
                headers.iter().try_for_each(|(name, value)| fault_header(name, value).map(|_| ()))
            }
            _ => Ok(()),
        }
    }
}

/// Parses the status and the content type of [`Fault::Respond`].
pub(crate) fn fault_status_and_type(
    status: u16,
    content_type: Option<&str>,
) -> Result<(StatusCode, Option<HeaderValue>), String> {
    let code = StatusCode::from_u16(status).ok().filter(|_| (200..600).contains(&status));
    match (code, content_type.map(HeaderValue::from_str).transpose()) {
        (Some(code), Ok(content_type)) => Ok((code, content_type)),
        _ => Err(format!(
            "The simulator cannot respond with the status {status} and the content type \
             {content_type:?}."
        )),
    }
}

/// Parses a header of [`Fault::AddHeaders`].
pub(crate) fn fault_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        (Ok(name), Ok(value)) if name != CONTENT_LENGTH && name != TRANSFER_ENCODING => {
            Ok((name, value))
        }
        // The value is not shown: it may be a secret.
        _ => {
            let name = shortened(name, 64);
            Err(format!("The simulator cannot respond with the header \"{name}\" and that value."))
        }
    }
}
