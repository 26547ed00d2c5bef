//! Prompts for confirmations and passwords, on a terminal or from stdin.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use atlas_migrations::Secret;

use crate::error::CliError;
use crate::input;
use crate::interrupt;
use crate::terminal::{self, Line};

/// The maximum size of a response, and of a password file.
const MAX_BYTES: u64 = 64 << 10;

/// A confirmation prompt for a step that cannot be undone.
pub struct Confirm {
    /// Lines that describe the step.
    pub details: Vec<Line>,
    pub question: String,
}

impl Confirm {
    /// Asks for confirmation. Fails unless the response is yes.
    pub fn ask(&self) -> Result<(), CliError> {
        terminal::prompt(&self.details, &Line::from(format!("{} [y/N]", self.question)));
        let response = input::line_of_stdin(MAX_BYTES);
        if !io::stdin().is_terminal() {
            // On a terminal, the user ends the line by pressing Enter.
            terminal::note("");
        }
        let response = response
            .map_err(|error| CliError::new("cannot read the response").caused_by(&error))?;
        match response {
            None => Err(CliError::usage("nothing was done: there was no response")
                .hint("pass --yes where nobody can respond")),
            Some(text) if ["y", "yes"].contains(&text.trim().to_lowercase().as_str()) => Ok(()),
            Some(_) => Err(CliError::new("nothing was done: the response was not yes")),
        }
    }
}

/// Reads the password of the source user: from a file, else from a prompt on a terminal, else from stdin.
pub fn source_password(file: Option<&Path>) -> Result<Secret, CliError> {
    let password = match file {
        None if io::stdin().is_terminal() => {
            let typed = rpassword::prompt_password("Password of the source user: ");
            // During this prompt, Ctrl-C is a character and not a signal.
            Some(typed.map_err(|error| match error.kind() {
                io::ErrorKind::Interrupted => interrupt::nothing_changed(),
                _ => CliError::usage("cannot read the source password").caused_by(&error),
            })?)
        }
        file => {
            let file = file.unwrap_or(Path::new("-"));
            input::first_line(file, MAX_BYTES, "the password of the source user in the first line")?
        }
    };
    match password {
        Some(password) if !password.is_empty() => Ok(Secret::from(password)),
        _ => Err(CliError::usage("no password for the source user")
            .hint("write it to stdin, or pass --source-password-file")),
    }
}

/// Reads the password of a source user from a prompt. Fails without a terminal.
pub fn typed_source_password() -> Result<Secret, CliError> {
    if io::stdin().is_terminal() {
        return source_password(None);
    }
    Err(CliError::usage("the plan asks a person for a password, and there is no terminal")
        .hint("give the password's `env`, `file` or `command` in the plan"))
}
