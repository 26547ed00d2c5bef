//! [`EventLines`]: one line on stdout for each event of a watch, as text or JSON.

use std::time::Duration;

use atlas_migrations::{Change, Error, LiveMigrationStatus, Update, WatchError};
use serde_json::{Value, json};

use super::cutover_condition::WaitingFor;
use super::outcome::Outcome;
use super::state::WatchState;
use super::time_text::{rfc3339, short};
use super::view::next_cell;
use super::watched_migration::{Outage, WatchedMigration};
use crate::cli::OutputFormat;
use crate::error::CliError;
use crate::terminal::{self, Cell, Line, Overflow, WriteQueue};

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

/// A step of a cutover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutoverStep {
    Sending,
    Accepted,
    Unclear,
    Refused,
    Postponed,
}

impl CutoverStep {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Unclear => "unclear",
            Self::Refused => "refused",
            Self::Postponed => "postponed",
        }
    }

    /// A cutover may be postponed after each poll, so only the newest of these events is kept.
    fn overflow(self, index: usize) -> Overflow {
        match self {
            Self::Sending | Self::Postponed => Overflow::KeepNewest(index, self.as_str()),
            Self::Accepted | Self::Unclear | Self::Refused => Overflow::Keep,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Sending => "ready: checking once more, then cutting over",
            Self::Accepted => "the cutover was accepted",
            Self::Unclear => {
                "the result of the cutover is unknown; it is not sent again, the next polls show the result"
            }
            Self::Refused => "the cutover was refused",
            Self::Postponed => {
                "the cutover was postponed: the last check did not find the migration ready"
            }
        }
    }
}

impl EventLines {
    pub fn new(format: OutputFormat, stdout: WriteQueue, state: &WatchState) -> Self {
        let names = state.migrations.iter().map(|migration| &migration.target.name);
        let widths = names.map(|name| Cell::from(name).width());
        let name_width = widths.filter(|width| *width <= MAX_NAME_WIDTH).max().unwrap_or_default();
        Self { format, stdout, last_lags: vec![None; state.migrations.len()], name_width }
    }

    pub fn update(
        &mut self,
        migration: &WatchedMigration,
        update: &Update,
    ) -> Result<(), CliError> {
        let overflow = Overflow::KeepNewest(migration.index, "update");
        if self.format == OutputFormat::Json {
            let event = with_waiting_for(migration, serde_json::to_value(update)?);
            return self.write_event("update", migration, event, overflow);
        }
        let last_lag = &mut self.last_lags[migration.index];
        let is_only_lag = *update.changed == [Change::Lag] && update.failed_polls == 0;
        if is_only_lag && !is_large_change(*last_lag, update.lag) {
            return Ok(());
        }
        *last_lag = update.lag;
        let lag = update.lag.map(|lag| format!("lag {}, ", short(lag))).unwrap_or_default();
        let text = format!("{lag}{}", next_cell(migration).text());
        self.write_line(migration, &text, overflow);
        Ok(())
    }

    pub fn failed_poll(
        &self,
        migration: &WatchedMigration,
        outage: &Outage,
        error: &WatchError,
    ) -> Result<(), CliError> {
        let overflow = Overflow::KeepNewest(migration.index, "poll_failed");
        if self.format == OutputFormat::Table {
            let text = format!("no response: {}", outage.reason);
            self.write_line(migration, &text, overflow);
            return Ok(());
        }
        let event = json!({
            "at": rfc3339(migration.now()),
            "error": outage.reason,
            "status": error.api_error().and_then(Error::status).map(|status| status.as_u16()),
            "failed_polls": outage.failed_polls,
            "next_poll_seconds": error.next_poll_in().map(|wait| wait.as_secs_f64()),
        });
        self.write_event("poll_failed", migration, event, overflow)
    }

    pub fn cutover(
        &self,
        migration: &WatchedMigration,
        step: CutoverStep,
        reason: Option<&str>,
    ) -> Result<(), CliError> {
        let overflow = step.overflow(migration.index);
        if self.format == OutputFormat::Json {
            let event =
                json!({"at": rfc3339(migration.now()), "state": step.as_str(), "error": reason});
            return self.write_event("cutover", migration, event, overflow);
        }
        let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        self.write_line(migration, &format!("{}{reason}", step.text()), overflow);
        Ok(())
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

/// Whether a lag has changed by at least a quarter.
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
