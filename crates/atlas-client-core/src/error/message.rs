//! The message of an [`Error`]: always one line.

use std::error::Error as StdError;
use std::fmt::{self, Write as _};

use bytes::Bytes;

use super::call_error::Error;
use super::kind::{Kind, TimeoutKind};
use crate::foreign_text::OneLine;
use crate::operation::Operation;

impl Error {
    /// Returns the message without the [`hint`](Self::hint).
    pub fn summary(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_summary(&mut text);
        text
    }

    fn write_summary(&self, writer: &mut dyn fmt::Write) -> fmt::Result {
        let f = &mut OneLine::new(writer);
        match (self.operation(), &self.0.path) {
            (Some(operation), Some(path)) => {
                write!(f, "{} ({} {path}) ", operation.id, operation.method)?;
            }
            (Some(operation), None) => write!(f, "{operation} ")?,
            (None, _) => f.write_str("the call ")?,
        }
        if let Some(Operation { method, path, .. }) = self.0.token_operation {
            write!(f, "was not sent because the request for a token ({method} {path}) ")?;
        }
        match self.kind() {
            Kind::Request => f.write_str("was not sent")?,
            Kind::Connect(_) => f.write_str("could not connect")?,
            Kind::Timeout(TimeoutKind::Idle) => f.write_str("received nothing for too long")?,
            Kind::Timeout(TimeoutKind::Attempt) => f.write_str("took too long")?,
            Kind::Timeout(TimeoutKind::Call) => {
                f.write_str("was given up when its time ran out")?;
            }
            Kind::Transport => f.write_str("lost its connection")?,
            Kind::ErrorResponse if self.status().is_some_and(|status| status.is_success()) => {
                f.write_str("succeeded before its body and its credential were sent")?;
            }
            Kind::ErrorResponse => f.write_str("failed")?,
            Kind::TooLarge { limit, is_decoded: false } => {
                write!(f, "received more than the limit of {limit} bytes")?;
            }
            Kind::TooLarge { limit, is_decoded: true } => write!(
                f,
                "received values that take more memory than the limit of {limit} bytes allows",
            )?,
            Kind::Decode(_) => f.write_str("received an unexpected body")?,
            Kind::MutualAuthFailed => {
                f.write_str("received a response from a server that does not know the key")?;
            }
            Kind::Misread => f.write_str("received a response that was read the wrong way")?,
        }
        if let Some(response) = &self.0.response {
            write!(f, ": {}", response.status)?;
            let body = &response.parsed;
            if let Some(code) = &body.code {
                write!(f, " {code}")?;
            }
            if let Some(text) = body.detail.as_ref().or(body.reason.as_ref()) {
                write!(f, ", {}", text.to_string().trim_end_matches('.'))?;
            }
        }
        if let Kind::Decode(problem) = self.kind() {
            write!(f, ", {problem}")?;
        }
        // The outer errors of the chain repeat the above. The innermost one says what happened.
        let chain = std::iter::successors(StdError::source(self), |error| (*error).source());
        if let Some(cause) = chain.last() {
            write!(f, ": {cause}")?;
        }
        if self.attempts() > 1 {
            write!(f, ", after {} attempts", self.attempts())?;
        }
        f.write_str(if self.may_have_taken_effect() {
            "; it may have taken effect anyway"
        } else {
            "; nothing was changed"
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_summary(f)?;
        match self.hint() {
            Some(hint) => write!(f, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", self.kind())
            .field("operation", &self.operation().map(|operation| operation.id))
            .field("path", &self.0.path)
            .field("status", &self.status())
            .field("code", &self.code())
            .field("detail", &self.detail())
            .field("body_length", &self.body().map(Bytes::len))
            .field("request_id", &self.request_id())
            .field("attempts", &self.attempts())
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
