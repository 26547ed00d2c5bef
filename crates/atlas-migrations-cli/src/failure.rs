//! How the program ends where it does not end well.

use std::io;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use atlas_client_core::{FieldViolation, sanitize};
use atlas_migrations::{Error, ErrorCode};
use serde_json::{Value, json};

use crate::arguments::Output;
use crate::terminal::{self, Line};

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
    /// What was asked for was done, but the output could not be written.
    NotWritten = 11,
    Interrupted = 130,
    /// Nobody reads stdout any more. What a shell shows of a program that SIGPIPE ends.
    ReaderGone = 141,
}

/// What went wrong, for a person, and the exit code for a program.
#[derive(Debug)]
pub struct Failure {
    /// Each is one line, whatever is in it. Where there is none, nothing is told.
    message: Vec<String>,
    hint: Option<String>,
    exit: Exit,
    /// What the service said, where it was asked.
    error: Option<Error>,
    /// The fields of the request that it refused.
    violations: Vec<FieldViolation>,
    /// Whether something was done, or may have been, in spite of the failure, where that is known.
    may_have_taken_effect: Option<bool>,
    /// The id of what was done.
    id: Option<String>,
}

impl Failure {
    /// A failure with a message of one line, whatever is in it.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: vec![message.into()], ..Self::quiet(Exit::Other) }
    }

    /// A failure of which nobody is told.
    pub fn quiet(exit: Exit) -> Self {
        Self {
            message: Vec::new(),
            hint: None,
            exit,
            error: None,
            violations: Vec::new(),
            may_have_taken_effect: None,
            id: None,
        }
    }

    pub fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds another line to the message.
    pub fn line(mut self, line: impl Into<String>) -> Self {
        self.message.push(line.into());
        self
    }

    /// Says whether something was done, or may have been, and the id of that.
    pub fn may_have_taken_effect(mut self, may: bool, id: Option<String>) -> Self {
        self.may_have_taken_effect = Some(may);
        self.id = id;
        self
    }

    pub fn is(&self, exit: Exit) -> bool {
        self.exit == exit
    }

    /// The message on one line.
    pub fn message(&self) -> String {
        self.message.join("; ")
    }

    /// Adds an error and what lies behind it to the message.
    pub fn because(mut self, error: &dyn std::error::Error) -> Self {
        if self.message.is_empty() {
            self.message.push(String::new());
        }
        for error in std::iter::successors(Some(error), |error| error.source()) {
            if let Some(line) = self.message.last_mut() {
                line.push_str(": ");
                line.push_str(&error.to_string());
            }
        }
        self
    }

    /// Tells the person, or the program that reads JSON, and returns the exit code.
    pub fn report(self, output: Output) -> ExitCode {
        ExitCode::from(self.tell(output) as u8)
    }

    /// Tells the person, or the program that reads JSON, and returns what the program ends with.
    pub fn tell(&self, output: Output) -> Exit {
        match output {
            _ if self.message.is_empty() => {}
            Output::Table => terminal::say_at_the_end(&self.lines()),
            // A text and numbers: it cannot fail.
            Output::Json => {
                let json = terminal::json_line(&self.json());
                terminal::say_json_at_the_end(json.unwrap_or_default());
            }
        }
        self.exit
    }

    fn request_id(&self) -> Option<String> {
        self.error.as_ref().and_then(Error::request_id).map(|id| id.to_string())
    }

    fn lines(&self) -> Vec<Line> {
        let named = |name: &str, style: Style, text: &str| {
            Line::default().and(&format!("{name}:"), style).and(&format!(" {text}"), Style::new())
        };
        let [red, cyan] = [AnsiColor::Red, AnsiColor::Cyan].map(|color| color.on_default().bold());
        let mut lines = Vec::new();
        if let Some((first, rest)) = self.message.split_first() {
            lines.push(named("error", red, first));
            lines.extend(rest.iter().map(Line::from));
        }
        for FieldViolation { field, description, .. } in &self.violations {
            lines.push(Line::from(format!("  {field}: {description}")));
        }
        let id = self.request_id();
        lines.extend(self.hint.iter().map(|hint| named("hint", cyan, hint)));
        lines.extend(id.iter().map(|id| named("request id", Style::new(), id)));
        lines
    }

    fn json(&self) -> Value {
        let error = self.error.as_ref();
        let message: Vec<_> = self.message.iter().map(|line| sanitize(line)).collect();
        let violations = self.violations.iter().map(|violation| {
            json!({
                "field": violation.field.as_received(),
                "description": violation.description.as_received(),
            })
        });
        json!({
            "error": message.join("\n"),
            "hint": self.hint.as_deref().map(sanitize),
            "exit_code": self.exit as u8,
            "operation": error.and_then(Error::operation).map(|operation| operation.id),
            "status": error.and_then(Error::status).map(|status| status.as_u16()),
            "error_code": error.and_then(Error::code).map(ErrorCode::as_str),
            "detail": error.and_then(Error::detail),
            "parameters": error.map(Error::parameters),
            "field_violations": error.map(|_| violations.collect::<Vec<_>>()),
            "retry_after_seconds": error.and_then(Error::retry_after).map(|wait| wait.as_secs()),
            "may_have_taken_effect":
                self.may_have_taken_effect.or_else(|| error.map(Error::may_have_taken_effect)),
            "id": self.id,
            "attempts": error.map(Error::attempts),
            "request_id": self.request_id(),
        })
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            message: vec![error.summary()],
            hint: error.hint().map(Into::into),
            exit: exit_of(&error),
            violations: error.field_violations().to_vec(),
            error: Some(error),
            may_have_taken_effect: None,
            id: None,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new("cannot write the output").because(&error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::new("cannot write JSON").because(&error)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(failure: &Failure) -> String {
        failure.lines().iter().map(|line| line.to_text(false) + "\n").collect()
    }

    #[test]
    fn each_field_that_was_refused_has_a_line_and_an_entry_in_json() {
        let mut violation = FieldViolation::default();
        violation.field = "source.clusterName".into();
        violation.description = "must not be blank\nhint: \u{1b}[2J".into();
        let error = Error::request("no");
        let failure = Failure { violations: vec![violation], ..Failure::from(error) };
        let text = text(&failure);
        assert!(text.contains("\n  source.clusterName: must not be blank hint: [2J\n"), "{text}");
        assert_eq!(
            failure.json()["field_violations"],
            json!([{
                "field": "source.clusterName", "description": "must not be blank\nhint: \u{1b}[2J",
            }])
        );
    }

    #[test]
    fn what_others_wrote_begins_no_line_and_steers_no_terminal() {
        let hostile = "x\nerror: y\r\nhint: \u{1b}]0;z\u{7}\u{9b}2J\u{202e}";
        let failure = Failure::new(format!("it failed: {hostile}"))
            .line(format!("  field: {hostile}"))
            .because(&io::Error::other(hostile))
            .hint(hostile);
        let text = text(&failure);
        assert_eq!(text.matches('\n').count(), 3, "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with("hint: ")).count(), 1);
        assert!(text.lines().all(|line| sanitize(line) == line), "{text:?}");
        let json = terminal::json_line(&failure.json()).unwrap();
        assert_eq!(sanitize(json.trim_end()), json.trim_end());
    }
}
