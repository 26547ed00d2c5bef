//! Sends requests that change something, and reports their result even if a signal interrupts the program.

use atlas_migrations::Error;
use serde::Serialize;
use serde_json::json;

use crate::cli::OutputFormat;
use crate::error::{CliError, Exit};
use crate::interrupt::{self, InFlight};
use crate::output;
use crate::terminal::{self, Line, StdoutProblem};

/// A request that changes something.
pub struct Change {
    /// What is done, such as `the cutover of migration …`.
    pub what: String,
    /// How to find out whether the request took effect.
    pub how_to_check: String,
}

impl Change {
    /// From now on, the first signal waits for the request and the second one ends the program.
    pub fn set_in_flight(&self) {
        let Self { what, how_to_check } = self;
        let unclear =
            format!("interrupted before the response to {what} arrived; it may have taken effect");
        let not_retried = format!("interrupted before {what} was retried; nothing was changed");
        interrupt::set_in_flight(InFlight {
            unclear: interrupt::error(unclear).may_have_taken_effect(true, None).hint(how_to_check),
            not_retried: interrupt::error(not_retried).may_have_taken_effect(false, None),
        });
    }

    /// Sends the request and waits for its response. The first signal does not interrupt this; the second one does.
    ///
    /// After it returns, the caller has to call another function of [`interrupt`] before it waits for anything.
    pub async fn send<T>(
        &self,
        call: impl IntoFuture<Output = Result<T, Error>>,
    ) -> Result<T, CliError> {
        self.set_in_flight();
        let result = call.into_future().await;
        result.map_err(|error| {
            let error = CliError::from(error);
            if interrupt::is_requested() { error.exit(Exit::Interrupted) } else { error }
        })
    }
}

/// A change that was made.
pub struct CompletedChange {
    /// A sentence that says what was done.
    pub what: String,
    /// The ID of the new or changed resource.
    pub id: Option<String>,
    /// What to do next.
    pub hint: String,
}

impl CompletedChange {
    fn error(&self, message: impl Into<String>) -> CliError {
        CliError::new(message).may_have_taken_effect(true, self.id.clone()).hint(&self.hint)
    }

    fn interrupted(&self) -> CliError {
        self.error(format!("interrupted; {}", self.what)).exit(Exit::Interrupted)
    }

    /// Prints the response. If stdout cannot be written, the error says what was done. If the response cannot be printed
    /// in the form that the user chose, it is printed as JSON, because it may never come again.
    pub fn show(
        &self,
        format: OutputFormat,
        value: &impl Serialize,
        lines: impl FnOnce() -> Vec<Line>,
    ) -> Result<(), CliError> {
        self.show_in_any_form(format, value, lines)?.map_or(Ok(()), Err)
    }

    /// Prints the response like [`show`](Self::show). Returns the error of a response that was printed as JSON because
    /// it could not be printed in the form that the user chose.
    pub fn show_in_any_form(
        &self,
        format: OutputFormat,
        value: &impl Serialize,
        lines: impl FnOnce() -> Vec<Line>,
    ) -> Result<Option<CliError>, CliError> {
        self.note_before_filter(format)?;
        let rendered = output::render(format, value, lines);
        let (text, problem) = match rendered {
            Ok(text) => (text, None),
            Err(error) => (terminal::json_text(value)?, Some(self.not_in_form(&error, "stdout"))),
        };
        self.print(format, || terminal::print_to_reader(text.as_bytes()))?;
        Ok(problem)
    }

    /// Returns the error for a response that could not be printed in the form that the user chose, with the place that
    /// has it as received.
    pub fn not_in_form(&self, error: &CliError, place: &str) -> CliError {
        let message =
            format!("{}, but {}; {place} has the whole response", self.what, error.message());
        self.error(message).exit(Exit::NotWritten)
    }

    /// Prints the response with a function. If stdout cannot be written, the error says what was done.
    pub fn print<E: Into<CliError>>(
        &self,
        format: OutputFormat,
        print: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), CliError> {
        interrupt::exit_with(self.interrupted());
        if terminal::stdout_problem() == Some(StdoutProblem::Discarded) {
            self.note(format)?;
        }
        print().map_err(|error| {
            let reason = error.into().message();
            self.error(format!("{}, but {reason}", self.what)).exit(Exit::NotWritten)
        })?;
        self.unless_interrupted()
    }

    /// Says on stderr what was done before a filter of the user sees the response: a recursion without an end would end
    /// the program.
    pub fn note_before_filter(&self, format: OutputFormat) -> Result<(), CliError> {
        if output::has_filter() { self.note(format) } else { Ok(()) }
    }

    fn note(&self, format: OutputFormat) -> Result<(), CliError> {
        match format {
            OutputFormat::Table => terminal::note(&self.what),
            OutputFormat::Json => {
                let done = terminal::json_line(&json!({ "done": self.what, "id": self.id }));
                terminal::print_json_error(done?);
            }
        }
        Ok(())
    }

    /// Fails if a signal arrived while the change was sent.
    pub fn unless_interrupted(&self) -> Result<(), CliError> {
        if interrupt::is_requested() { Err(self.interrupted()) } else { Ok(()) }
    }
}
