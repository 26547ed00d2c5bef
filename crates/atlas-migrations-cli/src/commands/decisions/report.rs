//! Says what was decided about each stream.

use atlas_migrations_journal::store::StreamRow;
use atlas_migrations_runs::decisions::Done;
use serde_json::{Value, json};

use crate::cli::OutputFormat;
use crate::error::{CliError, Exit};
use crate::instant::utc;
use crate::output;
use crate::stream_lookup::qualified;
use crate::terminal::{Line, YELLOW};

/// What was decided about a stream.
pub struct Answer {
    name: String,
    row: StreamRow,
    result: Result<Said, CliError>,
}

/// What the user is told about a decision that was recorded, or was not needed.
pub struct Said {
    /// The result, in one word for programs.
    pub result: &'static str,
    /// The result, for people.
    pub text: String,
    /// What to look out for.
    pub warnings: Vec<String>,
    /// More for programs.
    pub more: Vec<(&'static str, Value)>,
    event: Option<(u64, i64)>,
}

impl Said {
    /// Describes a decision. For one that was not needed, the result and the text are those of the decision.
    pub fn new(done: &Done, result: &'static str, text: impl Into<String>) -> Self {
        let said = |result, text, event| Self {
            result,
            text,
            warnings: Vec::new(),
            more: Vec::new(),
            event,
        };
        match done {
            Done::Appended(appended, _) => {
                said(result, text.into(), Some((appended.seq, appended.at_ms)))
            }
            Done::Nothing(result, text) => said(result, text.clone(), None),
        }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.more.push((name, value.into()));
        self
    }

    /// Returns the result and the warnings in one line.
    pub fn into_text(self) -> String {
        let warnings = self.warnings.into_iter();
        warnings.fold(self.text, |text, warning| format!("{text}; {warning}"))
    }

    pub fn warn(mut self, warning: Option<String>) -> Self {
        self.warnings.extend(warning);
        self
    }
}

impl Answer {
    pub fn new(row: StreamRow, result: Result<Said, CliError>) -> Self {
        Self { name: qualified(&row), row, result }
    }

    fn lines(&self) -> Vec<Line> {
        let Ok(said) = &self.result else { return Vec::new() };
        let text = Line::from(format!("{}: {}", self.name, said.text));
        let warnings = said.warnings.iter().map(|warning| {
            Line::default().with("  warning: ", YELLOW).with(warning, anstyle::Style::new())
        });
        std::iter::once(text).chain(warnings).collect()
    }

    fn json(&self) -> Value {
        let mut object = json!({
            "name": self.name,
            "kind": self.row.kind.as_str(),
            "stream": self.row.id.to_string(),
        });
        match &self.result {
            Ok(said) => {
                object["result"] = said.result.into();
                object["message"] = said.text.as_str().into();
                object["warnings"] = said.warnings.clone().into();
                object["event_seq"] = said.event.map(|(seq, _)| seq).into();
                object["at"] = said.event.map(|(_, at_ms)| utc(at_ms)).into();
                for (name, value) in &said.more {
                    object[*name] = value.clone();
                }
            }
            Err(error) => {
                object["result"] = "refused".into();
                object["message"] = error.message().into();
            }
        }
        object
    }
}

/// Decides about each stream in turn, and prints what was decided. A failure for one does not stop the others.
///
/// # Errors
///
/// Those of [`report`].
pub async fn answer_each(
    format: OutputFormat,
    rows: Vec<StreamRow>,
    decide: impl AsyncFn(&StreamRow) -> Result<Said, CliError>,
) -> Result<(), CliError> {
    let mut answers = Vec::new();
    for row in rows {
        let said = decide(&row).await;
        answers.push(Answer::new(row, said));
    }
    report(format, answers)
}

/// Prints the answers. Fails if one of them is an error.
///
/// # Errors
///
/// The error of the only stream, or one that lists the errors of all, with the exit code of the first.
pub fn report(format: OutputFormat, answers: Vec<Answer>) -> Result<(), CliError> {
    let json: Vec<_> = answers.iter().map(Answer::json).collect();
    output::show(format, &json, || answers.iter().flat_map(Answer::lines).collect())?;
    let all = answers.len();
    let mut errors: Vec<_> = answers
        .into_iter()
        .filter_map(|answer| Some((answer.name, answer.result.err()?)))
        .collect();
    match errors.len() {
        0 => Ok(()),
        1 if all == 1 => {
            let (name, error) = errors.remove(0);
            Err(error.prefixed(&name))
        }
        count => {
            let exit = errors.first().map_or(Exit::Other, |(_, error)| error.exit_code());
            let first = CliError::new(format!("{count} of {all} were not done")).exit(exit);
            let add = |error: CliError, (name, next): (String, CliError)| {
                error.line(format!("  {name}: {}", next.message()))
            };
            Err(errors.into_iter().fold(first, add))
        }
    }
}
