//! The kinds of [`Error`](super::Error).

use std::error::Error as StdError;
use std::io;

use super::decode::DecodeProblem;
use crate::foreign_text::ForeignText;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The request cannot be sent as it is.
    Request,
    /// There was no connection.
    Connect(ConnectProblem),
    /// The time ran out.
    Timeout(TimeoutKind),
    /// The connection broke after the client began to send the request.
    Transport,
    /// The service sent an error response.
    ErrorResponse,
    /// The body, or what it decodes to, is larger than allowed.
    TooLarge { limit: usize, is_decoded: bool },
    /// The body of a success is not what the operation promises.
    Decode(DecodeProblem),
    /// The caller used the wrong method to read the response.
    Misread,
    /// The service did not prove that it knows the key.
    MutualAuthFailed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeoutKind {
    /// Nothing arrived for too long.
    Idle,
    /// One attempt took too long.
    Attempt,
    /// The call with all its attempts took too long.
    Call,
}

/// Why there was no connection, if known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConnectProblem {
    /// TLS failed, for example because of the server's certificate.
    Tls,
    /// Unknown. The connection goes through this proxy.
    Proxy(ForeignText),
    Unknown,
}

impl Kind {
    /// Returns the kind of an error of reqwest.
    pub(super) fn of_reqwest(error: &reqwest::Error) -> Self {
        if error.is_builder() {
            Self::Request
        } else if error.is_connect() {
            let is_tls = is_about_tls(error);
            Self::Connect(if is_tls { ConnectProblem::Tls } else { ConnectProblem::Unknown })
        } else if error.is_timeout() {
            Self::Timeout(TimeoutKind::Idle)
        } else {
            Self::Transport
        }
    }

    /// Returns a word from a closed list, for spans and metrics.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Connect(_) => "connect",
            Self::Timeout(_) => "timeout",
            Self::Transport => "transport",
            Self::ErrorResponse => "error_response",
            Self::TooLarge { .. } => "too_large",
            Self::Decode(_) => "decode",
            Self::Misread => "misread",
            Self::MutualAuthFailed => "mutual_auth_failed",
        }
    }
}

/// Returns whether an error, or one of its sources, comes from rustls.
fn is_about_tls(error: &(dyn StdError + 'static)) -> bool {
    // `io::Error::source` skips the error that it wraps.
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.is::<rustls::Error>()
        || wrapped.is_some_and(|wrapped| is_about_tls(wrapped))
        || error.source().is_some_and(is_about_tls)
}
