//! What a run prints while it goes on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anstyle::Style;
use atlas_migrations_journal::Name;
use atlas_migrations_journal::overview::event_text;
use atlas_migrations_plan::Plan;
use atlas_migrations_runs::runner::{RunEvent, RunSummary};

use super::summary;
use crate::cli::OutputFormat;
use crate::error::CliError;
use crate::events::{Claimed, Event, EventLine, GivenUp, Problem, Recorded, Waits};
use crate::instant::utc;
use crate::interrupt;
use crate::output::EventWriter;
use crate::terminal::{self, Line, Overflow, WriteQueue, YELLOW};

/// How long to wait for a stalled reader of stdout at the end.
const STDOUT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait for a stalled reader of stderr.
const STDERR_TIMEOUT: Duration = Duration::from_millis(100);
/// The maximum width of the column of names. Longer names are not cut.
const MAX_NAME_WIDTH: usize = 24;

/// Prints the events of a run. The run does not wait for the reader.
#[derive(Clone)]
pub struct RunOutput {
    format: OutputFormat,
    stdout: WriteQueue,
    events: Arc<Mutex<EventWriter>>,
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
        Ok(Self { format, stdout, events: Arc::default(), name_width, has_lines })
    }

    /// Waits until stdout cannot be written.
    pub async fn failed(&self) {
        self.stdout.clone().failed().await;
    }

    /// Prints an event.
    pub fn print(&self, event: &RunEvent) {
        match self.format {
            _ if !self.has_lines || matches!(event, RunEvent::Seen { .. }) => {}
            OutputFormat::Json => {
                if let Some(event) = for_programs(event) {
                    self.push_event(&event);
                }
            }
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
                    self.push_event(&summary::end_event(one));
                }
                if terminal::only_stderr_is_terminal() {
                    let table = summary::table_of(summary);
                    terminal::note_lines_within(STDERR_TIMEOUT, &table);
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

    fn push_event(&self, event: &EventLine) {
        let mut writer = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        // Text and numbers always serialize.
        if let Ok(Some(text)) = writer.text(event) {
            self.push(&text);
        }
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

/// Returns the event for programs. There is none for an event that this version does not know.
fn for_programs(event: &RunEvent) -> Option<EventLine> {
    let now =
        |name: Option<&Name>, event| Some(EventLine::now(name.map(ToString::to_string), event));
    match event {
        RunEvent::Recorded { name, record } => {
            let recorded = Recorded {
                event_type: record.event.event_type().to_owned(),
                seq: record.seq,
                actor: record.actor.as_str().to_owned(),
                attempt: record.attempt,
                event_id: record.event_id.to_string(),
                fields: record.fields.clone(),
            };
            let name = name.as_ref().map(ToString::to_string);
            Some(EventLine::at_text(utc(record.at_ms), name, Event::Recorded(recorded)))
        }
        RunEvent::Waits { name, phase, waits_for } => {
            let (state, waits_for) = (phase.as_str().to_owned(), waits_for.to_string());
            now(Some(name), Event::Waits(Waits { state, waits_for }))
        }
        RunEvent::Claimed { name, taken_over } => {
            now(Some(name), Event::Claimed(Claimed { taken_over: *taken_over }))
        }
        RunEvent::GivenUp { name } => now(Some(name), Event::GivenUp(GivenUp {})),
        RunEvent::Problem { name, what } => {
            now(name.as_ref(), Event::Problem(Problem { problem: what.clone() }))
        }
        _ => None,
    }
}
