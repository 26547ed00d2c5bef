//! What can go wrong.

use std::collections::BTreeMap;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use crate::unreadable;

/// What goes wrong with a request.
///
/// In JSON a fault is its name in snake case, with its fields where it has some: `"stall_headers"`,
/// `{"delay": {"milliseconds": 250}}`, `{"html_service_unavailable": {"retry_after": 5}}`,
/// `{"add_headers": {"headers": {"sunset": "Thu, 1 Jul 2027 00:00:00 GMT"}}}`. A field that may be
/// missing may be left out.
///
/// Where a fault is said to have the ordinary answer, the request is dealt with like any other:
/// its credential is checked, it is counted against the limits, and what it does, it does; so it is
/// with [`LoseAnswer`](Self::LoseAnswer). Other faults do and use up nothing. At the token endpoint [`UnexpectedError`](Self::UnexpectedError),
/// [`Unauthorized`](Self::Unauthorized), [`Forbidden`](Self::Forbidden) and
/// [`RateLimited`](Self::RateLimited) have the shape of that endpoint's own errors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// The service's own 500, `UNEXPECTED_ERROR`.
    UnexpectedError,
    /// 500 without a body and without a content type.
    EmptyServerError,
    /// 502 with an HTML page, as a gateway gives it. The page is invented.
    HtmlBadGateway,
    /// 503 with an HTML page titled as the one that was seen. The rest of the page is invented.
    HtmlServiceUnavailable {
        /// The `Retry-After` header's seconds. Without them the header is missing.
        retry_after: Option<u64>,
    },
    /// The 401 challenge, although the credential may be good.
    Unauthorized,
    /// 401 without a body and without a challenge, as was seen in the middle of long polls.
    EmptyUnauthorized,
    /// 403: the caller's address is not on the access list.
    Forbidden,
    /// 403 without a body, as a firewall before the service gives it.
    EmptyForbidden,
    /// 429, although the limit may not be reached. The numbers in it are those of the scenario.
    RateLimited {
        /// The `Retry-After` header's seconds. Without them the header is missing, and the text
        /// says 0.
        retry_after: Option<u64>,
    },
    /// 429 with an HTTP date for `Retry-After`.
    RateLimitedUntil {
        /// How many seconds from now, by the wall clock, the date lies.
        seconds: u64,
    },
    /// The ordinary answer, late.
    Delay {
        /// How late, in real time.
        milliseconds: u64,
    },
    /// The request is taken and never answered. The connection stays open until the client closes
    /// it or the simulator stops.
    StallHeaders,
    /// A status line and headers that come byte by byte and never end.
    SlowHeaders,
    /// The ordinary answer, of whose body only the first half is sent, and then nothing. The
    /// connection stays open until the client closes it or the simulator stops. A 204, which can
    /// have no body, is as it always is.
    StallBody,
    /// The ordinary answer, of whose body only the first half is sent before the connection is
    /// closed. A 204, which can have no body, is as it always is: [`LoseAnswer`](Self::LoseAnswer)
    /// loses that.
    TruncateBody,
    /// 200 with the right content type and a JSON body of spaces that ends in `{}`. It comes in
    /// chunks without an announced length, so that only a limit of the reader stops it.
    HugeBody {
        /// The body's size. It is at least 2.
        bytes: u64,
    },
    /// 200 with the right content type and a small gzipped body that expands to spaces and `{}`,
    /// whether the client asked for gzip or not.
    GzipBomb {
        /// What it expands to. It is at least 2.
        bytes: u64,
    },
    /// The ordinary answer, said to be `text/plain`.
    WrongContentType,
    /// The ordinary answer with these headers, which replace those of the same name that it has.
    ///
    /// `content-length` and `transfer-encoding`, which say where the answer ends, cannot be set,
    /// and a text that is no header cannot either: the answer is then a 500 whose text says so.
    AddHeaders {
        /// The values by name.
        headers: BTreeMap<String, String>,
    },
    /// The connection is reset before anything is done or answered.
    ResetConnection,
    /// The request is dealt with like any other, and then the connection is reset before anything
    /// is answered: what the request does is done, and its client cannot know.
    LoseAnswer,
    /// The ordinary answer, after which the server closes the connection, although the answer did
    /// not say so.
    CloseAfterAnswer,
    /// Any other answer, without headers of the service.
    ///
    /// Where the status is not from 200 to 599 or the content type is no header value, the answer
    /// is a 500 whose text says so.
    Respond {
        /// The status.
        status: u16,
        /// The content type, where there is to be one.
        content_type: Option<String>,
        /// The body.
        body: String,
    },
}

impl Fault {
    /// Whether the fault does something to the ordinary answer, and does not replace it.
    pub(crate) fn has_ordinary_answer(&self) -> bool {
        matches!(
            self,
            Self::Delay { .. }
                | Self::StallBody
                | Self::TruncateBody
                | Self::WrongContentType
                | Self::AddHeaders { .. }
                | Self::CloseAfterAnswer
                | Self::LoseAnswer
        )
    }

    /// What is wrong with the fault, in words, where it cannot be done.
    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Self::Respond { status, content_type, .. } => {
                response(*status, content_type.as_deref()).map(|_| ())
            }
            Self::AddHeaders { headers } => {
                headers.iter().try_for_each(|(name, value)| header(name, value).map(|_| ()))
            }
            _ => Ok(()),
        }
    }
}

/// The status and the content type of any other answer, where there can be such an answer.
pub(super) fn response(
    status: u16,
    content_type: Option<&str>,
) -> Result<(StatusCode, Option<HeaderValue>), String> {
    let code = StatusCode::from_u16(status).ok().filter(|_| (200..600).contains(&status));
    match (code, content_type.map(HeaderValue::from_str).transpose()) {
        (Some(code), Ok(content_type)) => Ok((code, content_type)),
        _ => Err(format!(
            "The simulator cannot answer with the status {status} and the content type \
             {content_type:?}."
        )),
    }
}

/// A header that can be added to an answer.
pub(super) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        (Ok(name), Ok(value)) if name != CONTENT_LENGTH && name != TRANSFER_ENCODING => {
            Ok((name, value))
        }
        // The value may be a secret.
        _ => {
            let name = unreadable::shown(name, 64);
            Err(format!("The simulator cannot answer with the header \"{name}\" and that value."))
        }
    }
}
