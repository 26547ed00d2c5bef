//! [`Lines`]: what happens, line by line, for people or for programs.

use std::time::{Duration, SystemTime};

use atlas_migrations::{Change, Error, LiveMigrationStatus, Update, WatchError};
use serde_json::{Value, json};

use super::board::{Board, Outcome, Row, Trouble};
use super::view;
use super::waiting::WaitingFor;
use crate::arguments::Output;
use crate::failure::Failure;
use crate::terminal::{self, Cell, Keep, Line, Queue};

/// The most columns that a name takes; what is longer stands out.
const NAME: usize = 24;

/// Lines on stdout.
pub struct Lines {
    form: Output,
    stdout: Queue,
    /// The lag that each migration had when it was last told.
    told: Vec<Option<Duration>>,
    /// How wide the names are.
    names: usize,
}

/// How a cutover goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Sending,
    Accepted,
    Unclear,
    Refused,
    PutOff,
}

impl Step {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Unclear => "unclear",
            Self::Refused => "refused",
            Self::PutOff => "put_off",
        }
    }

    /// What becomes of it where nobody reads it. Between polls it may be put off again and again.
    fn keep(self, index: usize) -> Keep {
        match self {
            Self::Sending | Self::PutOff => Keep::Newest(index, self.as_str()),
            Self::Accepted | Self::Unclear | Self::Refused => Keep::Always,
        }
    }

    fn told(self) -> &'static str {
        match self {
            Self::Sending => "ready: looking once more and cutting over",
            Self::Accepted => "the cutover was accepted",
            Self::Unclear => {
                "what the cutover did is not known; it is not sent again, and what follows will show"
            }
            Self::Refused => "the cutover was refused",
            Self::PutOff => "not cut over yet: the last look did not find it ready",
        }
    }
}

impl Lines {
    pub fn new(form: Output, stdout: Queue) -> Self {
        Self { form, stdout, told: Vec::new(), names: 0 }
    }

    pub fn begin(&mut self, board: &Board) {
        let names = board.rows.iter().map(|row| Cell::from(row.target.name.clone()).width());
        self.names = names.filter(|width| *width <= NAME).max().unwrap_or_default();
        self.told = vec![None; board.rows.len()];
    }

    pub fn update(
        &mut self,
        row: &Row,
        index: usize,
        update: &Update,
        now: SystemTime,
    ) -> Result<(), Failure> {
        let keep = Keep::Newest(index, "update");
        if self.form == Output::Json {
            let update = with_waiting_for(row, serde_json::to_value(update)?);
            return self.event("update", row, update, keep);
        }
        let before = self.told.get(index).copied().flatten();
        let is_lag_alone = *update.changed == [Change::Lag] && update.failed_polls == 0;
        if is_lag_alone && !is_large(before, update.lag) {
            return Ok(());
        }
        if let Some(before) = self.told.get_mut(index) {
            *before = update.lag;
        }
        let lag = update.lag.map(|lag| format!("lag {}, ", view::short(lag))).unwrap_or_default();
        self.tell(row, now, &format!("{lag}{}", view::next(row).text()), keep);
        Ok(())
    }

    pub fn failed_poll(
        &self,
        row: &Row,
        index: usize,
        trouble: &Trouble,
        error: &WatchError,
        now: SystemTime,
    ) -> Result<(), Failure> {
        let keep = Keep::Newest(index, "poll_failed");
        if self.form == Output::Table {
            self.tell(row, now, &format!("no answer: {}", trouble.why), keep);
            return Ok(());
        }
        let told = json!({
            "at": at(now),
            "error": trouble.why,
            "status": error.api_error().and_then(Error::status).map(|status| status.as_u16()),
            "failed_polls": trouble.polls,
            "next_poll_seconds": error.next_poll_in().map(|wait| wait.as_secs_f64()),
        });
        self.event("poll_failed", row, told, keep)
    }

