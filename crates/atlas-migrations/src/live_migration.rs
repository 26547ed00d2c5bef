//! [`LiveMigration`]: the state of a live migration.

use std::time::Duration;

use atlas_client_core::{Error, ErrorCode};
use serde_json::{Map, Value};

use crate::generated::types::LiveMigrationResponse;
use crate::ids::LiveMigrationId;
use crate::status::LiveMigrationStatus;
use crate::wire::json_of_wire;

/// The state of a live migration, as the service reports it.
///
/// The service may leave out any field, and `null` reads as absent. A response with neither an ID nor a status
/// is a decode error. The JSON form is that of the service.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct LiveMigration {
    /// The ID of the migration.
    pub id: Option<LiveMigrationId>,
    /// The status. A status that this version does not know is kept.
    pub status: Option<LiveMigrationStatus>,
    /// How far the destination is behind the source, in whole seconds. A negative lag reads as zero.
    ///
    /// Only a replicating migration has a lag. It ends with the cutover.
    pub lag: Option<Duration>,
    /// The hosts that carry the migration. A push migration has one.
    pub migration_hosts: Option<Vec<String>>,
    /// Whether the migration can be cut over now. It expires after 120 hours in which it can be.
    pub ready_for_cutover: Option<bool>,
    /// Fields of the response that this version does not know.
    pub unknown_fields: Map<String, Value>,
}

impl LiveMigration {
    /// Returns whether the migration has ended, with or without success. False for a status that this
    /// version does not know.
    pub fn is_terminal(&self) -> bool {
        use LiveMigrationStatus::{Complete, Expired, Failed};
        matches!(self.status, Some(Complete | Failed | Expired))
    }

    /// Returns whether the migration can be cut over now: the service says that it is ready, and it is not
    /// [terminal](Self::is_terminal).
    pub fn can_be_cut_over(&self) -> bool {
        self.ready_for_cutover == Some(true) && !self.is_terminal()
    }

    pub(crate) fn from_wire(wire: LiveMigrationResponse) -> Result<Self, &'static str> {
        let (id, status) = (wire.id.map(LiveMigrationId::from_object_id), wire.status.flatten());
        if id.is_none() && status.as_ref().is_none_or(|status| status.as_str().is_empty()) {
            return Err("there is neither an `_id` nor a `status`");
        }
        let seconds = |lag| Duration::from_secs(u64::try_from(lag).unwrap_or(0));
        Ok(Self {
            id,
            status: status.as_ref().map(LiveMigrationStatus::from_wire),
            lag: wire.lag_time_seconds.flatten().map(seconds),
            migration_hosts: wire.migration_hosts,
            ready_for_cutover: wire.ready_for_cutover,
            unknown_fields: wire.extra,
        })
    }

    /// Reads the response to a creation. Without an ID the migration cannot be watched.
    pub(crate) fn from_created(wire: LiveMigrationResponse) -> Result<Self, &'static str> {
        if wire.id.is_none() {
            return Err("there is no `_id`");
        }
        Self::from_wire(wire)
    }

    /// Returns all fields but the unknown ones.
    fn to_wire(&self) -> LiveMigrationResponse {
        let seconds = |lag: Duration| i64::try_from(lag.as_secs()).unwrap_or(i64::MAX);
        LiveMigrationResponse {
            id: self.id.map(LiveMigrationId::object_id),
            status: self.status.as_ref().map(|status| Some(status.to_wire())),
            lag_time_seconds: self.lag.map(seconds).map(Some),
            migration_hosts: self.migration_hosts.clone(),
            ready_for_cutover: self.ready_for_cutover,
            extra: Map::new(),
        }
    }
}

json_of_wire!(LiveMigration as LiveMigrationResponse, Self::from_wire);

/// Adds a hint to the error of a call that found no such migration.
pub(crate) fn with_not_found_hint(error: Error) -> Error {
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
    fn absent_and_unknown_fields_survive_a_round_trip() {
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
    fn a_number_with_a_fraction_is_the_nearest_one() {
        let number = "10.7550956222222222222222";
        let body = format!(r#"{{"status": "WORKING", "progress": {number}}}"#);
        let job: LiveMigration = serde_json::from_str(&body).unwrap();
        let nearest: f64 = number.parse().unwrap();
        assert_eq!(job.unknown_fields["progress"].as_f64().unwrap().to_bits(), nearest.to_bits());
    }

    #[test]
    fn a_response_without_id_and_status_is_a_decode_error() {
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
    fn a_terminal_migration_cannot_be_cut_over_even_if_it_is_called_ready() {
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
    fn a_negative_lag_reads_as_zero() {
        let wire = json!({"status": "WORKING", "lagTimeSeconds": -3});
        let job: LiveMigration = serde_json::from_value(wire).unwrap();
        assert_eq!(job.lag, Some(Duration::ZERO));
    }

    #[test]
    fn only_known_terminal_statuses_are_terminal() {
        for (status, is_terminal) in [
            ("NEW", false),
            ("WORKING", false),
            ("COMPLETE", true),
            ("FAILED", true),
            ("EXPIRED", true),
            ("PAUSED", false),
        ] {
            let job = LiveMigration { status: Some(status.into()), ..LiveMigration::default() };
            assert_eq!(job.is_terminal(), is_terminal, "{status}");
        }
    }
}
