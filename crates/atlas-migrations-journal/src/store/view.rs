//! What a store tells.

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    clock::Clock,
    event::{EventRecord, StreamKind},
    ids::{EventId, JournalId, RunnerId, StreamId},
};

/// Where a journal is stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StoreKind {
    /// A file of this user.
    Sqlite,
    /// A database that a team shares.
    Postgres,
}

/// What a journal is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct JournalInfo {
    /// Where it is stored.
    pub kind: StoreKind,
    /// The file, or the host and the database.
    pub location: String,
    /// The identifier.
    pub journal_id: JournalId,
    /// The version of the schema.
    pub schema_version: i64,
    /// How many events it has.
    pub events: u64,
    /// Why it cannot be written, if it cannot.
    pub read_only: Option<String>,
    /// What is doubtful about the place, such as a disk that is lost with its container.
    pub warnings: Vec<String>,
    /// The time of the database, in milliseconds since 1970; the local time on SQLite.
    pub now_ms: i64,
}

/// An event that was stored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Appended {
    /// The stream.
    pub stream: StreamId,
    /// The sequence of the event.
    pub seq: u64,
    /// The position of the event in the journal.
    pub position: u64,
    /// The identifier of the event.
    pub event_id: EventId,
    /// When it was stored, in milliseconds since 1970.
    pub at_ms: i64,
    /// Whether it was stored by an earlier call.
    pub repeated: bool,
    /// The right to send the request, if the event is an intent that this call stored.
    pub permit: Option<SendPermit>,
}

/// The right to send one request, for a short time.
#[derive(Clone)]
pub struct SendPermit {
    clock: Arc<dyn Clock>,
    expires: Duration,
}

impl SendPermit {
    /// The time is counted from before the intent was stored, by a clock that counts suspension.
    pub(crate) fn new(clock: Arc<dyn Clock>, started: Duration, window: Duration) -> Self {
        Self { clock, expires: started.saturating_add(window) }
    }

    /// Returns whether the request may be sent now. Ask directly before its first byte; if not, the outcome is `not_sent`.
    pub fn may_send(&self) -> bool {
        self.clock.since_boot() < self.expires
    }
}

impl fmt::Debug for SendPermit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SendPermit").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// A row of the list of streams.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct StreamRow {
    /// The identifier.
    pub id: StreamId,
    /// What the stream is the log of.
    pub kind: StreamKind,
    /// The scope of the name.
    pub scope: String,
    /// The name.
    pub name: String,
    /// The plan that the migration belongs to.
    pub plan: Option<StreamId>,
    /// The sequence of the last event.
    pub head: u64,
    /// The current attempt.
    pub attempt: u32,
    /// The phase, as a word.
    pub phase: String,
    /// The gate of a plan.
    pub gate: u64,
    /// The project.
    pub group_id: Option<String>,
    /// The migration.
    pub migration_id: Option<String>,
    /// The destination, while the stream occupies it.
    pub destination: Option<String>,
    /// The destination that an attempt completed.
    pub completed: Option<String>,
    /// Whether the current attempt ended.
    pub ended: bool,
    /// Whether the stream is archived.
    pub archived: bool,
    /// The runner that works on it.
    pub owner: Option<RunnerId>,
    /// The fence.
    pub fence: u64,
}

impl StreamRow {
    /// Creates the row of a stream that is in no journal, for a view over what a process saw itself.
    pub fn in_memory(id: StreamId, kind: StreamKind, name: impl Into<String>) -> Self {
        Self {
            id,
            kind,
            scope: String::new(),
            name: name.into(),
            plan: None,
            head: 0,
            attempt: 1,
            phase: String::new(),
            gate: 0,
            group_id: None,
            migration_id: None,
            destination: None,
            completed: None,
            ended: false,
            archived: false,
            owner: None,
            fence: 0,
        }
    }
}

/// A renewed lease.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Lease {
    /// The runner.
    pub runner: RunnerId,
    /// How many runners are alive. On SQLite those whose lock is held.
    pub live_runners: usize,
}

/// The result of a claim.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Claimed {
    /// The streams that the runner works on, with their fences.
    pub streams: Vec<(StreamId, u64)>,
    /// How many streams the claim was about.
    pub candidates: usize,
    /// The streams of these runners were taken because they are gone, or because a person asked for it.
    pub taken_from: Vec<RunnerId>,
}

impl Claimed {
    /// Returns the fence of a stream, if the runner works on it.
    pub fn fence(&self, stream: StreamId) -> Option<u64> {
        self.streams.iter().find(|(id, _)| *id == stream).map(|(_, fence)| *fence)
    }
}

/// A stream as it is exported.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExportedStream {
    /// The stream.
    pub row: StreamRow,
    /// Its events, from the first to the last.
    pub events: Vec<EventRecord>,
}

/// A difference between the events and the tables that are made from them.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Problem {
    /// The stream, if it concerns one.
    pub stream: Option<StreamId>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.stream {
            Some(stream) => write!(formatter, "stream {stream}: {}", self.what),
            None => formatter.write_str(&self.what),
        }
    }
}

/// The result of `verify`.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct VerifyReport {
    /// How many streams were read.
    pub streams: u64,
    /// How many events were read.
    pub events: u64,
    /// What is wrong.
    pub problems: Vec<Problem>,
}
