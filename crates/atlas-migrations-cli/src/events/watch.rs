//! The events of `watch`.

use atlas_migrations::{
    Change, Deadline, Estimate, GroupId, LiveMigration, LiveMigrationId, LiveMigrationRef, Trend,
    Update,
};
use schemars::JsonSchema;
use serde::Serialize;

/// The IDs of a migration.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MigrationIds {
    /// Its project.
    project_id: GroupId,
    /// Its live migration ID.
    live_migration_id: LiveMigrationId,
}

impl From<LiveMigrationRef> for MigrationIds {
    fn from(key: LiveMigrationRef) -> Self {
        Self { project_id: key.group, live_migration_id: key.id }
    }
}

/// What a poll found. Durations are in seconds; what is not known is `null`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Seen {
    #[serde(flatten)]
    ids: MigrationIds,
    /// The migration, as the API returns it.
    job: LiveMigration,
    /// How far the destination is behind the source.
    lag_seconds: Option<f64>,
    /// How fast the lag shrinks: seconds of lag made up per second.
    trend: Option<Trend>,
    /// When the lag reaches zero, counted from this event.
    estimate: Option<Estimate>,
    /// When the migration expires, while it is ready for cutover.
    deadline: Option<Deadline>,
    /// What changed since the update before.
    changed: Vec<Change>,
    /// Number of failed polls since the update before.
    failed_polls: u32,
    /// What the cutover waits for; `null` if for nothing, or if the migration is not to be cut over.
    #[schemars(extend("enum" = ["readiness", "lag", null]))]
    waiting_for: Option<&'static str>,
}

impl Seen {
    /// Returns the event of an update.
    pub fn new(update: &Update, waiting_for: Option<&'static str>) -> Self {
        Self {
            ids: update.migration.into(),
            job: update.job.clone(),
            lag_seconds: update.lag.map(|lag| lag.as_secs_f64()),
            trend: update.trend,
            estimate: update.estimate,
            deadline: update.deadline,
            changed: update.changed.clone(),
            failed_polls: update.failed_polls,
            waiting_for,
        }
    }
}

/// A poll failed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PollFailed {
    #[serde(flatten)]
    pub ids: MigrationIds,
    /// Why.
    pub error: Option<String>,
    /// The HTTP status of the response, if there was one.
    pub status: Option<u16>,
    /// Number of failed polls in a row.
    pub failed_polls: u32,
    /// Time to the next poll.
    pub next_poll_seconds: Option<f64>,
}

/// What became of a cutover.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CutoverEvent {
    #[serde(flatten)]
    pub ids: MigrationIds,
    #[schemars(extend("enum" = ["sending", "accepted", "unclear", "refused", "postponed"]))]
    pub state: &'static str,
    /// Why, if it was not accepted.
    pub error: Option<String>,
}

/// How the watch of a migration ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WatchEnd {
    #[serde(flatten)]
    pub ids: MigrationIds,
    #[schemars(extend("enum" = ["ready", "complete", "failed", "expired", "error", "timed_out", "interrupted"]))]
    pub outcome: String,
    /// The message of the outcome `error`.
    pub error: Option<String>,
    /// The exit code for this migration.
    pub exit_code: u8,
    /// The status that was seen last.
    pub status: Option<String>,
    /// The lag that was seen last.
    pub lag_seconds: Option<f64>,
    /// Whether the migration was ready when it was seen last.
    pub ready_for_cutover: Option<bool>,
    /// The last state of the cutover that this command sent.
    #[schemars(extend("enum" = ["sending", "accepted", "unclear", null]))]
    pub cutover: Option<&'static str>,
    /// What the cutover waits for; `null` if for nothing, or if the migration is not to be cut over.
    #[schemars(extend("enum" = ["readiness", "lag", null]))]
    pub waiting_for: Option<&'static str>,
    /// Number of polls.
    pub polls: u64,
    /// Number of polls that failed.
    pub failed_polls: u64,
    /// Number of events that were left out because stdout was not read in time.
    pub left_out: u64,
}
