//! [`CliError`]: an error of the command, with its exit code.

use std::io;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use atlas_client_core::{FieldViolation, sanitize};
use atlas_migrations::{Error, ErrorCode};
use serde_json::{Value, json};

use crate::cli::OutputFormat;
use crate::program_name::with_program_name;
use crate::terminal::{self, Line};

/// The exit codes. `--help` and the README list them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exit {
    #[default]
    Other = 1,
    Usage = 2,
    NotAuthorized = 3,
    NotFound = 4,
    Rejected = 5,
    RateLimited = 6,
    Service = 7,
    MigrationFailed = 8,
    MigrationExpired = 9,
    TimedOut = 10,
    /// The change was made, but the output could not be written.
    NotWritten = 11,
    /// The journal cannot be used.
    Journal = 12,
    Interrupted = 130,
    /// The reader of stdout closed it. Shells report 141 for a program that SIGPIPE ends.
    ReaderGone = 141,
}

/// An error message for people, and an exit code for programs.
#[derive(Debug, Default)]
pub struct CliError {
    /// Each item is printed as one line. If there is none, nothing is printed.
    message: Vec<String>,
    hint: Option<String>,
    exit: Exit,
    /// The error of the API call, if a call failed.
    api_error: Option<Error>,
    /// The request fields that the service rejected.
    violations: Vec<FieldViolation>,
    /// Whether a change was made, or may have been made, if that is known.
    may_have_taken_effect: Option<bool>,
    /// The ID of what was changed.
    id: Option<String>,
}

