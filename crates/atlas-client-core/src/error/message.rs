//! What an [`Error`] says of itself: one line, whatever the service said.

use std::error::Error as StdError;
use std::fmt::{self, Write as _};

use super::{DecodeProblem, Error, Kind, TimeoutKind};
use crate::foreign_text::OneLine;
use crate::operation::Operation;

impl Error {
    /// The message without the advice that [`hint`](Self::hint) gives.
    pub fn summary(&self) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
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
            write!(f, "was not sent, for the request for a token ({method} {path}) ")?;
        }
        match &self.0.kind {
            Kind::Request => f.write_str("was not sent")?,
            Kind::Connect(_) => f.write_str("could not connect")?,
            Kind::Timeout(TimeoutKind::Idle) => f.write_str("received nothing for too long")?,
            Kind::Timeout(TimeoutKind::Attempt) => f.write_str("took too long")?,
            Kind::Timeout(TimeoutKind::Call) => {
                f.write_str("was given up when its time ran out")?;
            }
            Kind::Transport => f.write_str("lost its connection")?,
            Kind::Answer if self.status().is_some_and(|status| status.is_success()) => {
                f.write_str("was answered before its body and its credential were sent")?;
            }
            Kind::Answer => f.write_str("failed")?,
            Kind::TooLarge { limit, is_decoded: false } => {
                write!(f, "was answered with more than the {limit} bytes allowed")?;
            }
            Kind::TooLarge { limit, is_decoded: true } => write!(
                f,
                "was answered with values that take more memory than a limit of {limit} bytes allows",
            )?,
            Kind::Decode(_) => f.write_str("was answered with something unexpected")?,
            Kind::NotMutual => f.write_str("was answered by somebody who does not know the key")?,
            Kind::Misread => f.write_str("was answered, and the answer was read the wrong way")?,
        }
        if let Some(answer) = &self.0.answer {
            write!(f, ": {}", answer.status)?;
            if let Some(code) = &answer.parsed.code {
                write!(f, " {code}")?;
            }
            if let Some(said) = answer.parsed.detail.as_ref().or(answer.parsed.reason.as_ref()) {
                write!(f, ", {}", said.to_string().trim_end_matches('.'))?;
            }
        }
        if let Kind::Decode(DecodeProblem { path, reason, excerpt }) = &self.0.kind {
            write!(f, ", at {path}: {reason}, in {excerpt}")?;
        }
        // The outer errors of a chain repeat what stands above; the innermost says what happened.
        let chain = std::iter::successors(StdError::source(self), |error| (*error).source());
        if let Some(cause) = chain.last() {
            write!(f, ": {cause}")?;
        }
        if self.0.attempts > 1 {
            write!(f, ", after {} attempts", self.0.attempts)?;
        }
        f.write_str(if self.may_have_taken_effect() {
            "; it may have taken effect all the same"
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
