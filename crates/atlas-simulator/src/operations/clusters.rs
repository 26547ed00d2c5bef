//! The clusters of a project.

use serde_json::{Value, json};

use super::context::{Context, Output};
use crate::api::ApiError;
use crate::scenario::Cluster;
use crate::state::Project;

/// Lists a page of the clusters.
pub(super) fn list(context: &Context<'_>, project: &Project) -> Result<Output, ApiError> {
    let size = context.number("itemsPerPage", 1..=500, 100)?;
    let page = context.number("pageNum", 1..=usize::MAX, 1)?;
    let projects = &context.state.scenario.projects;
    let project = projects.iter().find(|known| known.id == project.id());
    let clusters = project.map_or(&[][..], |project| &project.clusters);
    let results = clusters.iter().skip((page - 1).saturating_mul(size)).take(size);
    Ok(context.success(json!({
        "results": results.map(cluster_json).collect::<Value>(),
        "totalCount": clusters.len(),
    })))
}

fn cluster_json(cluster: &Cluster) -> Value {
    let hardware = without_nulls(json!({
        "diskSizeGB": cluster.disk_size_gb,
        "instanceSize": cluster.instance_size,
        "nodeCount": 3,
    }));
    let region = without_nulls(json!({
        "electableSpecs": hardware,
        "priority": 7,
        "providerName": cluster.provider_name,
    }));
    let shards = (0..cluster.shards).map(|_| json!({"regionConfigs": [region]}));
    let version = cluster.mongodb_version.as_deref();
    without_nulls(json!({
        "clusterType": cluster.cluster_type,
        "mongoDBMajorVersion": version.and_then(|version| version.rsplit_once('.')).map(|(major, _)| major),
        "mongoDBVersion": version,
        "name": cluster.name,
        "paused": cluster.paused,
        "replicationSpecs": shards.collect::<Value>(),
        "stateName": cluster.state_name,
    }))
}

fn without_nulls(mut json: Value) -> Value {
    if let Some(fields) = json.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    json
}
