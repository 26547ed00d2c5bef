//! What is told while migrations are followed: lines on stdout, the live view, metrics.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, SystemTime};

use atlas_migrations::{Change, Error, LiveMigrationStatus, Update, WatchError};
use serde::Serialize;
use serde_json::{Value, json};

use super::board::{Board, Outcome, Row};
use super::metrics::Metrics;
use super::screen::Screen;
use super::view;
use crate::arguments::Output;
use crate::failure::Failure;
use crate::terminal::{self, has_colour, optional, print, table, yes_or_no};

/// Where it is told.
pub struct Outputs {
    lines: Option<Lines>,
    screen: Option<Screen>,
    metrics: Option<Metrics>,
}

/// Lines on stdout.
struct Lines {
    form: Output,
    /// The lag that each migration had when it was last told.
    told: Vec<Option<Duration>>,
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
}

impl Outputs {
    /// A live view where stderr is a terminal, and lines where they do not get in its way.
    pub fn new(form: Output, migrations: usize, metrics: Option<Metrics>) -> Self {
        let (stdout, stderr) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let has_lines = form == Output::Json || !(stdout && stderr);
        let lines = has_lines.then(|| Lines { form, told: vec![None; migrations] });
        let screen = (stderr && !(has_lines && stdout)).then(Screen::new);
        Self { lines, screen, metrics }
    }

    pub fn update(
        &mut self,
        row: &Row,
        index: usize,
        is_news: bool,
        now: SystemTime,
    ) -> Result<(), Failure> {
        if let Some(metrics) = &self.metrics {
            metrics.update(row);
        }
        match (&mut self.lines, &row.seen) {
            (Some(lines), Some(update)) if is_news => lines.update(row, index, update, now),
            _ => Ok(()),
        }
    }

    pub fn failed_poll(
        &self,
        row: &Row,
        error: &WatchError,
        is_news: bool,
        now: SystemTime,
    ) -> Result<(), Failure> {
        if let Some(metrics) = &self.metrics {
            metrics.update(row);
        }
        match (&self.lines, &row.trouble) {
            (Some(Lines { form: Output::Json, .. }), Some(trouble)) if is_news => {
                let status = error.call().and_then(Error::status).map(|status| status.as_u16());
                print_line(&named(
                    "poll_failed",
                    row,
                    json!({
                        "at": at(now),
                        "error": trouble.why,
                        "status": status,
                        "failed_polls": trouble.polls,
                        "next_poll_seconds": error.next_poll_in().map(|wait| wait.as_secs_f64()),
                    }),
                ))
            }
            (Some(_), Some(trouble)) if is_news => {
                told(now, row, &format!("no answer: {}", trouble.why))
            }
            _ => Ok(()),
        }
    }

    pub fn cutover(
        &self,
        row: &Row,
        step: Step,
        why: Option<&str>,
        now: SystemTime,
    ) -> Result<(), Failure> {
        match &self.lines {
            Some(Lines { form: Output::Json, .. }) => print_line(&named(
                "cutover",
                row,
                json!({
                    "at": at(now), "state": step.as_str(), "error": why,
                }),
            )),
            Some(_) => {
                let what = match step {
                    Step::Sending => "ready: looking once more and cutting over",
                    Step::Accepted => "the cutover was accepted",
                    Step::Unclear => {
                        "the cutover may have taken effect; it is not sent again, and what becomes \
                         of it will show"
                    }
                    Step::Refused => "the cutover was refused",
                    Step::PutOff => "not cut over yet: it was not ready when looked at once more",
                };
                let why = why.map(|why| format!(": {why}")).unwrap_or_default();
                told(now, row, &format!("{what}{why}"))
            }
            None => Ok(()),
        }
    }

    /// Draws the live view.
    pub fn frame(&mut self, board: &Board, now: SystemTime) -> Result<(), Failure> {
        Ok(self.screen.as_mut().map_or(Ok(()), |screen| screen.draw(board, now))?)
    }

    /// Tells where each migration stands, once all is over.
    pub fn end(&mut self, board: &Board, now: SystemTime) -> Result<(), Failure> {
        if let Some(screen) = self.screen.take() {
            screen.clear()?;
        }
        match self.lines {
            Some(Lines { form: Output::Json, .. }) => board.rows.iter().try_for_each(|row| {
                let Some(outcome) = &row.outcome else {
                    return Ok(());
                };
                print_line(&end(row, outcome, now))
            }),
            _ => Ok(print(summary(board, has_colour()).as_bytes())?),
        }
    }
}

