//! The clusters of a project, which are the destinations of migrations.

use serde::{Deserialize, Serialize};

/// A cluster of a project. Responses omit what is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cluster {
    /// The name.
    pub name: String,
    /// The shape: `REPLICASET`, `SHARDED` or `GEOSHARDED`.
    pub cluster_type: Option<String>,
    /// The number of shards. A replica set has one.
    pub shards: u32,
    /// The MongoDB version.
    pub mongodb_version: Option<String>,
    /// Whether the cluster is paused.
    pub paused: Option<bool>,
    /// What the service does with the cluster, such as `IDLE`.
    pub state_name: Option<String>,
    /// The cloud provider; `TENANT` for a shared cluster.
    pub provider_name: Option<String>,
    /// The tier, such as `M30`.
    pub instance_size: Option<String>,
    /// The disk of each node, in gigabytes.
    pub disk_size_gb: Option<u32>,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            name: "target".to_owned(),
            cluster_type: Some("REPLICASET".to_owned()),
            shards: 1,
            mongodb_version: Some("7.0.14".to_owned()),
            paused: Some(false),
            state_name: Some("IDLE".to_owned()),
            provider_name: Some("AWS".to_owned()),
            instance_size: Some("M30".to_owned()),
            disk_size_gb: Some(40),
        }
    }
}
