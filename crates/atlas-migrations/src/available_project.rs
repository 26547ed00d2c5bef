//! [`AvailableProject`] and [`AvailableDeployment`]: what can be migrated.

use atlas_client_core::ObjectId;
use serde_json::{Map, Value};

use crate::generated::types::{AvailableClustersDeployment, LiveImportAvailableProject};
use crate::ids::SourceProjectId;
use crate::wire::json_of_wire;

/// A project of the linked Cloud Manager or Ops Manager organization.
///
/// The service may leave out any field. The JSON form is that of the service.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct AvailableProject {
    /// The ID of the project.
    pub project_id: Option<SourceProjectId>,
    /// The name of the project.
    pub name: Option<String>,
    /// The clusters of the project.
    pub deployments: Option<Vec<AvailableDeployment>>,
    /// The hosts that can carry a migration from the project.
    pub migration_hosts: Option<Vec<String>>,
    /// Fields of the response that this version does not know.
    pub unknown_fields: Map<String, Value>,
}

/// A cluster of an [`AvailableProject`].
///
/// The service may leave out any field. The JSON form is that of the service.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct AvailableDeployment {
    /// The ID of the cluster.
    pub cluster_id: Option<ObjectId>,
    /// The name of the cluster.
    pub name: Option<String>,
    /// The version of MongoDB.
    pub mongo_db_version: Option<String>,
    /// The feature compatibility version.
    pub feature_compatibility_version: Option<String>,
    /// The version of the MongoDB Agent.
    pub agent_version: Option<String>,
    /// Whether MongoDB Automation manages the cluster.
    pub managed: Option<bool>,
    /// Whether the cluster is sharded. Otherwise it is a replica set.
    pub sharded: Option<bool>,
    /// The number of shards.
    pub shards_size: Option<i32>,
    /// Whether the cluster requires TLS.
    pub tls_enabled: Option<bool>,
    /// The size of the data in bytes.
    pub db_size_bytes: Option<i64>,
    /// The size of the oplog in megabytes.
    pub oplog_size_mb: Option<i32>,
    /// Fields of the response that this version does not know.
    pub unknown_fields: Map<String, Value>,
}

impl AvailableProject {
    pub(crate) fn from_wire(wire: LiveImportAvailableProject) -> Result<Self, &'static str> {
        if wire.project_id.is_none() && wire.name.as_ref().is_none_or(String::is_empty) {
            return Err("there is a project with neither a `projectId` nor a `name`");
        }
        let deployments = |deployments: Vec<_>| {
            deployments.into_iter().map(AvailableDeployment::from_wire).collect()
        };
        Ok(Self {
            project_id: wire.project_id.map(SourceProjectId::from_object_id),
            name: wire.name,
            deployments: wire.deployments.map(deployments),
            migration_hosts: wire.migration_hosts,
            unknown_fields: wire.extra,
        })
    }

    /// Returns all fields but the unknown ones of the project.
    fn to_wire(&self) -> LiveImportAvailableProject {
        let deployment = |deployment: &AvailableDeployment| AvailableClustersDeployment {
            extra: deployment.unknown_fields.clone(),
            ..deployment.to_wire()
        };
        let deployments = self.deployments.as_ref();
        LiveImportAvailableProject {
            project_id: self.project_id.map(SourceProjectId::object_id),
            name: self.name.clone(),
            deployments: deployments.map(|all| all.iter().map(deployment).collect()),
            migration_hosts: self.migration_hosts.clone(),
            extra: Map::new(),
        }
    }
}

impl AvailableDeployment {
    fn from_wire(wire: AvailableClustersDeployment) -> Self {
        Self {
            cluster_id: wire.cluster_id,
            name: wire.name,
            mongo_db_version: wire.mongo_db_version,
            feature_compatibility_version: wire.feature_compatibility_version,
            agent_version: wire.agent_version,
            managed: wire.managed,
            sharded: wire.sharded,
            shards_size: wire.shards_size,
            tls_enabled: wire.tls_enabled,
            db_size_bytes: wire.db_size_bytes,
            oplog_size_mb: wire.oplog_size_mb,
            unknown_fields: wire.extra,
        }
    }

    /// Returns all fields but the unknown ones.
    fn to_wire(&self) -> AvailableClustersDeployment {
        AvailableClustersDeployment {
            cluster_id: self.cluster_id,
            name: self.name.clone(),
            mongo_db_version: self.mongo_db_version.clone(),
            feature_compatibility_version: self.feature_compatibility_version.clone(),
            agent_version: self.agent_version.clone(),
            managed: self.managed,
            sharded: self.sharded,
            shards_size: self.shards_size,
            tls_enabled: self.tls_enabled,
            db_size_bytes: self.db_size_bytes,
            oplog_size_mb: self.oplog_size_mb,
            extra: Map::new(),
        }
    }
}

json_of_wire!(AvailableProject as LiveImportAvailableProject, Self::from_wire);
json_of_wire!(AvailableDeployment as AvailableClustersDeployment, |wire| Ok(Self::from_wire(wire)));
