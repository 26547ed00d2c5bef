//! The errors of a journal. Each text says what happened and what to do.

use std::{fmt, io, path::PathBuf};

use crate::{
    event::StreamKind,
    ids::{EventId, RunnerId, StreamId},
    state::Rejection,
};

/// The result of a call to a journal.
pub type Result<T> = std::result::Result<T, Error>;

/// Says why a journal did not do what was asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Another event came first: read the stream and decide again.
    Conflict {
        /// The stream.
        stream: StreamId,
        /// The last sequence that the caller knew.
        expected: u64,
        /// The last sequence.
        actual: u64,
    },
    /// Something happened to another migration of the plan: read the plan and decide again.
    GateMoved {
        /// The gate that the caller saw.
        seen: u64,
        /// The gate.
        actual: u64,
    },
    /// The intent of a cutover in a plan does not say which gate the decision was made at.
    GateMissing,
    /// Another process works on the stream.
    FenceLost {
        /// The process, if there is one.
        owner: Option<RunnerId>,
        /// The fence.
        fence: u64,
    },
    /// An intent does not say who writes it.
    FenceMissing,
    /// The lease was not renewed in time: the process may no longer be the one that works.
    LeaseStale(RunnerId),
    /// The runner is not known to this journal, or this process does not hold its lock.
    UnknownRunner(RunnerId),
    /// The state of the stream does not allow the event.
    Rejected(Rejection),
    /// A request has the slot of this operation: the constraint of the database says so.
    SlotTaken,
    /// The name is taken.
    NameTaken {
        /// The kind of stream.
        kind: StreamKind,
        /// The scope of the name.
        scope: String,
        /// The name.
        name: String,
    },
    /// Another migration occupies the destination.
    DestinationTaken {
        /// The destination.
        destination: String,
        /// Name of the other stream.
        by: String,
    },
    /// A create request would drop a destination that this journal saw completed.
    DestinationCompleted {
        /// The destination.
        destination: String,
        /// Name of the stream that completed it.
        by: String,
    },
    /// Another stream follows the migration.
    MigrationTaken {
        /// Name of the other stream.
        by: String,
    },
    /// There is no such stream.
    NoSuchStream(StreamId),
    /// The stream has not ended.
    NotEnded(StreamId),
    /// It is not known whether the event was stored. Do not send the request.
    Ambiguous {
        /// The event. Append it again with the same identifier to find out.
        event_id: EventId,
        /// What is known.
        detail: String,
    },
    /// The journal shows less than it acknowledged before.
    HistoryLost {
        /// What was acknowledged.
        acknowledged: u64,
        /// What the journal shows.
        found: u64,
    },
    /// The journal cannot be written.
    ReadOnly(String),
    /// The journal was made by a later version of this program.
    Newer {
        /// The schema version of the journal.
        found: i64,
        /// The latest schema version that this program knows.
        known: i64,
        /// Whether this program can read the journal.
        readable: bool,
    },
    /// The disk is full.
    DiskFull(String),
    /// The journal is damaged.
    Corrupt(String),
    /// The file or schema is something else than a journal.
    NotAJournal(String),
    /// Another process holds the database for too long.
    Busy(String),
    /// The database cannot be reached.
    Unreachable(String),
    /// The database does not give what the journal needs.
    Unsuitable(String),
    /// The file or folder is not safe to use.
    Insecure {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A file cannot be used.
    File {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The location of the journal cannot be used.
    Location(String),
    /// The input is not an export of a journal.
    Import {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// The database says something else.
    Database(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Returns whether reading and deciding again may succeed at once.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::GateMoved { .. })
    }

    /// Returns whether the same call may succeed later without a person.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Unreachable(_))
    }

    pub(crate) fn file(doing: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::File { doing, path: path.into(), source }
    }
}

