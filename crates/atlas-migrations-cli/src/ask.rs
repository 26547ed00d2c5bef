//! Asking the person at the terminal, or whatever writes to stdin.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use atlas_migrations::Secret;

use crate::failure::{Exit, Failure};
use crate::input;
use crate::interrupt;
use crate::terminal::{self, Line};

/// More than any answer, or the file of a password, has.
const MOST_BYTES: u64 = 64 << 10;

/// What is asked before a step that cannot be undone.
pub struct Question {
    /// What the step is about.
    pub about: Vec<Line>,
    pub question: String,
}

/// Asks whether to go on, and fails where the answer is not yes.
pub fn confirm(Question { about, question }: &Question) -> Result<(), Failure> {
    terminal::ask(about, &Line::from(format!("{question} [y/N]")));
    let answer = input::answer(MOST_BYTES);
    if !io::stdin().is_terminal() {
        // Nobody has ended the line by typing an answer.
        terminal::note("");
    }
    match answer.map_err(|error| Failure::new("cannot read the answer").because(&error))? {
        None => Err(Failure::new("nothing was done, for there was no answer")
            .exit(Exit::Usage)
            .hint("give --yes where nobody can be asked")),
        Some(answer) if ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()) => Ok(()),
        Some(_) => Err(Failure::new("nothing was done, as you said")),
    }
}

/// The password of the source's user: from a file, else from stdin, where a terminal is asked.
pub fn source_password(file: Option<&Path>) -> Result<Secret, Failure> {
    let password = match file {
        None if io::stdin().is_terminal() => {
            let answer = rpassword::prompt_password("Password of the source's user: ");
            // While a terminal is asked Ctrl-C is no signal, but a character.
            Some(answer.map_err(|error| {
                match error.kind() {
                    io::ErrorKind::Interrupted => interrupt::nothing_changed(),
                    _ => Failure::new("cannot read the source's password")
                        .because(&error)
                        .exit(Exit::Usage),
                }
            })?)
        }
        file => {
            let file = file.unwrap_or(Path::new("-"));
            input::first_line(
                file,
                MOST_BYTES,
                "the password of the source's user in its first line",
            )?
        }
    };
    match password {
        Some(password) if !password.is_empty() => Ok(Secret::from(password)),
        _ => Err(Failure::new("no password for the source's user")
            .exit(Exit::Usage)
            .hint("write it to stdin, or give --source-password-file")),
    }
}
