//! Finds a destination for each source.

use std::collections::BTreeSet;

use atlas_migrations::{AvailableDeployment, AvailableProject, SourceProjectId};
use atlas_migrations_journal::Name;

use crate::atlas::Cluster;

/// The sources, each with the destination that fits, and the destinations that are left.
pub(super) struct Matched<'a> {
    pub(super) sources: Vec<MatchedSource<'a>>,
    pub(super) free: Vec<Cluster>,
}

/// A cluster that can be migrated.
pub(super) struct MatchedSource<'a> {
    pub(super) name: Name,
    pub(super) project: &'a AvailableProject,
    pub(super) project_id: SourceProjectId,
    pub(super) cluster: &'a str,
    pub(super) deployment: &'a AvailableDeployment,
    pub(super) destination: Option<Cluster>,
}

/// Pairs clusters with the same name, but for case and punctuation, and then a single source with a single destination.
pub(super) fn match_clusters(projects: &[AvailableProject], clusters: Vec<Cluster>) -> Matched<'_> {
    // Atlas has no others, and a plan can name no others.
    let mut free: Vec<_> =
        clusters.into_iter().filter(|cluster| is_atlas_name(&cluster.name)).collect();
    let mut names = BTreeSet::new();
    let mut sources = Vec::new();
    for project in projects {
        let Some(project_id) = project.project_id else { continue };
        for deployment in project.deployments.iter().flatten() {
            let Some(cluster) = deployment.name.as_deref().filter(|name| is_text(name)) else {
                continue;
            };
            let Some(name) = migration_name(cluster, &names) else { continue };
            names.insert(name.as_str().to_owned());
            let same = free
                .iter()
                .position(|known| letters(&known.name) == letters(cluster) && !known.is_shared);
            let destination = same.map(|at| free.remove(at));
            sources.push(MatchedSource {
                name,
                project,
                project_id,
                cluster,
                deployment,
                destination,
            });
        }
    }
    let usable = free.iter().filter(|cluster| !cluster.is_shared).count();
    if let [source] = &mut sources[..]
        && source.destination.is_none()
        && usable == 1
    {
        let at = free.iter().position(|cluster| !cluster.is_shared);
        source.destination = at.map(|at| free.remove(at));
    }
    Matched { sources, free }
}

fn migration_name(cluster: &str, taken: &BTreeSet<String>) -> Option<Name> {
    let fallback = || "migration".parse();
    let name = Name::from_cluster(cluster).or_else(|_| fallback()).ok()?;
    Some(name.first_free(|name| taken.contains(name)))
}

/// Returns whether a plan can have the text as the name of a source.
fn is_text(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= 1024 && !name.chars().any(char::is_control)
}

fn is_atlas_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && !name.starts_with('-')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
