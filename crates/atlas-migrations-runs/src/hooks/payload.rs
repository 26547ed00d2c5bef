//! What a hook is told, as JSON.

use atlas_migrations_journal::{EventId, JournalId};
use schemars::JsonSchema;
use serde::Serialize;

/// The version of the JSON.
pub(super) const VERSION: u32 = 1;

/// What a hook is told: the JSON on a program's standard input, or in a webhook's body. It contains no secret.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[non_exhaustive]
pub struct HookPayload {
    /// The version of this JSON: 1. Fields may be added without a new version.
    pub version: u32,
    /// What happened, such as `ready` or `before_cutover`.
    pub event: String,
    /// The identifier of the event. A repeated delivery has the same one.
    #[schemars(with = "String")]
    pub event_id: EventId,
    /// When it happened, in UTC (RFC 3339).
    pub at: String,
    /// The name of the plan.
    pub plan: String,
    /// The name of the migration.
    pub name: String,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The project of the destination.
    pub project: Option<String>,
    /// The identifier of the migration in Atlas, once it is known.
    pub migration_id: Option<String>,
    /// The state of the migration after the event, in one word or two.
    pub state: String,
    /// What the migration waits for, and who or what ends that.
    pub waiting_for: String,
    /// The lag that was seen last, in seconds.
    pub lag_seconds: Option<u64>,
    /// When the migration expires at the earliest, in UTC (RFC 3339), once it was ready.
    pub deadline: Option<String>,
    /// More about the event, such as the error text of Atlas.
    pub detail: Option<String>,
    /// The identifier of the journal.
    #[schemars(with = "String")]
    pub journal_id: JournalId,
}
