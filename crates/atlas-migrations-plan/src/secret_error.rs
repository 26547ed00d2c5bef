//! [`SecretError`]: why a secret cannot be read.

use std::{fmt, io};

/// Says why a secret cannot be read. It never has the secret or a part of it.
#[derive(Debug)]
pub struct SecretError {
    source: String,
    problem: SecretProblem,
}

/// What is wrong with the source of a secret.
#[derive(Debug)]
#[non_exhaustive]
pub enum SecretProblem {
    /// The environment variable is not set.
    NotSet,
    /// The secret is not UTF-8 text.
    NotText,
    /// The secret is empty.
    Empty,
    /// The secret has more bytes than this.
    TooLong(u64),
    /// The file cannot be read, or the program cannot be started.
    Io(io::Error),
    /// The program ended without success: its exit code, or none after a signal.
    Failed(Option<i32>),
    /// The program did not end in time. The value is the limit in seconds.
    Timeout(u64),
    /// A person has to type the secret, which is for the caller to ask for.
    NeedsPrompt,
}

impl SecretError {
    pub(crate) fn new(source: impl fmt::Display, problem: SecretProblem) -> Self {
        Self { source: source.to_string(), problem }
    }

    /// Returns what is wrong.
    pub fn problem(&self) -> &SecretProblem {
        &self.problem
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = &self.source;
        match &self.problem {
            SecretProblem::NotSet => {
                write!(formatter, "{source} is not set; set it to the secret and try again")
            }
            SecretProblem::NotText => write!(formatter, "{source} does not give UTF-8 text"),
            SecretProblem::Empty => write!(formatter, "{source} gives an empty secret"),
            SecretProblem::TooLong(limit) => {
                write!(
                    formatter,
                    "{source} gives more than {limit} bytes, which is no password or URL"
                )
            }
            SecretProblem::Io(error) => write!(formatter, "{source} cannot be read: {error}"),
            SecretProblem::Failed(Some(code)) => write!(
                formatter,
                "{source} ended with exit code {code}; run it yourself to see why (its output is not shown, because it could have the secret)"
            ),
            SecretProblem::Failed(None) => write!(formatter, "{source} was ended by a signal"),
            SecretProblem::Timeout(seconds) => write!(
                formatter,
                "{source} did not end within {seconds} seconds and was killed; its standard input is empty, so it cannot ask a person"
            ),
            SecretProblem::NeedsPrompt => write!(
                formatter,
                "{source} needs a terminal on which a person types it; use `env`, `file` or `command` where there is none"
            ),
        }
    }
}

impl std::error::Error for SecretError {}
