//! The projects that can be migrated.

use serde_json::{Value, json};

use super::context::{Context, Output};
use crate::api::ApiError;
use crate::scenario::{Deployment, SourceProject};
use crate::state::Organization;

/// Lists the projects. Invented: that there are none without a link.
#[expect(clippy::unnecessary_wraps, reason = "handlers may fail")]
pub(super) fn list(context: &Context<'_>, organization: &Organization) -> Result<Output, ApiError> {
    let projects = &context.state.scenario.source_projects;
    let linked = projects.iter().filter(|_| organization.is_linked());
    Ok(context.success(linked.map(project_json).collect()))
}

fn project_json(project: &SourceProject) -> Value {
    let deployments: Value = project.deployments.iter().map(deployment_json).collect();
    json!({
        "deployments": deployments,
        "migrationHosts": project.migration_hosts,
        "name": project.name,
        "projectId": project.id,
    })
}

fn deployment_json(deployment: &Deployment) -> Value {
    let mut json = json!({
        "agentVersion": deployment.agent_version,
        "clusterId": deployment.cluster_id,
        "dbSizeBytes": deployment.db_size_bytes,
        "featureCompatibilityVersion": deployment.feature_compatibility_version,
        "managed": deployment.managed,
        "mongoDBVersion": deployment.mongodb_version,
        "name": deployment.name,
        "oplogSizeMB": deployment.oplog_size_mb,
        "sharded": deployment.sharded,
        "shardsSize": deployment.shards_size,
        "tlsEnabled": deployment.tls_enabled,
    });
    if let Some(fields) = json.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    json
}
