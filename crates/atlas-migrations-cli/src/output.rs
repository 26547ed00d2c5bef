//! What a command came to, for a person or a program.

use serde::Serialize;
use serde_json::json;

use crate::arguments::Output;
use crate::failure::{Exit, Failure};
use crate::interrupt;
use crate::terminal::{self, Line, Nowhere};

/// Shows what the service said.
pub fn show(
    output: Output,
    value: &impl Serialize,
    for_people: impl FnOnce() -> Vec<Line>,
) -> Result<(), Failure> {
    Ok(terminal::print(text(output, value, for_people)?.as_bytes())?)
}

/// What was done and cannot be undone, or not simply.
pub struct Done {
    /// A sentence that says so.
    pub what: String,
    /// The id of what is there now.
    pub id: Option<String>,
    /// What to do next.
    pub hint: String,
}

impl Done {
    /// A failure after it was done, which says that it was.
    pub fn failure(&self, message: impl Into<String>) -> Failure {
        Failure::new(message).may_have_taken_effect(true, self.id.clone()).hint(&self.hint)
    }

    fn interrupted(&self) -> Failure {
        self.failure(format!("interrupted; {}", self.what)).exit(Exit::Interrupted)
    }

    /// Shows what the service said of what was done. Where nobody can read that, stderr says what was done.
    pub fn show(
        &self,
        output: Output,
        value: &impl Serialize,
        for_people: impl FnOnce() -> Vec<Line>,
    ) -> Result<(), Failure> {
        let text = text(output, value, for_people);
        self.print(output, || terminal::print_to_reader(text?.as_bytes()).map_err(Failure::from))
    }

    /// Prints what the service said of what was done, in the same way.
    pub fn print<E: Into<Failure>>(
        &self,
        output: Output,
        print: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), Failure> {
        interrupt::ends_with(self.interrupted());
        if terminal::stdout_leads_nowhere() == Some(Nowhere::Discarded) {
            match output {
                Output::Table => terminal::note(&self.what),
                Output::Json => {
                    let done = terminal::json_line(&json!({ "done": self.what, "id": self.id }));
                    terminal::say_json_at_the_end(done?);
                }
            }
        }
        print().map_err(|error| {
            let why = error.into().message();
            self.failure(format!("{}, but {why}", self.what)).exit(Exit::NotWritten)
        })?;
        self.unless_interrupted()
    }

    /// Fails where the program was told to stop while it was done.
    pub fn unless_interrupted(&self) -> Result<(), Failure> {
        if interrupt::was_told_to_stop() { Err(self.interrupted()) } else { Ok(()) }
    }
}

fn text(
    output: Output,
    value: &impl Serialize,
    for_people: impl FnOnce() -> Vec<Line>,
) -> Result<String, Failure> {
    Ok(match output {
        Output::Table => terminal::text(&for_people()),
        Output::Json => terminal::json_text(value)?,
    })
}
