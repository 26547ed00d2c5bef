//! The events of `run`.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// An event of the journal.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Recorded {
    /// The type of the event, such as `cutover_intended`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// Its number in the events of the migration or the plan: 1, 2, 3, …
    pub seq: u64,
    /// Who wrote it.
    pub actor: String,
    /// The attempt that it belongs to.
    pub attempt: u32,
    /// Its identifier.
    pub event_id: String,
    /// All its fields, as the journal stores them.
    pub fields: Map<String, Value>,
}

/// A migration waits for something else than before.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Waits {
    /// Its state, such as `ready`.
    pub state: String,
    /// What it waits for, for people.
    pub waits_for: String,
}

/// This run works on the migration.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Claimed {
    /// Whether another run worked on it before.
    pub taken_over: bool,
}

/// Another run works on the migration.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GivenUp {}

/// Something went wrong, and the run goes on.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Problem {
    /// What went wrong, and what follows, for people.
    pub problem: String,
}

/// How a migration stands at the end of a run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunEnd {
    /// The attempt.
    pub attempt: u32,
    /// Its state, such as `complete`.
    pub state: String,
    /// Its project.
    pub project_id: Option<String>,
    /// Its live migration ID, once that is known.
    pub live_migration_id: Option<String>,
    /// How it ended, if it did.
    pub result: Option<String>,
    /// What it waits for, for people.
    pub waits_for: String,
    /// Whether it is in the plan file.
    pub planned: bool,
}
