//! [`EventLines`]: one line on stdout for each event of a watch, as text or JSON.

use std::time::Duration;

use atlas_migrations::{Change, Error, WatchError};

use super::cutover::CutoverOutcome;
use super::cutover_condition::WaitingFor;
use super::next_text::next_text;
use super::outcome::Outcome;
use super::state::WatchState;
use super::watched_migration::WatchedMigration;
use crate::cli::OutputFormat;
use crate::error::CliError;
use crate::events::{CutoverEvent, End, Event, EventLine, PollFailed, Seen, WatchEnd};
use crate::output::EventWriter;
use crate::terminal::{self, Cell, Line, Overflow, WriteQueue};
use crate::time_text::{rfc3339, short};

/// The maximum width of the name column. Longer names are not truncated.
const MAX_NAME_WIDTH: usize = 24;

/// Writes events to stdout.
pub struct EventLines {
    format: OutputFormat,
    stdout: WriteQueue,
    writer: EventWriter,
    /// The last lag that was written of each migration.
    last_lags: Vec<Option<Duration>>,
    name_width: usize,
}

/// Something that happened to a migration.
pub enum WatchEvent<'a> {
    /// A poll found a change, which is in the state of the migration.
    Update,
    /// A poll failed. The outage is in the state of the migration.
    PollFailed(&'a WatchError),
    /// The cutover is being sent.
    CutoverSending,
    CutoverEnded(&'a CutoverOutcome),
}

impl WatchEvent<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::PollFailed(_) => "poll_failed",
            Self::CutoverSending | Self::CutoverEnded(_) => "cutover",
        }
    }

    /// A cutover may be postponed after each poll, so only the newest of these events is kept.
    fn overflow(&self, index: usize) -> Overflow {
        match self {
            Self::Update | Self::PollFailed(_) => Overflow::KeepNewest(index, self.name()),
            Self::CutoverSending => Overflow::KeepNewest(index, "sending"),
            Self::CutoverEnded(CutoverOutcome::Postponed(_) | CutoverOutcome::NotAllowedYet(_)) => {
                Overflow::KeepNewest(index, "postponed")
            }
            Self::CutoverEnded(_) => Overflow::Keep,
        }
    }

    /// Returns the event for programs. There is none for an update before the first response.
    fn for_programs(&self, migration: &WatchedMigration) -> Option<EventLine> {
        let ids = migration.target.key.into();
        let mut at = migration.now();
        let event = match self {
            Self::Update => {
                let update = migration.latest.as_ref()?;
                at = update.observed_at;
                Event::Update(Box::new(Seen::new(update, waiting_for(migration))))
            }
            Self::PollFailed(error) => Event::PollFailed(PollFailed {
                ids,
                error: migration.outage.as_ref().map(|outage| outage.reason.clone()),
                status: error.api_error().and_then(Error::status).map(|status| status.as_u16()),
                failed_polls: error.failed_polls(),
                next_poll_seconds: error.next_poll_in().map(|wait| wait.as_secs_f64()),
            }),
            Self::CutoverSending => {
                Event::Cutover(CutoverEvent { ids, state: "sending", error: None })
            }
            Self::CutoverEnded(outcome) => Event::Cutover(CutoverEvent {
                ids,
                state: outcome.as_str(),
                error: outcome.reason(),
            }),
        };
        Some(EventLine::at(at, Some(migration.target.name.clone()), event))
    }
}

impl EventLines {
    pub fn new(format: OutputFormat, stdout: WriteQueue, state: &WatchState) -> Self {
        let names = state.migrations.iter().map(|migration| &migration.target.name);
        let widths = names.map(|name| Cell::from(name).width());
        let name_width = widths.filter(|width| *width <= MAX_NAME_WIDTH).max().unwrap_or_default();
        let last_lags = vec![None; state.migrations.len()];
        Self { format, stdout, writer: EventWriter::default(), last_lags, name_width }
    }

    /// Writes an event.
    pub fn print(
        &mut self,
        migration: &WatchedMigration,
        event: &WatchEvent<'_>,
    ) -> Result<(), CliError> {
        let overflow = event.overflow(migration.index);
        if self.format == OutputFormat::Json {
            let event = event.for_programs(migration);
            return event.map_or(Ok(()), |event| self.write_event(&event, overflow));
        }
        if let Some(text) = self.text(migration, event) {
            self.write_line(migration, &text, overflow);
        }
        Ok(())
    }

