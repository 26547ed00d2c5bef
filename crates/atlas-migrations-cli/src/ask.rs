//! Asking the person at the terminal, or whatever writes to stdin.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use atlas_migrations::Secret;

use crate::arguments::Confirmation;
use crate::failure::{Exit, Failure};
use crate::input;

/// More than any answer, or the file of a password, has.
const MOST_BYTES: u64 = 64 << 10;

/// Asks whether to go on, and fails where the answer is not yes.
pub fn confirm(confirmation: &Confirmation, question: &str) -> Result<(), Failure> {
    if confirmation.yes {
        return Ok(());
    }
    write!(io::stderr(), "{question} [y/N] ")?;
    let answer = input::answer(MOST_BYTES);
    if !io::stdin().is_terminal() {
        // Nobody has ended the line by typing an answer.
        writeln!(io::stderr())?;
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
            Some(answer.map_err(|error| {
                let problem = Failure::new("cannot read the source's password");
                problem.because(&error).exit(Exit::Usage)
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