    pub fn cutover(
        &self,
        row: &Row,
        index: usize,
        step: Step,
        why: Option<&str>,
        now: SystemTime,
    ) -> Result<(), Failure> {
        if self.form == Output::Json {
            let told = json!({"at": at(now), "state": step.as_str(), "error": why});
            return self.event("cutover", row, told, step.keep(index));
        }
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        self.tell(row, now, &format!("{}{why}", step.told()), step.keep(index));
        Ok(())
    }

    pub fn end(&self, board: &Board, now: SystemTime) -> Result<(), Failure> {
        if self.form == Output::Table {
            return Ok(());
        }
        for (index, row) in board.rows.iter().enumerate() {
            if let Some(outcome) = &row.outcome {
                let told = end(row, outcome, self.stdout.left_out(index), now);
                self.event("end", row, with_waiting_for(row, told), Keep::Always)?;
            }
        }
        Ok(())
    }

    /// One line for people.
    fn tell(&self, row: &Row, now: SystemTime, what: &str, keep: Keep) {
        let at = at(now).unwrap_or_default();
        let name = Cell::from(row.target.name.clone());
        let name = name.padded(self.names.max(name.width()));
        let status = terminal::status(row.job().and_then(|job| job.status.as_ref()));
        let status = status.padded(8);
        let line = Line::from(format!("{at}  {name}  {status}  {what}"));
        self.stdout.push((line.to_text(false) + "\n").into_bytes(), keep);
    }

    /// One line for programs.
    fn event(&self, event: &str, row: &Row, mut told: Value, keep: Keep) -> Result<(), Failure> {
        if let Value::Object(fields) = &mut told {
            let key = row.target.key;
            for (name, value) in [
                ("event", event.to_owned()),
                ("name", row.target.name.clone()),
                ("group_id", key.group.to_string()),
                ("live_migration_id", key.id.to_string()),
            ] {
                fields.insert(name.to_owned(), value.into());
            }
        }
        self.stdout.push(terminal::json_line(&told)?.into_bytes(), keep);
        Ok(())
    }
}

/// An event of a migration that is to be cut over, with what that waits for.
fn with_waiting_for(row: &Row, mut event: Value) -> Value {
    if row.gate.is_some()
        && let Value::Object(fields) = &mut event
    {
        let what = row.waiting_for().map(WaitingFor::as_str);
        fields.insert("waiting_for".to_owned(), what.into());
    }
    event
}

/// Whether a lag has changed by a quarter.
fn is_large(before: Option<Duration>, now: Option<Duration>) -> bool {
    match (before, now) {
        (Some(before), Some(now)) => now.abs_diff(before) >= before / 4,
        (before, now) => before != now,
    }
}

fn end(row: &Row, outcome: &Outcome, left_out: u64, now: SystemTime) -> Value {
    let job = row.job();
    let error = match outcome {
        Outcome::Error { why, .. } => Some(why),
        _ => None,
    };
    json!({
        "at": at(row.settled.unwrap_or(now)),
        "outcome": outcome.as_str().replace(' ', "_"),
        "error": error,
        "exit_code": outcome.exit().map_or(0, |exit| exit as u8),
        "status": job.and_then(|job| job.status.as_ref()).map(LiveMigrationStatus::as_str),
        "lag_seconds": job.and_then(|job| job.lag).map(|lag| lag.as_secs_f64()),
        "ready_for_cutover": job.and_then(|job| job.ready_for_cutover),
        "cutover": row.cutover.as_str(),
        "polls": row.polls,
        "failed_polls": row.failed_polls,
        "left_out": left_out,
    })
}

/// A time to the second in RFC 3339; none for one before 1970.
pub fn at(time: SystemTime) -> Option<String> {
    // The formatter panics on what lies before, and after the year 9999.
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    (since.as_secs() < 253_402_300_800).then(|| humantime::format_rfc3339_seconds(time).to_string())
}
