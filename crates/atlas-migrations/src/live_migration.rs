//! [`LiveMigration`].

use std::time::Duration;

use atlas_client_core::{Error, ErrorCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::generated::types::LiveMigrationResponse;
use crate::{LiveMigrationId, LiveMigrationStatus};

/// How a live migration stands.
///
/// The service may leave out any part, and `null` reads as absent here. As JSON it is as the service
/// writes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "LiveMigrationResponse", into = "LiveMigrationResponse")]
#[non_exhaustive]
pub struct LiveMigration {
    /// The migration's id.
    pub id: Option<LiveMigrationId>,
    /// How far it has come. A status that this version does not know is kept.
    pub status: Option<LiveMigrationStatus>,
    /// How far the destination is behind the source, in whole seconds; a negative lag reads as none
    /// at all. Only a migration at work that is not yet being cut over has one.
    pub lag: Option<Duration>,
    /// The hosts that carry the migration. A push migration has one.
    pub migration_hosts: Option<Vec<String>>,
    /// Whether it can be cut over now. Once it can, it expires 120 hours later unless it is.
    pub ready_for_cutover: Option<bool>,
    /// What else the service said, as it said it.
    pub unknown_fields: Map<String, Value>,
}

impl LiveMigration {
    /// Whether the migration has come to its end, good or bad. False for a status that this version
    /// does not know.
    pub fn is_over(&self) -> bool {
        use LiveMigrationStatus::{Complete, Expired, Failed};
        matches!(self.status, Some(Complete | Failed | Expired))
    }
}

impl From<LiveMigrationResponse> for LiveMigration {
    fn from(wire: LiveMigrationResponse) -> Self {
        let seconds = |lag| Duration::from_secs(u64::try_from(lag).unwrap_or(0));
        Self {
            id: wire.id.map(LiveMigrationId::from_object_id),
            status: wire.status.flatten(),
            lag: wire.lag_time_seconds.flatten().map(seconds),
            migration_hosts: wire.migration_hosts,
            ready_for_cutover: wire.ready_for_cutover,
            unknown_fields: wire.extra,
        }
    }
}

impl From<LiveMigration> for LiveMigrationResponse {
    fn from(job: LiveMigration) -> Self {
        let seconds = |lag: Duration| i64::try_from(lag.as_secs()).unwrap_or(i64::MAX);
        Self {
            id: job.id.map(|id| *id.object_id()),
            status: job.status.map(Some),
            lag_time_seconds: job.lag.map(seconds).map(Some),
            migration_hosts: job.migration_hosts,
            ready_for_cutover: job.ready_for_cutover,
            extra: job.unknown_fields,
        }
    }
}

/// What to do where there is no such migration, which the transport cannot know.
pub(crate) fn hint(error: Error) -> Error {
    let of_project = [ErrorCode::GroupNotFound, ErrorCode::InvalidGroupId];
    if error.is_not_found() && !error.code().is_some_and(|code| of_project.contains(code)) {
        return error.with_hint(
            "check the migration's id and that it belongs to this project; only push migrations, \
             from a source that Cloud Manager or Ops Manager monitors, have one",
        );
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_service_leaves_out_or_invents_survives() {
        for wire in [
            json!({}),
            json!({"status": "PAUSED", "stage": {"name": "x"}}),
            json!({
                "_id": "6296fb4c7c7aa997cf94e9a8", "lagTimeSeconds": 42, "migrationHosts": [],
                "readyForCutover": false, "status": "WORKING",
            }),
        ] {
            let job: LiveMigration = serde_json::from_value(wire.clone()).unwrap();
            assert_eq!(serde_json::to_value(&job).unwrap(), wire);
        }
        let nulls = json!({"status": null, "lagTimeSeconds": null, "readyForCutover": null});
        let job: LiveMigration = serde_json::from_value(nulls).unwrap();
        assert_eq!(job, LiveMigration::default());
    }

    #[test]
    fn lag_is_never_negative() {
        let job: LiveMigration = serde_json::from_value(json!({"lagTimeSeconds": -3})).unwrap();
        assert_eq!(job.lag, Some(Duration::ZERO));
    }

    #[test]
    fn only_known_ends_are_ends() {
        for (status, is_over) in [
            ("NEW", false),
            ("WORKING", false),
            ("COMPLETE", true),
            ("FAILED", true),
            ("EXPIRED", true),
            ("PAUSED", false),
        ] {
            let job = LiveMigration { status: Some(status.into()), ..LiveMigration::default() };
            assert_eq!(job.is_over(), is_over, "{status}");
        }
    }
}
