//! [`Update`]: what a watch tells.

use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::{Deadline, Estimate, Trend, json};
use crate::{GroupId, LiveMigration, LiveMigrationId};

/// How a live migration stood when it was seen, and what follows from what was seen before.
///
/// As JSON it is one object, in which times are in RFC 3339 and durations in seconds:
///
/// ```json
/// {
///   "group_id": "32b6e34b3d91647abb20e7b8", "live_migration_id": "6296fb4c7c7aa997cf94e9a8",
///   "observed_at": "2026-09-21T13:33:20.000Z",
///   "job": {"status": "WORKING", "lagTimeSeconds": 225, "readyForCutover": false},
///   "lag_seconds": 225.0, "trend": {"shed_per_second": 0.25, "low": 0.24, "high": 0.26},
///   "estimate": {"expected_seconds": 900.0, "earliest_seconds": 863.5, "latest_seconds": 939.6},
///   "deadline": null, "changed": ["lag"], "failed_polls": 0
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Update {
    /// The project.
    #[serde(rename = "group_id")]
    pub group: GroupId,
    /// The migration.
    #[serde(rename = "live_migration_id")]
    pub id: LiveMigrationId,
    /// When the service's answer was here, by this machine's clock.
    #[serde(serialize_with = "json::time")]
    pub observed_at: SystemTime,
    /// What the service said.
    pub job: LiveMigration,
    /// How far the destination is behind the source, where the service said so.
    #[serde(rename = "lag_seconds", serialize_with = "json::seconds")]
    pub lag: Option<Duration>,
    /// How fast the lag shrinks. There is none before the third observation of a lag, or of a migration that
    /// is over.
    pub trend: Option<Trend>,
    /// When the lag comes to zero; none where it does not certainly (95 %) shrink, or the migration is over.
    pub estimate: Option<Estimate>,
    /// When the time to cut over runs out; only while the migration is ready for cutover. It is kept over a
    /// response that does not say whether the migration is ready. A migration that is over has none.
    pub deadline: Option<Deadline>,
    /// What is not as it was in the observation before this one.
    pub changed: Vec<Change>,
    /// How many polls failed since the update before this one.
    pub failed_polls: u32,
}

/// What is not as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// There was no observation before.
    First,
    /// The status.
    Status,
    /// The lag, or whether there is one.
    Lag,
    /// Whether the migration can be cut over.
    ReadyForCutover,
    /// Anything else that the service says.
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
