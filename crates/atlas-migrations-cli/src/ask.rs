//! Asking the person at the terminal, or whatever writes to stdin.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _};
use std::path::Path;

use atlas_migrations::Secret;

use crate::failure::{Exit, Failure};
use crate::interrupt;
use crate::terminal::{self, Line};

/// What is asked before a step that cannot be undone.
pub struct Question {
    /// What the step is about.
    pub about: Vec<Line>,
    pub question: String,
}

/// Asks whether to go on, and fails where the answer is not yes.
pub fn confirm(Question { about, question }: &Question) -> Result<(), Failure> {
    terminal::ask(about, &Line::from(format!("{question} [y/N]")));
    let answer = line(&mut io::stdin().lock());
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
    let unreadable = |error: &io::Error| {
        Failure::new("cannot read the source's password").because(error).exit(Exit::Usage)
    };
    let password = match file {
        Some(path) if path.as_os_str() != "-" => {
            File::open(path).and_then(|file| line(&mut BufReader::new(file)))
        }
        None if io::stdin().is_terminal() => {
            rpassword::prompt_password("Password of the source's user: ").map(Some)
        }
        _ => line(&mut io::stdin().lock()),
    };
    // While a terminal is asked Ctrl-C is no signal, but a character.
    let password = password.map_err(|error| match error.kind() {
        io::ErrorKind::Interrupted => interrupt::nothing_changed(),
        _ => unreadable(&error),
    });
    match password? {
        Some(password) if !password.is_empty() => Ok(Secret::from(password)),
        _ => Err(Failure::new("no password for the source's user")
            .exit(Exit::Usage)
            .hint("write it to stdin, or give --source-password-file")),
    }
}

/// A line without its end, where there is one.
fn line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let end = line.trim_end_matches('\n').trim_end_matches('\r').len();
    line.truncate(end);
    Ok(Some(line))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_keeps_its_blanks() {
        let mut lines = " a b \r\n\nlast".as_bytes();
        let mut line = || super::line(&mut lines).unwrap();
        assert_eq!(
            [line(), line(), line(), line()],
            [Some(" a b ".into()), Some(String::new()), Some("last".into()), None]
        );
    }
}
