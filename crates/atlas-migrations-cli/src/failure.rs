//! How the program ends where it does not end well.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use atlas_migrations::{Error, ErrorCode};
use serde_json::{Value, json};

use crate::arguments::Output;
use crate::terminal::harmless;

/// What an exit code means. `--help` and the README list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Other = 1,
    Usage = 2,
    NotAuthorised = 3,
    NotFound = 4,
    Rejected = 5,
    RateLimited = 6,
    Service = 7,
    MigrationFailed = 8,
    MigrationExpired = 9,
    TimedOut = 10,
    Interrupted = 130,
}

/// What went wrong, for a person, and the exit code for a program.
#[derive(Debug)]
pub struct Failure {
    message: String,
    hint: Option<String>,
    exit: Exit,
    /// What the service said, where it was asked.
    error: Option<Error>,
}

impl Failure {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, exit: Exit::Other, error: None }
    }

    pub fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds an error and what lies behind it to the message.
    pub fn because(mut self, error: &dyn std::error::Error) -> Self {
        for error in std::iter::successors(Some(error), |error| error.source()) {
            // Writing into a string cannot fail.
            let _ = write!(self.message, ": {error}");
        }
        self
    }

    /// Tells the person, or the program that reads JSON, and returns the exit code.
    pub fn report(self, output: Output) -> ExitCode {
        let text = match output {
            Output::Table => self.text(),
            Output::Json => format!("{}\n", self.json()),
        };
        // Where stderr is closed there is nobody left to tell.
        let _ = io::stderr().write_all(text.as_bytes());
        ExitCode::from(self.exit as u8)
    }

    fn text(&self) -> String {
        // Some of it is what a server said.
        let lines: Vec<_> = self.message.lines().map(harmless).collect();
        let mut text = format!("error: {}\n", lines.join("\n"));
        let id = self.error.as_ref().and_then(Error::request_id).map(|id| id.to_string());
        for (name, value) in [("hint", &self.hint), ("request id", &id)] {
            if let Some(value) = value {
                let _ = writeln!(text, "{name}: {value}");
            }
        }
        text
    }

    fn json(&self) -> Value {
        let error = self.error.as_ref();
        json!({
            "error": self.message,
            "hint": self.hint,
            "exit_code": self.exit as u8,
            "operation": error.and_then(Error::operation).map(|operation| operation.id),
            "status": error.and_then(Error::status).map(|status| status.as_u16()),
            "error_code": error.and_then(Error::code).map(ErrorCode::as_str),
            "detail": error.and_then(Error::detail),
            "parameters": error.map(Error::parameters),
            "retry_after_seconds": error.and_then(Error::retry_after).map(|wait| wait.as_secs()),
            "may_have_taken_effect": error.map(Error::may_have_taken_effect),
            "attempts": error.map(Error::attempts),
            "request_id": error.and_then(Error::request_id).map(|id| id.to_string()),
        })
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            message: error.summary(),
            hint: error.hint().map(Into::into),
            exit: exit_of(&error),
            error: Some(error),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new("cannot write the output").because(&error)
    }
}

/// The exit code that goes with an error of the service.
pub fn exit_of(error: &Error) -> Exit {
    if error.is_timeout() {
        return Exit::TimedOut;
    }
    if error.is_request() {
        return Exit::Usage;
    }
    match error.status().map(|status| status.as_u16()) {
        Some(401 | 403) => Exit::NotAuthorised,
        Some(404) => Exit::NotFound,
        Some(429) => Exit::RateLimited,
        Some(400..=499) => Exit::Rejected,
        _ => Exit::Service,
    }
}
