//! [`Update`]: an observation of a watched migration.

use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::deadline::Deadline;
use super::json;
use super::trend::{Estimate, Trend};
use crate::ids::LiveMigrationRef;
use crate::live_migration::LiveMigration;

/// An observation of a live migration, and what follows from it and the earlier ones.
///
/// The JSON is one object with times in RFC 3339 and durations in seconds:
///
/// ```json
/// {
///   "group_id": "32b6e34b3d91647abb20e7b8", "live_migration_id": "6296fb4c7c7aa997cf94e9a8",
///   "observed_at": "2026-09-21T13:33:20.000Z",
///   "job": {"status": "WORKING", "lagTimeSeconds": 225, "readyForCutover": false},
///   "lag_seconds": 225.0, "trend": {"catch_up_rate": 0.25, "low": 0.24, "high": 0.26},
///   "estimate": {"expected_seconds": 900.0, "earliest_seconds": 863.5, "latest_seconds": 939.6},
///   "deadline": null, "changed": ["lag"], "failed_polls": 0
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Update {
    /// The migration. Its two IDs are fields of the JSON object.
    #[serde(flatten)]
    pub migration: LiveMigrationRef,
    /// When the response was received, by the clock of this machine.
    #[serde(serialize_with = "json::time")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub observed_at: SystemTime,
    /// The state of the migration, as the service reports it.
    pub job: LiveMigration,
    /// How far the destination is behind the source, if the service reports it.
    #[serde(rename = "lag_seconds", serialize_with = "json::seconds")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<f64>"))]
    pub lag: Option<Duration>,
    /// How fast the lag shrinks. `None` before the third observation of a lag and for a terminal migration.
    pub trend: Option<Trend>,
    /// When the lag reaches zero. `None` if it does not shrink with 95 % confidence and for a terminal migration.
    pub estimate: Option<Estimate>,
    /// When the migration expires, while it is ready for cutover. A response that does not say whether the
    /// migration is ready keeps the deadline. `None` for a terminal migration.
    pub deadline: Option<Deadline>,
    /// What has changed since the observation before.
    pub changed: Vec<Change>,
    /// The number of failed polls since the update before.
    pub failed_polls: u32,
}

/// A kind of change between two observations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// This is the first observation.
    First,
    /// The status changed.
    Status,
    /// The lag changed, appeared or disappeared.
    Lag,
    /// The readiness for cutover changed.
    ReadyForCutover,
    /// Any other field changed.
    Other,
}

impl Change {
    pub(super) fn between(before: &LiveMigration, now: &LiveMigration) -> Vec<Self> {
        let LiveMigration { id, status, lag, migration_hosts, ready_for_cutover, unknown_fields } =
            now;
        let is_other = before.id != *id
            || before.migration_hosts != *migration_hosts
            || before.unknown_fields != *unknown_fields;
        [
            (before.status != *status, Self::Status),
            (before.lag != *lag, Self::Lag),
            (before.ready_for_cutover != *ready_for_cutover, Self::ReadyForCutover),
            (is_other, Self::Other),
        ]
        .into_iter()
        .filter_map(|(is_changed, what)| is_changed.then_some(what))
        .collect()
    }
}
