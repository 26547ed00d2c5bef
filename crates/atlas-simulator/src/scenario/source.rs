//! The projects of the linked organization, whose clusters can be migrated.

use serde::{Deserialize, Serialize};

/// The id of the example source project.
pub(super) const EXAMPLE_ID: &str = "5f0a1b2c3d4e5f6071829304";

/// A project in Cloud Manager or Ops Manager whose clusters can be migrated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceProject {
    /// The project id: 24 lowercase hex digits.
    pub id: String,
    /// The name: 1 to 64 characters.
    pub name: String,
    /// The hosts that can run a migration from this project.
    pub migration_hosts: Vec<String>,
    /// The clusters.
    pub deployments: Vec<Deployment>,
}

impl SourceProject {
    /// Returns a project with a replica set, and one with a sharded cluster that has only the
    /// required fields.
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

/// A cluster of a source project. Responses omit what is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Deployment {
    /// The name.
    pub name: String,
    /// The cluster id: 24 lowercase hex digits.
    pub cluster_id: Option<String>,
    /// The MongoDB version.
    pub mongodb_version: String,
    /// The feature compatibility version.
    pub feature_compatibility_version: String,
    /// Whether MongoDB Automation manages the cluster.
    pub managed: bool,
    /// Whether the cluster is sharded. Otherwise it is a replica set.
    pub sharded: bool,
    /// Whether connections use TLS.
    pub tls_enabled: bool,
    /// The version of the MongoDB Agent.
    pub agent_version: Option<String>,
    /// The size of the data, in bytes.
    pub db_size_bytes: Option<i64>,
    /// The size of the oplog, in megabytes.
    pub oplog_size_mb: Option<i32>,
    /// The number of shards.
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