    /// Returns the text of an event, or `None` for a small change of only the lag.
    fn text(&mut self, migration: &WatchedMigration, event: &WatchEvent<'_>) -> Option<String> {
        Some(match event {
            WatchEvent::Update => {
                let update = migration.latest.as_ref()?;
                let last_lag = &mut self.last_lags[migration.index];
                let is_only_lag = *update.changed == [Change::Lag] && update.failed_polls == 0;
                if is_only_lag && !is_large_change(*last_lag, update.lag) {
                    return None;
                }
                *last_lag = update.lag;
                let lag = update.lag.map(|lag| format!("lag {}, ", short(lag))).unwrap_or_default();
                format!("{lag}{}", next_text(migration))
            }
            WatchEvent::PollFailed(_) => {
                format!("no response: {}", migration.outage.as_ref()?.reason)
            }
            WatchEvent::CutoverSending => "ready: checking once more, then cutting over".to_owned(),
            WatchEvent::CutoverEnded(outcome) => {
                let reason = outcome.reason().map(|reason| format!(": {reason}"));
                format!("{}{}", cutover_text(outcome), reason.unwrap_or_default())
            }
        })
    }

    /// Writes the `end` events. Only JSON has them.
    pub fn end(&mut self, state: &WatchState) -> Result<(), CliError> {
        if self.format == OutputFormat::Table {
            return Ok(());
        }
        for migration in &state.migrations {
            if let Some(outcome) = &migration.outcome {
                let dropped = self.stdout.dropped(migration.index);
                self.write_event(&end_event(migration, outcome, dropped), Overflow::Keep)?;
            }
        }
        Ok(())
    }

    fn write_line(&self, migration: &WatchedMigration, text: &str, overflow: Overflow) {
        let time = rfc3339(migration.now()).unwrap_or_default();
        let name = Cell::from(&migration.target.name);
        let name = name.padded(self.name_width.max(name.width()));
        let status = terminal::status(migration.status()).padded(8);
        let line = Line::from(format!("{time}  {name}  {status}  {text}"));
        self.stdout.push((line.to_text(false) + "\n").into_bytes(), overflow);
    }

    fn write_event(&mut self, event: &EventLine, overflow: Overflow) -> Result<(), CliError> {
        if let Some(text) = self.writer.text(event)? {
            self.stdout.push(text.into_bytes(), overflow);
        }
        Ok(())
    }
}

fn cutover_text(outcome: &CutoverOutcome) -> &'static str {
    match outcome {
        CutoverOutcome::Accepted => "the cutover was accepted",
        CutoverOutcome::Unclear(_) => {
            "the result of the cutover is unknown; it is not sent again, the next polls show the result"
        }
        CutoverOutcome::Refused(_) => "the cutover was refused",
        CutoverOutcome::Postponed(None) => {
            "the cutover was postponed: the last check did not find the migration ready"
        }
        CutoverOutcome::Postponed(Some(_)) | CutoverOutcome::NotAllowedYet(_) => {
            "the cutover was postponed"
        }
        CutoverOutcome::NotAllowed(_) => "the cutover was not sent",
    }
}

/// Returns what the cutover waits for, if the migration is to be cut over.
fn waiting_for(migration: &WatchedMigration) -> Option<&'static str> {
    migration.condition?;
    migration.waiting_for().map(WaitingFor::as_str)
}

/// Returns whether a lag has changed by at least a quarter.
fn is_large_change(before: Option<Duration>, now: Option<Duration>) -> bool {
    match (before, now) {
        (Some(before), Some(now)) => now.abs_diff(before) >= before / 4,
        (before, now) => before != now,
    }
}

fn end_event(migration: &WatchedMigration, outcome: &Outcome, dropped: u64) -> EventLine {
    let job = migration.job();
    let error = match outcome {
        Outcome::Error { message, .. } => Some(message.clone()),
        _ => None,
    };
    let end = WatchEnd {
        ids: migration.target.key.into(),
        outcome: outcome.as_str().replace(' ', "_"),
        error,
        exit_code: outcome.exit().map_or(0, |exit| exit as u8),
        status: migration.status().map(|status| status.as_str().to_owned()),
        lag_seconds: job.and_then(|job| job.lag).map(|lag| lag.as_secs_f64()),
        ready_for_cutover: job.and_then(|job| job.ready_for_cutover),
        cutover: migration.cutover.as_str(),
        waiting_for: waiting_for(migration),
        polls: migration.polls,
        failed_polls: migration.failed_polls,
        left_out: dropped,
    };
    let at = migration.finish_time.unwrap_or_else(|| migration.now());
    EventLine::at(at, Some(migration.target.name.clone()), Event::End(End::Watch(end)))
}
