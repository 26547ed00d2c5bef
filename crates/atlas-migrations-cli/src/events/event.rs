//! [`EventLine`]: one event, as programs read it.

use std::time::SystemTime;

use schemars::JsonSchema;
use serde::Serialize;

use super::run::{Claimed, GivenUp, Problem, Recorded, RunEnd, Waits};
use super::watch::{CutoverEvent, PollFailed, Seen, WatchEnd};
use crate::time_text::rfc3339;

/// The version of the events.
const VERSION: u32 = 1;

/// One line that `watch`, `run` or `demo` prints with `--output json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EventLine {
    /// The version of this format. It grows when a field or an event changes its meaning, or goes. New events, new fields
    /// and new words do not change it, so ignore what you do not know.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// When it happened, in RFC 3339 and UTC.
    #[schemars(extend("format" = "date-time"))]
    at: String,
    /// The name of the migration. `null` for what concerns the whole plan, or all migrations.
    name: Option<String>,
    #[serde(flatten)]
    event: Event,
}

/// What happened.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// `watch`: a poll found a change.
    Update(Box<Seen>),
    /// `watch`: the first failed poll of a series.
    PollFailed(PollFailed),
    /// `watch` for a cutover: what became of it.
    Cutover(CutoverEvent),
    /// `run`: an event of the journal.
    Recorded(Recorded),
    /// `run`: a migration waits for something else than before.
    Waits(Waits),
    /// `run`: this run works on the migration.
    Claimed(Claimed),
    /// `run`: another run works on the migration.
    GivenUp(GivenUp),
    /// `run`: something went wrong, and the run goes on.
    Problem(Problem),
    /// The last event of each migration.
    End(End),
    /// `demo`: its last line.
    Took(Took),
}

/// The last event of each migration.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum End {
    /// Of `watch`: it has an `outcome`.
    Watch(WatchEnd),
    /// Of `run`: it has a `state`.
    Run(RunEnd),
}

/// What the demo took.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Took {
    /// Number of requests that the simulator received.
    pub requests: u64,
    /// Number of tokens that it issued.
    pub tokens: u64,
}

impl EventLine {
    /// Returns an event of a time that is text in RFC 3339.
    pub fn at_text(at: String, name: Option<String>, event: Event) -> Self {
        Self { version: VERSION, at, name, event }
    }

    /// Returns an event of a time.
    pub fn at(time: SystemTime, name: Option<String>, event: Event) -> Self {
        // The format has no other times.
        let at = rfc3339(time).unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned());
        Self::at_text(at, name, event)
    }

    /// Returns an event of this moment.
    pub fn now(name: Option<String>, event: Event) -> Self {
        Self::at(SystemTime::now(), name, event)
    }
}
