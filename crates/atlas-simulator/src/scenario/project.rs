//! The projects, and the migrations and validations that are in them from the start.

use serde::{Deserialize, Serialize};

use super::source::EXAMPLE_ID;

/// A project and what is in it. The default one has a migration that has just been scheduled, one
/// that is ready for cutover, and a validation that was successful.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Project {
    /// The project's id: 24 lower-case hex digits.
    pub id: String,
    /// The migrations into this project.
    pub live_migrations: Vec<LiveMigration>,
    /// The validations of migrations into this project.
    pub validations: Vec<Validation>,
}

impl Default for Project {
    fn default() -> Self {
        let ready = LiveMigration {
            id: "5eed5eed5eed5eed5eed5eed".to_owned(),
            began_seconds_ago: 7200,
            ..LiveMigration::default()
        };
        Self {
            id: "32b6e34b3d91647abb20e7b8".to_owned(),
            live_migrations: vec![LiveMigration::default(), ready],
            validations: vec![Validation::default()],
        }
    }
}

/// A push migration that there is from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LiveMigration {
    /// The migration's id: 24 lower-case hex digits.
    pub id: String,
    /// The id of the project that it comes from.
    pub source_group_id: String,
    /// The one host that carries the migration.
    pub migration_host: String,
    /// How many seconds of simulated time before the start it was scheduled.
    pub began_seconds_ago: u64,
    /// How the migration goes.
    pub timeline: Timeline,
}

impl Default for LiveMigration {
    fn default() -> Self {
        Self {
            id: "6296fb4c7c7aa997cf94e9a8".to_owned(),
            source_group_id: EXAMPLE_ID.to_owned(),
            migration_host: "vm001.example.com".to_owned(),
            began_seconds_ago: 0,
            timeline: Timeline::default(),
        }
    }
}

/// How a migration goes, in seconds of simulated time.
///
/// All durations but the expiry are invented: the real ones depend on the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeline {
    /// How long the migration is `NEW`.
    pub new_seconds: u64,
    /// The lag with which replication begins. It falls in a straight line to zero.
    pub initial_lag_seconds: u64,
    /// How long replication takes until the migration is ready for cutover.
    pub replication_seconds: u64,
    /// How long it takes from the cutover to `COMPLETE`.
    pub cutover_seconds: u64,
    /// How long the migration may be ready for cutover before it is `EXPIRED`: 120 hours on Atlas.
    pub expires_after_ready_seconds: u64,
    /// How long after its start the migration is `FAILED`, where it has not ended before.
    pub fails_after_seconds: Option<u64>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            new_seconds: 60,
            initial_lag_seconds: 900,
            replication_seconds: 3600,
            cutover_seconds: 300,
            expires_after_ready_seconds: 120 * 3600,
            fails_after_seconds: None,
        }
    }
}

/// A validation that is finished from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Validation {
    /// The validation's id: 24 lower-case hex digits.
    pub id: String,
    /// The id of the project that the migration would come from.
    pub source_group_id: String,
    /// Why it is `FAILED`; without it, it is `SUCCESS`.
    pub error_message: Option<String>,
}

impl Default for Validation {
    fn default() -> Self {
        Self {
            id: "507f1f77bcf86cd799439011".to_owned(),
            source_group_id: EXAMPLE_ID.to_owned(),
            error_message: None,
        }
    }
}
