//! What a run tells its caller.

use atlas_migrations::Update;
use atlas_migrations_journal::{
    Name, StreamId,
    event::{EndResult, EventRecord},
    state::{Phase, WaitsFor},
};

/// Something that happened in a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RunEvent {
    /// An event is in the journal: of this process, of another, or of a person.
    Recorded {
        /// The migration; `None` for the plan.
        name: Option<Name>,
        /// The event.
        record: Box<EventRecord>,
    },
    /// A migration waits for something else than before.
    Waits {
        /// The migration.
        name: Name,
        /// Its phase.
        phase: Phase,
        /// What it waits for.
        waits_for: WaitsFor,
    },
    /// This process works on a migration from now on.
    Claimed {
        /// The migration.
        name: Name,
        /// Whether another process worked on it before.
        taken_over: bool,
    },
    /// Another process works on a migration from now on.
    GivenUp {
        /// The migration.
        name: Name,
    },
    /// Atlas responded to a look at a migration. Only what is news is recorded.
    Seen {
        /// The migration.
        stream: StreamId,
        /// What it looks like, and what follows from it and the earlier looks.
        update: Box<Update>,
    },
    /// Something went wrong. The run goes on.
    Problem {
        /// The migration, if it concerns one.
        name: Option<Name>,
        /// What went wrong, and what follows.
        what: String,
    },
}

/// How one migration of a plan stands at the end of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MigrationSummary {
    /// The name.
    pub name: Name,
    /// The attempt.
    pub attempt: u32,
    /// The phase.
    pub phase: Phase,
    /// The project.
    pub project: Option<String>,
    /// The migration, once its ID is known.
    pub migration_id: Option<String>,
    /// What it waits for.
    pub waits_for: WaitsFor,
    /// How it ended, if it did.
    pub ended: Option<EndResult>,
    /// Whether it is in the plan file.
    pub is_planned: bool,
    /// Whether it failed in the sense of the plan's `on_failure`.
    pub is_failed: bool,
    /// What would be done next, in one line.
    pub next: String,
}

/// How a run ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunSummary {
    /// The migrations, in the order of the file; those that left the plan at the end.
    pub migrations: Vec<MigrationSummary>,
    /// Whether the caller stopped it before it was over.
    pub interrupted: bool,
}
