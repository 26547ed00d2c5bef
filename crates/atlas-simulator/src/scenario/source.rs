//! What there is to migrate: the projects of the linked organisation.

use serde::{Deserialize, Serialize};

/// The id of the project that the examples come from.
pub(super) const EXAMPLE_ID: &str = "5f0a1b2c3d4e5f6071829304";

/// A project in Cloud Manager or Ops Manager, whose clusters can be migrated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceProject {
    /// The project's id: 24 lower-case hex digits.
    pub id: String,
    /// Its name: 1 to 64 characters.
    pub name: String,
    /// The hosts that can carry a migration from it.
    pub migration_hosts: Vec<String>,
    /// Its clusters.
    pub deployments: Vec<Deployment>,
}

impl SourceProject {
    /// A project with a replica set, and one with a sharded cluster that nothing but its name and
    /// versions is known of.
    pub(super) fn examples() -> Vec<Self> {
        let sharded = Deployment {
            name: "events".to_owned(),
            cluster_id: None,
            mongodb_version: "6.0.19".to_owned(),
            feature_compatibility_version: "6.0".to_owned(),
            managed: false,
            sharded: true,
            tls_enabled: false,
            agent_version: None,
            db_size_bytes: None,
            oplog_size_mb: None,
            shards_size: None,
        };
        let other = Self {
            id: "5f0a1b2c3d4e5f6071829306".to_owned(),
            name: "Archive".to_owned(),
            migration_hosts: Vec::new(),
            deployments: vec![sharded],
        };
        vec![Self::default(), other]
    }
}

impl Default for SourceProject {
    fn default() -> Self {
        Self {
            id: EXAMPLE_ID.to_owned(),
            name: "Shop".to_owned(),
            migration_hosts: vec!["vm001.example.com".to_owned()],
            deployments: vec![Deployment::default()],
        }
    }
}

/// A cluster of such a project. What is `None` is left out of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Deployment {
    /// Its name.
    pub name: String,
    /// Its id: 24 lower-case hex digits.
    pub cluster_id: Option<String>,
    /// Its version of MongoDB.
    pub mongodb_version: String,
    /// Its feature compatibility version.
    pub feature_compatibility_version: String,
    /// Whether MongoDB Automation manages it.
    pub managed: bool,
    /// Whether it is sharded; else it is a replica set.
    pub sharded: bool,
    /// Whether it is reached by TLS.
    pub tls_enabled: bool,
    /// The version of its MongoDB Agent.
    pub agent_version: Option<String>,
    /// How large its data are.
    pub db_size_bytes: Option<i64>,
    /// How large its oplog is.
    pub oplog_size_mb: Option<i32>,
    /// How many shards it has.
    pub shards_size: Option<i32>,
}

impl Default for Deployment {
    fn default() -> Self {
        Self {
            name: "replica-set-0".to_owned(),
            cluster_id: Some("5f0a1b2c3d4e5f6071829305".to_owned()),
            mongodb_version: "7.0.14".to_owned(),
            feature_compatibility_version: "7.0".to_owned(),
            managed: true,
            sharded: false,
            tls_enabled: true,
            agent_version: Some("107.0.11".to_owned()),
            db_size_bytes: Some(8192),
            oplog_size_mb: Some(990),
            shards_size: Some(1),
        }
    }
}