impl fmt::Display for Error {
    #[allow(clippy::too_many_lines)] // One table of texts.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict { stream, expected, actual } => write!(
                formatter,
                "another process wrote to stream {stream} first (event {actual}, expected {expected}): read it and decide again"
            ),
            Self::GateMoved { seen, actual } => write!(
                formatter,
                "something happened in the plan since the decision (gate {actual}, expected {seen}): read it and decide again"
            ),
            Self::GateMissing => {
                formatter.write_str("the cutover of a migration in a plan needs the plan's gate")
            }
            Self::FenceLost { owner: Some(owner), fence } => {
                write!(
                    formatter,
                    "runner {owner} works on this stream (fence {fence}): nothing was sent"
                )
            }
            Self::FenceLost { owner: None, fence } => {
                write!(
                    formatter,
                    "nobody works on this stream (fence {fence}): claim it before a request"
                )
            }
            Self::FenceMissing => {
                formatter.write_str("an intent needs the fence of a claimed stream")
            }
            Self::LeaseStale(runner) => write!(
                formatter,
                "the lease of runner {runner} was not renewed in time: renew it and claim again; nothing was sent"
            ),
            Self::UnknownRunner(runner) => write!(
                formatter,
                "runner {runner} is not registered here: register and claim again"
            ),
            Self::Rejected(rejection) => rejection.fmt(formatter),
            Self::SlotTaken => {
                formatter.write_str("the attempt has such a request already: nothing was sent")
            }
            Self::NameTaken { kind, scope, name } => {
                write!(
                    formatter,
                    "there is a {kind} named `{name}` in `{scope}` already: choose another name"
                )
            }
            Self::DestinationTaken { destination, by } => {
                write!(formatter, "`{by}` migrates to {destination} already: wait for its end")
            }
            Self::DestinationCompleted { destination, by } => write!(
                formatter,
                "`{by}` migrated to {destination} and completed: a request that drops its data is refused"
            ),
            Self::MigrationTaken { by } => {
                write!(formatter, "`{by}` follows that migration already")
            }
            Self::NoSuchStream(stream) => write!(formatter, "no stream {stream} in this journal"),
            Self::NotEnded(stream) => write!(formatter, "stream {stream} has not ended"),
            Self::Ambiguous { event_id, detail } => write!(
                formatter,
                "it is not known whether event {event_id} was stored ({detail}): nothing is sent; append the same event again"
            ),
            Self::HistoryLost { acknowledged, found } => write!(
                formatter,
                "the journal lost acknowledged events ({found} of {acknowledged} are there): it was restored from an old copy, or \
                 a standby took over; nothing is sent"
            ),
            Self::ReadOnly(why) => {
                write!(formatter, "the journal cannot be written, so nothing is sent: {why}")
            }
            Self::Newer { found, known, readable: true } => write!(
                formatter,
                "the journal has schema version {found} and this program writes up to {known}: it can only be read; update the \
                 program"
            ),
            Self::Newer { found, known, readable: false } => {
                write!(
                    formatter,
                    "the journal has schema version {found}, this program knows up to {known}: update the program"
                )
            }
            Self::DiskFull(detail) => {
                write!(
                    formatter,
                    "no space is left for the journal, so nothing is sent: {detail}; free some and try again"
                )
            }
            Self::Corrupt(detail) => write!(
                formatter,
                "the journal is damaged, so nothing is sent: {detail}; `journal export` saves what can be read"
            ),
            Self::NotAJournal(detail) => {
                write!(formatter, "not a journal of live migrations: {detail}")
            }
            Self::Busy(detail) => {
                write!(formatter, "another process holds the journal: {detail}; try again")
            }
            Self::Unreachable(detail) => {
                write!(formatter, "the journal's database cannot be reached: {detail}")
            }
            Self::Unsuitable(detail) => {
                write!(formatter, "the journal's database cannot be used: {detail}")
            }
            Self::Insecure { path, why } => write!(formatter, "{}: {why}", path.display()),
            Self::File { doing, path, source } => {
                write!(formatter, "cannot {doing} {}: {source}", path.display())
            }
            Self::Location(why) => formatter.write_str(why),
            Self::Import { line, why } => write!(formatter, "line {line} of the import: {why}"),
            Self::Database(error) => write!(formatter, "the journal's database says: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { source, .. } => Some(source),
            Self::Database(error) => Some(&**error),
            _ => None,
        }
    }
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}
