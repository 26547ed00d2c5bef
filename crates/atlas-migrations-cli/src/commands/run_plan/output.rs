//! What a run prints while it goes on.

use std::time::Duration;

use anstyle::Style;
use atlas_migrations_journal::Name;
use atlas_migrations_journal::overview::event_text;
use atlas_migrations_plan::Plan;
use atlas_migrations_runs::runner::{RunEvent, RunSummary};
use serde_json::{Value, json};

use super::summary;
use crate::cli::OutputFormat;
use crate::error::CliError;
use crate::instant::utc;
use crate::interrupt;
use crate::terminal::{self, Line, Overflow, WriteQueue, YELLOW};

/// How long to wait for a stalled reader of stdout at the end.
const STDOUT_TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum width of the column of names. Longer names are not cut.
const MAX_NAME_WIDTH: usize = 24;

/// Prints the events of a run. The run does not wait for the reader.
#[derive(Clone)]
pub struct RunOutput {
    format: OutputFormat,
    stdout: WriteQueue,
    name_width: usize,
    /// Whether events are printed. A view on the same terminal shows them.
    has_lines: bool,
}

impl RunOutput {
    /// Starts a thread that writes to stdout.
    pub fn start(format: OutputFormat, plan: &Plan, has_lines: bool) -> Result<Self, CliError> {
        let names = plan.migrations.iter().map(|one| one.name.as_str().len());
        let name_width = names.filter(|width| *width <= MAX_NAME_WIDTH).max().unwrap_or_default();
        let stdout = WriteQueue::new(terminal::stdout())?;
        Ok(Self { format, stdout, name_width, has_lines })
    }

    /// Waits until stdout cannot be written.
    pub async fn failed(&self) {
        self.stdout.clone().failed().await;
    }

    /// Prints an event.
    pub fn print(&self, event: &RunEvent) {
        match self.format {
            _ if !self.has_lines || matches!(event, RunEvent::Seen { .. }) => {}
            OutputFormat::Json => self.push_json(&to_json(event)),
            OutputFormat::Table => {
                if let Some(line) = self.line(event) {
                    self.push(&terminal::text(&[line]));
                }
            }
        }
    }

    /// Prints how the migrations stand: what the view left, if there was one on the same terminal.
    pub fn end(&self, summary: &RunSummary, left: &[Line]) {
        match self.format {
            _ if !self.has_lines && !left.is_empty() => self.push(&terminal::text(left)),
            OutputFormat::Json => {
                for one in &summary.migrations {
                    self.push_json(&summary::end_json(one));
                }
            }
            OutputFormat::Table => self.push(&terminal::text(&summary::table_of(summary))),
        }
    }

    /// Waits until everything is written. Gives up if the reader stalls, and on a second signal.
    pub async fn finish(&self) {
        tokio::select! {
            // A reader that is gone does not change how the migrations stand.
            _ = self.stdout.finish(STDOUT_TIMEOUT) => {}
            () = interrupt::requested_again() => {}
        }
    }

    fn push_json(&self, value: &Value) {
        // Text and numbers always serialize.
        self.push(&terminal::json_line(value).unwrap_or_default());
    }

    fn push(&self, text: &str) {
        self.stdout.push(text.as_bytes().to_vec(), Overflow::Keep);
    }

    fn line(&self, event: &RunEvent) -> Option<Line> {
        let (at, name, text, style) = match event {
            RunEvent::Recorded { name, record } => {
                let text = event_text(record);
                (Some(record.at_ms), name.as_ref(), text, Style::new())
            }
            RunEvent::Waits { name, phase, waits_for } => {
                (None, Some(name), format!("{phase}; waits for {waits_for}"), Style::new())
            }
            RunEvent::Claimed { name, taken_over: true } => {
                (None, Some(name), "taken over from a run that is gone".to_owned(), Style::new())
            }
            RunEvent::GivenUp { name } => {
                (None, Some(name), "another run works on it".to_owned(), Style::new())
            }
            RunEvent::Problem { name, what } => (None, name.as_ref(), what.clone(), YELLOW),
            _ => return None,
        };
        let at = at.map_or_else(|| " ".repeat(20), utc);
        let name = name.map_or("plan", Name::as_str);
        let head = format!("{at}  {name:<width$}  ", width = self.name_width.max(4));
        Some(Line::from(head).with(&text, style))
    }
}

fn to_json(event: &RunEvent) -> Value {
    match event {
        RunEvent::Recorded { name, record } => json!({
            "event": "recorded",
            "name": name,
            "type": record.event.event_type(),
            "seq": record.seq,
            "at": utc(record.at_ms),
            "actor": record.actor.as_str(),
            "attempt": record.attempt,
            "event_id": record.event_id,
            "fields": record.fields,
        }),
        RunEvent::Waits { name, phase, waits_for } => json!({
            "event": "waits", "name": name, "state": phase.as_str(), "waits_for": waits_for.to_string(),
        }),
        RunEvent::Claimed { name, taken_over } => {
            json!({"event": "claimed", "name": name, "taken_over": taken_over})
        }
        RunEvent::GivenUp { name } => json!({"event": "given_up", "name": name}),
        RunEvent::Problem { name, what } => {
            json!({"event": "problem", "name": name, "problem": what})
        }
        _ => json!({"event": "unknown"}),
    }
}