impl Lines {
    fn update(
        &mut self,
        row: &Row,
        index: usize,
        update: &Update,
        now: SystemTime,
    ) -> Result<(), Failure> {
        if self.form == Output::Json {
            let update = serde_json::to_value(update);
            let update = update.map_err(|error| Failure::new("cannot write JSON").because(&error));
            return print_line(&named("update", row, update?));
        }
        let before = &mut self.told[index];
        let is_lag_alone = *update.changed == [Change::Lag] && update.failed_polls == 0;
        if is_lag_alone && !is_large(*before, update.lag) {
            return Ok(());
        }
        *before = update.lag;
        let lag = update.lag.map(|lag| format!("lag {}, ", view::short(lag))).unwrap_or_default();
        told(now, row, &format!("{lag}{}", view::next(row, now).text()))
    }
}

/// Whether a lag has changed by a quarter.
fn is_large(before: Option<Duration>, now: Option<Duration>) -> bool {
    match (before, now) {
        (Some(before), Some(now)) => now.abs_diff(before) >= before / 4,
        (before, now) => before != now,
    }
}

/// One line for people.
fn told(now: SystemTime, row: &Row, what: &str) -> Result<(), Failure> {
    let at = at(now).unwrap_or_default();
    let status = terminal::status(row.job().and_then(|job| job.status.as_ref()));
    let status = status.padded(8, false);
    Ok(print(format!("{at}  {}  {status}  {what}\n", row.target.name).as_bytes())?)
}

/// One line for programs.
fn print_line(value: &impl Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string(value);
    let json = json.map_err(|error| Failure::new("cannot write JSON").because(&error))?;
    Ok(print(format!("{json}\n").as_bytes())?)
}

/// An event of a migration with what all of them have.
fn named(event: &str, row: &Row, mut value: Value) -> Value {
    if let Value::Object(fields) = &mut value {
        fields.insert("event".to_owned(), event.into());
        fields.insert("name".to_owned(), row.target.name.clone().into());
        fields.insert("group_id".to_owned(), row.target.key.group.to_string().into());
        fields.insert("live_migration_id".to_owned(), row.target.key.id.to_string().into());
    }
    value
}

fn end(row: &Row, outcome: &Outcome, now: SystemTime) -> Value {
    let job = row.job();
    let error = match outcome {
        Outcome::Error { why, .. } => Some(why),
        _ => None,
    };
    named(
        "end",
        row,
        json!({
            "at": at(row.settled.unwrap_or(now)),
            "outcome": outcome.as_str().replace(' ', "_"),
            "error": error,
            "exit_code": outcome.exit().map_or(0, |exit| exit as u8),
            "status": job.and_then(|job| job.status.as_ref()).map(LiveMigrationStatus::as_str),
            "lag_seconds": job.and_then(|job| job.lag).map(|lag| lag.as_secs_f64()),
            "ready_for_cutover": job.and_then(|job| job.ready_for_cutover),
            "polls": row.polls,
            "failed_polls": row.failed_polls,
        }),
    )
}

/// Where each migration stands.
pub fn summary(board: &Board, colour: bool) -> String {
    let row = |row: &Row| {
        let job = row.job();
        let outcome = row.outcome.as_ref();
        let is_sending = row.cutover == super::board::Cutover::Sending;
        let note = match outcome {
            Some(Outcome::Error { why, .. }) => format!("error: {why}"),
            Some(outcome) if is_sending => {
                format!(
                    "{}; its cutover was being sent, and may have taken effect",
                    outcome.as_str()
                )
            }
            Some(outcome) => outcome.as_str().to_owned(),
            None => row.stage(),
        };
        let colour = match outcome {
            None | Some(Outcome::Ready | Outcome::Complete) => 32,
            Some(Outcome::TimedOut | Outcome::Interrupted) => 33,
            Some(_) => 31,
        };
        [
            row.target.name.clone().into(),
            optional(job.and_then(|job| job.lag).map(|lag| format!("{} s", lag.as_secs()))),
            yes_or_no(job.and_then(|job| job.ready_for_cutover)),
            terminal::status(job.and_then(|job| job.status.as_ref())),
            terminal::Cell::from(note).in_colour(colour),
        ]
    };
    let rows: Vec<_> = board.rows.iter().map(row).collect();
    table(["MIGRATION", "LAG TIME", "READY FOR CUTOVER", "STATUS", "OUTCOME"], &rows, colour)
}

/// A time to the second; none for one before there were such times.
pub fn at(time: SystemTime) -> Option<String> {
    // The formatter panics on what lies before, and after the year 9999.
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    (since.as_secs() < 253_402_300_800).then(|| humantime::format_rfc3339_seconds(time).to_string())
}
