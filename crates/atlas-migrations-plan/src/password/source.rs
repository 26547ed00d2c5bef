//! [`PasswordSource`]: where the password of a source's user comes from.

use std::{fmt, path::Path};

use atlas_client_core::sanitize;
use atlas_migrations::Secret;
use serde_json::{Value, json};

use super::command;
use crate::{
    secret_error::{SecretError, SecretProblem},
    secret_source::SecretSource,
};

/// Where the password of a source's user comes from. The plan never has the password itself.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PasswordSource {
    /// An environment variable or a file.
    Secret(SecretSource),
    /// The standard output of a program, run without a shell for at most 10 seconds. One newline at the end is cut.
    Command(Vec<String>),
    /// A person types it. This needs a terminal.
    Prompt,
}

impl PasswordSource {
    /// Returns the source as JSON, as in a plan file.
    pub fn canonical(&self) -> Value {
        match self {
            Self::Secret(source) => source.canonical(),
            Self::Command(argv) => json!({ "command": argv }),
            Self::Prompt => json!({ "prompt": true }),
        }
    }

    /// Reads the password. Relative paths start at the folder, which is also the working folder of a program.
    ///
    /// A program gets the environment of this process and an empty standard input. It and what it starts are killed when the
    /// future is dropped.
    ///
    /// # Errors
    /// The source gives no password. [`SecretProblem::NeedsPrompt`] tells the caller to ask a person.
    pub async fn read(&self, folder: &Path) -> Result<Secret, SecretError> {
        match self {
            Self::Secret(source) => source.read(folder),
            Self::Command(argv) => {
                command::read(argv, folder).await.map_err(|problem| SecretError::new(self, problem))
            }
            Self::Prompt => Err(SecretError::new(self, SecretProblem::NeedsPrompt)),
        }
    }

    /// Returns what is unsafe about the source, such as a file that every user of the machine can read.
    pub fn warning(&self, folder: &Path) -> Option<String> {
        match self {
            Self::Secret(source) => source.warning(folder),
            Self::Command(_) | Self::Prompt => None,
        }
    }
}

impl fmt::Display for PasswordSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(source) => source.fmt(formatter),
            // Arguments could have a secret of their own.
            Self::Command(argv) => {
                let program = argv.first().map_or("", String::as_str);
                write!(formatter, "the command `{}`", sanitize(program))
            }
            Self::Prompt => formatter.write_str("the password"),
        }
    }
}
