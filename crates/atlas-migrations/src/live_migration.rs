//! [`LiveMigration`].

use std::time::Duration;

use atlas_client_core::{Error, ErrorCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::generated::types::LiveMigrationResponse;
use crate::{LiveMigrationId, LiveMigrationStatus};

/// How a live migration stands.
///
/// The service may leave out any part, and `null` reads as absent here. What has neither an id nor a status
/// is not a migration: it does not decode. As JSON it is as the service writes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "LiveMigrationResponse", into = "LiveMigrationResponse")]
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

    /// Whether the migration can be cut over now: the service says that it is ready, and it is not
    /// [over](Self::is_over).
    pub fn can_be_cut_over(&self) -> bool {
        self.ready_for_cutover == Some(true) && !self.is_over()
    }
}

/// What is wrong with a response that does not say what it is about.
const UNIDENTIFIED: &str = "there is neither an `_id` nor a `status`";

impl TryFrom<LiveMigrationResponse> for LiveMigration {
    type Error = &'static str;

    fn try_from(wire: LiveMigrationResponse) -> Result<Self, Self::Error> {
        let (id, status) = (wire.id.map(LiveMigrationId::from_object_id), wire.status.flatten());
        if id.is_none() && status.as_ref().is_none_or(|status| status.as_str().is_empty()) {
            return Err(UNIDENTIFIED);
        }
        let seconds = |lag| Duration::from_secs(u64::try_from(lag).unwrap_or(0));
        Ok(Self {
            id,
            status,
            lag: wire.lag_time_seconds.flatten().map(seconds),
            migration_hosts: wire.migration_hosts,
            ready_for_cutover: wire.ready_for_cutover,
            unknown_fields: wire.extra,
        })
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

/// A migration that was just created. Without its id it cannot be followed.
pub(crate) fn created(wire: LiveMigrationResponse) -> Result<LiveMigration, &'static str> {
    if wire.id.is_none() {
        return Err("there is no `_id`");
    }
    wire.try_into()
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
            json!({"_id": "6296fb4c7c7aa997cf94e9a8"}),
            json!({"status": "PAUSED", "stage": {"name": "x"}}),
            json!({
                "_id": "6296fb4c7c7aa997cf94e9a8", "lagTimeSeconds": 42, "migrationHosts": [],
                "readyForCutover": false, "status": "WORKING",
            }),
        ] {
            let job: LiveMigration = serde_json::from_value(wire.clone()).unwrap();
            assert_eq!(serde_json::to_value(&job).unwrap(), wire);
        }
        let nulls = json!({
            "_id": "6296fb4c7c7aa997cf94e9a8", "status": null, "lagTimeSeconds": null,
            "readyForCutover": null,
        });
        let job: LiveMigration = serde_json::from_value(nulls).unwrap();
        let id = Some("6296fb4c7c7aa997cf94e9a8".parse().unwrap());
        assert_eq!(job, LiveMigration { id, ..LiveMigration::default() });
    }

    #[test]
    fn what_has_neither_an_id_nor_a_status_is_no_migration() {
        for wire in [
            json!({}),
            json!({"_id": null, "status": null}),
            json!({"status": ""}),
            json!({"error": 503, "detail": "try later"}),
            json!({"lagTimeSeconds": 5, "readyForCutover": true}),
        ] {
            let error = serde_json::from_value::<LiveMigration>(wire).unwrap_err();
            assert!(error.to_string().contains("neither an `_id` nor a `status`"), "{error}");
        }
    }

    #[test]
    fn what_is_over_cannot_be_cut_over_whatever_else_is_said() {
        let can_be = |status: &str, is_ready| {
            let status = Some(status.into());
            let job = LiveMigration { status, ready_for_cutover: is_ready, ..Default::default() };
            job.can_be_cut_over()
        };
        assert!(can_be("WORKING", Some(true)) && can_be("PAUSED", Some(true)));
        assert!(!can_be("WORKING", Some(false)) && !can_be("WORKING", None));
        for over in ["COMPLETE", "FAILED", "EXPIRED"] {
            assert!(!can_be(over, Some(true)), "{over}");
        }
    }

    #[test]
    fn lag_is_never_negative() {
        let wire = json!({"status": "WORKING", "lagTimeSeconds": -3});
        let job: LiveMigration = serde_json::from_value(wire).unwrap();
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
