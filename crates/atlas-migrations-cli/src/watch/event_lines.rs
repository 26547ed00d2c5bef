//! [`EventLines`]: one line on stdout for each event of a watch, as text or JSON.

use std::time::Duration;

use atlas_migrations::{Change, Error, LiveMigrationStatus, WatchError};
use serde_json::{Value, json};

use super::cutover::CutoverOutcome;
use super::cutover_condition::WaitingFor;
use super::next_text::next_text;
use super::outcome::Outcome;
use super::state::WatchState;
use super::watched_migration::WatchedMigration;
use crate::cli::OutputFormat;
use crate::error::CliError;
use crate::terminal::{self, Cell, Line, Overflow, WriteQueue};
use crate::time_text::{rfc3339, short};

/// The maximum width of the name column. Longer names are not truncated.
const MAX_NAME_WIDTH: usize = 24;

/// Writes events to stdout.
pub struct EventLines {
    format: OutputFormat,
    stdout: WriteQueue,
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

    /// Returns the fields of the event in JSON, without those of all events.
    fn fields(&self, migration: &WatchedMigration) -> serde_json::Result<Value> {
        Ok(match self {
            Self::Update => with_waiting_for(migration, serde_json::to_value(&migration.latest)?),
            Self::PollFailed(error) => json!({
                "at": rfc3339(migration.now()),
                "error": migration.outage.as_ref().map(|outage| &outage.reason),
                "status": error.api_error().and_then(Error::status).map(|status| status.as_u16()),
                "failed_polls": error.failed_polls(),
                "next_poll_seconds": error.next_poll_in().map(|wait| wait.as_secs_f64()),
            }),
            Self::CutoverSending => {
                json!({"at": rfc3339(migration.now()), "state": "sending", "error": null})
            }
            Self::CutoverEnded(outcome) => json!({
                "at": rfc3339(migration.now()), "state": outcome.as_str(), "error": outcome.reason(),
            }),
        })
    }
}

impl EventLines {
    pub fn new(format: OutputFormat, stdout: WriteQueue, state: &WatchState) -> Self {
        let names = state.migrations.iter().map(|migration| &migration.target.name);
        let widths = names.map(|name| Cell::from(name).width());
        let name_width = widths.filter(|width| *width <= MAX_NAME_WIDTH).max().unwrap_or_default();
        Self { format, stdout, last_lags: vec![None; state.migrations.len()], name_width }
    }

    /// Writes an event.
    pub fn print(
        &mut self,
        migration: &WatchedMigration,
        event: &WatchEvent<'_>,
    ) -> Result<(), CliError> {
        let overflow = event.overflow(migration.index);
        if self.format == OutputFormat::Json {
            let fields = event.fields(migration)?;
            return self.write_event(event.name(), migration, fields, overflow);
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
    pub fn end(&self, state: &WatchState) -> Result<(), CliError> {
        if self.format == OutputFormat::Table {
            return Ok(());
        }
        for migration in &state.migrations {
            if let Some(outcome) = &migration.outcome {
                let dropped = self.stdout.dropped(migration.index);
                let event = with_waiting_for(migration, end_event(migration, outcome, dropped));
                self.write_event("end", migration, event, Overflow::Keep)?;
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

    fn write_event(
        &self,
        name: &str,
        migration: &WatchedMigration,
        mut event: Value,
        overflow: Overflow,
    ) -> Result<(), CliError> {
        if let Value::Object(fields) = &mut event {
            let key = migration.target.key;
            for (field, value) in [
                ("event", name.to_owned()),
                ("name", migration.target.name.clone()),
                ("group_id", key.group.to_string()),
                ("live_migration_id", key.id.to_string()),
            ] {
                fields.insert(field.to_owned(), value.into());
            }
        }
        self.stdout.push(terminal::json_line(&event)?.into_bytes(), overflow);
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

/// Adds what the cutover waits for, if the migration is to be cut over.
fn with_waiting_for(migration: &WatchedMigration, mut event: Value) -> Value {
    if migration.condition.is_some()
        && let Value::Object(fields) = &mut event
    {
        let waiting_for = migration.waiting_for().map(WaitingFor::as_str);
        fields.insert("waiting_for".to_owned(), waiting_for.into());
    }
    event
}

/// Returns whether a lag has changed by at least a quarter.
fn is_large_change(before: Option<Duration>, now: Option<Duration>) -> bool {
    match (before, now) {
        (Some(before), Some(now)) => now.abs_diff(before) >= before / 4,
        (before, now) => before != now,
    }
}

fn end_event(migration: &WatchedMigration, outcome: &Outcome, dropped: u64) -> Value {
    let job = migration.job();
    let error = match outcome {
        Outcome::Error { message, .. } => Some(message),
        _ => None,
    };
    json!({
        "at": migration.finish_time.and_then(rfc3339),
        "outcome": outcome.as_str().replace(' ', "_"),
        "error": error,
        "exit_code": outcome.exit().map_or(0, |exit| exit as u8),
        "status": migration.status().map(LiveMigrationStatus::as_str),
        "lag_seconds": job.and_then(|job| job.lag).map(|lag| lag.as_secs_f64()),
        "ready_for_cutover": job.and_then(|job| job.ready_for_cutover),
        "cutover": migration.cutover.as_str(),
        "polls": migration.polls,
        "failed_polls": migration.failed_polls,
        "left_out": dropped,
    })
}
