//! The projects, with the migrations and validations that exist from the start.

use serde::{Deserialize, Serialize};

use super::cluster::Cluster;
use super::source::EXAMPLE_ID;

/// A project and its contents. The default project has a migration that has just been created, one
/// that is ready for cutover, a successful validation, and a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Project {
    /// The project id: 24 lowercase hex digits.
    pub id: String,
    /// The migrations into this project.
    pub live_migrations: Vec<LiveMigration>,
    /// The validations of migrations into this project.
    pub validations: Vec<Validation>,
    /// The clusters. A migration may name any destination, also one that is not among them.
    pub clusters: Vec<Cluster>,
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
            clusters: vec![Cluster::default()],
        }
    }
}

/// A push live migration that exists from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LiveMigration {
    /// The migration id: 24 lowercase hex digits.
    pub id: String,
    /// The id of the source project.
    pub source_group_id: String,
    /// The host that runs the migration.
    pub migration_host: String,
    /// How long before the simulator's start the migration was created, in simulated seconds.
    pub began_seconds_ago: u64,
    /// The course of the migration.
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

/// The course of a migration, in simulated seconds.
///
/// All durations except the expiry are invented: the real ones depend on the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeline {
    /// How long the migration is `NEW`.
    pub new_seconds: u64,
    /// The lag when replication starts. It decreases linearly to zero.
    pub initial_lag_seconds: u64,
    /// How long replication takes until the migration is ready for cutover.
    pub replication_seconds: u64,
    /// How long the migration takes from the cutover to `COMPLETE`.
    pub cutover_seconds: u64,
    /// How long the migration can be ready for cutover before it is `EXPIRED`: 120 hours on Atlas.
    pub expires_after_ready_seconds: u64,
    /// How long after its creation the migration is `FAILED`, unless it has ended before.
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

/// A validation that has finished before the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Validation {
    /// The validation id: 24 lowercase hex digits.
    pub id: String,
    /// The id of the source project.
    pub source_group_id: String,
    /// Why the validation is `FAILED`. Without a message it is `SUCCESS`.
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
