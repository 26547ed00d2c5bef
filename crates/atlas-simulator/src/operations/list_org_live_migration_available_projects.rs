//! The projects that can be migrated.

use serde_json::{Map, Value, json};

use super::{Call, Reply};
use crate::organisation::Organisation;
use crate::problem::Problem;
use crate::scenario::{Deployment, SourceProject};

/// Invented: that there are none where there is no link.
#[expect(clippy::unnecessary_wraps, reason = "a handler may refuse")]
pub(super) fn answer(call: &Call<'_>, organisation: &Organisation) -> Result<Reply, Problem> {
    let known = &call.world.scenario.source_projects;
    let linked = known.iter().filter(|_| organisation.is_linked());
    Ok(call.reply(linked.map(project).collect()))
}

fn project(project: &SourceProject) -> Value {
    let SourceProject { id, name, migration_hosts, deployments } = project;
    let deployments: Value = deployments.iter().map(deployment).collect();
    json!({
        "deployments": deployments,
        "migrationHosts": migration_hosts,
        "name": name,
        "projectId": id,
    })
}

fn deployment(deployment: &Deployment) -> Value {
    let fields: Map<_, _> = [
        ("agentVersion", json!(deployment.agent_version)),
        ("clusterId", json!(deployment.cluster_id)),
        ("dbSizeBytes", json!(deployment.db_size_bytes)),
        ("featureCompatibilityVersion", json!(deployment.feature_compatibility_version)),
        ("managed", json!(deployment.managed)),
        ("mongoDBVersion", json!(deployment.mongodb_version)),
        ("name", json!(deployment.name)),
        ("oplogSizeMB", json!(deployment.oplog_size_mb)),
        ("sharded", json!(deployment.sharded)),
        ("shardsSize", json!(deployment.shards_size)),
        ("tlsEnabled", json!(deployment.tls_enabled)),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_null())
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    fields.into()
}
