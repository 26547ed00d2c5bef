//! What a caller is told while a change is under way.

use std::path::PathBuf;

use atlas_migrations_journal::{AtlasId, StreamId, event::Operation};

/// Says whether an outcome is in the journal.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Recorded {
    /// It is.
    Written {
        /// The sequence of the event.
        seq: u64,
    },
    /// It is not, yet. Writing goes on until [`Changes::settled`](super::Changes::settled).
    Held {
        /// The file that keeps it, if one could be written. The next start imports it.
        file: Option<PathBuf>,
        /// Why.
        why: String,
    },
}

/// Something that a person must know at once, whatever the call returns.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Notice {
    /// An outcome is known and the journal cannot be written.
    OutcomeHeld {
        /// The stream.
        stream: StreamId,
        /// The request.
        operation: Operation,
        /// The migration that it started, or the validation.
        id: Option<AtlasId>,
        /// The outcome: `accepted`, `refused`, `not_sent` or `unclear`.
        outcome: String,
        /// The file that keeps it, or why there is none.
        file: Result<PathBuf, String>,
        /// Why the journal cannot be written.
        why: String,
    },
    /// A held outcome is in the journal now.
    OutcomeWritten {
        /// The stream.
        stream: StreamId,
        /// The request.
        operation: Operation,
    },
    /// The journal refuses a held outcome for good. Its file stays.
    OutcomeRefused {
        /// The stream.
        stream: StreamId,
        /// The request.
        operation: Operation,
        /// The migration that it started, or the validation.
        id: Option<AtlasId>,
        /// Why.
        why: String,
    },
}