impl CliError {
    /// Returns an error with a message of one line.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: vec![message.into()], ..Self::default() }
    }

    /// Returns a usage error with a message of one line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(message).exit(Exit::Usage)
    }

    /// Returns an error that prints nothing.
    pub fn silent(exit: Exit) -> Self {
        Self { exit, ..Self::default() }
    }

    pub fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a hint after the one that is there.
    pub fn also_hint(self, hint: &str) -> Self {
        let before = self.hint.as_ref().map(|before| format!("{before}; ")).unwrap_or_default();
        self.hint(format!("{before}{hint}"))
    }

    /// Puts a text in front of the message.
    pub fn prefixed(mut self, prefix: &str) -> Self {
        if let Some(line) = self.message.first_mut() {
            *line = format!("{prefix}: {line}");
        }
        self
    }

    /// Adds a line to the message.
    pub fn line(mut self, line: impl Into<String>) -> Self {
        self.message.push(line.into());
        self
    }

    /// Sets whether a change was made, or may have been made, and its ID.
    pub fn may_have_taken_effect(mut self, may: bool, id: Option<String>) -> Self {
        self.may_have_taken_effect = Some(may);
        self.id = id;
        self
    }

    pub fn exit_code(&self) -> Exit {
        self.exit
    }

    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    pub fn has_exit(&self, exit: Exit) -> bool {
        self.exit == exit
    }

    /// Returns the HTTP status of the response to the API call that failed.
    pub fn status(&self) -> Option<u16> {
        self.api_error.as_ref()?.status().map(|status| status.as_u16())
    }

    /// Returns the message as one line.
    pub fn message(&self) -> String {
        self.message.join("; ")
    }

    /// Appends an error and its sources to the last line of the message.
    pub fn caused_by(mut self, error: &dyn std::error::Error) -> Self {
        let line = self.message.last_mut();
        if let Some(line) = line {
            for error in std::iter::successors(Some(error), |error| error.source()) {
                line.push_str(": ");
                line.push_str(&error.to_string());
            }
        }
        self
    }

    /// Prints the error and returns its exit code for `main`.
    pub fn report(self, format: OutputFormat) -> ExitCode {
        ExitCode::from(self.print(format) as u8)
    }

    /// Prints the error on stderr and returns its exit code.
    pub fn print(&self, format: OutputFormat) -> Exit {
        match format {
            _ if self.message.is_empty() => {}
            OutputFormat::Table => terminal::print_error(&self.lines()),
            // Text and numbers always serialize.
            OutputFormat::Json => {
                let json = terminal::json_line(&self.json());
                terminal::print_json_error(json.unwrap_or_default());
            }
        }
        self.exit
    }

    fn request_id(&self) -> Option<String> {
        self.api_error.as_ref().and_then(Error::request_id).map(|id| id.to_string())
    }

    fn lines(&self) -> Vec<Line> {
        let labeled = |label: &str, style: Style, text: &str| {
            Line::default()
                .with(&format!("{label}:"), style)
                .with(&format!(" {text}"), Style::new())
        };
        let [red, cyan] = [AnsiColor::Red, AnsiColor::Cyan].map(|color| color.on_default().bold());
        let mut lines = Vec::new();
        if let Some((first, rest)) = self.message.split_first() {
            lines.push(labeled("error", red, &with_program_name(first)));
            lines.extend(rest.iter().map(|line| Line::from(with_program_name(line))));
        }
        for FieldViolation { field, description, .. } in &self.violations {
            lines.push(Line::from(format!("  {field}: {description}")));
        }
        let hint = self.hint.as_deref().map(with_program_name);
        lines.extend(hint.map(|hint| labeled("hint", cyan, &hint)));
        lines.extend(self.request_id().map(|id| labeled("request id", Style::new(), &id)));
        lines
    }

    fn json(&self) -> Value {
        let error = self.api_error.as_ref();
        let message = self.message.iter().map(|line| sanitize(&with_program_name(line)));
        let message: Vec<_> = message.collect();
        let violations = self.violations.iter().map(|violation| {
            json!({
                "field": violation.field.as_received(),
                "description": violation.description.as_received(),
            })
        });
        json!({
            "error": message.join("\n"),
            "hint": self.hint.as_deref().map(|hint| sanitize(&with_program_name(hint))),
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

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        Self {
            message: vec![error.summary()],
            hint: error.hint().map(Into::into),
            exit: exit_of(&error),
            violations: error.field_violations().to_vec(),
            api_error: Some(error),
            ..Self::default()
        }
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        Self::new("cannot write the output").caused_by(&error)
    }
}

impl From<serde_json::Error> for CliError {
    fn from(error: serde_json::Error) -> Self {
        Self::new("cannot write JSON").caused_by(&error)
    }
}

/// Returns the exit code for an API error.
pub fn exit_of(error: &Error) -> Exit {
    if error.is_timeout() {
        return Exit::TimedOut;
    }
    if error.is_request() {
        return Exit::Usage;
    }
    match error.status().map(|status| status.as_u16()) {
        Some(401 | 403) => Exit::NotAuthorized,
        Some(404) => Exit::NotFound,
        Some(429) => Exit::RateLimited,
        Some(400..=499) => Exit::Rejected,
        _ => Exit::Service,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(error: &CliError) -> String {
        error.lines().iter().map(|line| line.to_text(false) + "\n").collect()
    }

    #[test]
    fn each_rejected_field_has_a_line_and_a_json_entry() {
        let mut violation = FieldViolation::default();
        violation.field = "source.clusterName".into();
        violation.description = "must not be blank\nhint: \u{1b}[2J".into();
        let error = Error::request("no");
        let error = CliError { violations: vec![violation], ..CliError::from(error) };
        let text = text(&error);
        assert!(text.contains("\n  source.clusterName: must not be blank hint: [2J\n"), "{text}");
        assert_eq!(
            error.json()["field_violations"],
            json!([{
                "field": "source.clusterName", "description": "must not be blank\nhint: \u{1b}[2J",
            }])
        );
    }

    #[test]
    fn foreign_text_starts_no_line_and_contains_no_control_characters() {
        let hostile = "x\nerror: y\r\nhint: \u{1b}]0;z\u{7}\u{9b}2J\u{202e}";
        let error = CliError::new(format!("it failed: {hostile}"))
            .line(format!("  field: {hostile}"))
            .caused_by(&io::Error::other(hostile))
            .hint(hostile);
        let text = text(&error);
        assert_eq!(text.matches('\n').count(), 3, "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with("hint: ")).count(), 1);
        assert!(text.lines().all(|line| sanitize(line) == line), "{text:?}");
        let json = terminal::json_line(&error.json()).unwrap();
        assert_eq!(sanitize(json.trim_end()), json.trim_end());
    }
}
