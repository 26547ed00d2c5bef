//! Validates the projects, their contents, and the source projects.

use std::collections::HashSet;

use super::checks::{Checked, MAX_SECONDS, ensure, in_range, object_id, unique_id};
use crate::scenario::project::{LiveMigration, Project, Timeline};
use crate::scenario::source::SourceProject;

pub(super) fn project<'a>(
    path: &str,
    project: &'a Project,
    seen: &mut HashSet<&'a str>,
) -> Checked {
    unique_id(&format!("{path}.id"), &project.id, seen)?;
    for (index, migration) in project.live_migrations.iter().enumerate() {
        live_migration(&format!("{path}.live_migrations[{index}]"), migration, seen)?;
    }
    let mut names = HashSet::new();
    for (index, cluster) in project.clusters.iter().enumerate() {
        let path = format!("{path}.clusters[{index}]");
        ensure(!cluster.name.is_empty(), format_args!("{path}.name"), "must not be empty")?;
        let message = format!("{} appears twice", cluster.name);
        ensure(names.insert(&cluster.name), format_args!("{path}.name"), &message)?;
        in_range(format_args!("{path}.shards"), cluster.shards.into(), 0, 1000)?;
    }
    // Validation ids need only be unique within a project: every project has the same default one.
    let mut seen = HashSet::new();
    for (index, validation) in project.validations.iter().enumerate() {
        let path = format!("{path}.validations[{index}]");
        unique_id(&format!("{path}.id"), &validation.id, &mut seen)?;
        object_id(format_args!("{path}.source_group_id"), &validation.source_group_id)?;
    }
    Ok(())
}

fn live_migration<'a>(
    path: &str,
    migration: &'a LiveMigration,
    seen: &mut HashSet<&'a str>,
) -> Checked {
    unique_id(&format!("{path}.id"), &migration.id, seen)?;
    object_id(format_args!("{path}.source_group_id"), &migration.source_group_id)?;
    let has_host = !migration.migration_host.is_empty();
    ensure(has_host, format_args!("{path}.migration_host"), "must not be empty")?;
    let age = migration.began_seconds_ago;
    in_range(format_args!("{path}.began_seconds_ago"), age, 0, MAX_SECONDS)?;
    timeline(&format!("{path}.timeline"), &migration.timeline)
}

pub(super) fn timeline(path: &str, timeline: &Timeline) -> Checked {
    for (name, min, seconds) in [
        ("new_seconds", 0, timeline.new_seconds),
        ("initial_lag_seconds", 0, timeline.initial_lag_seconds),
        ("replication_seconds", 0, timeline.replication_seconds),
        ("cutover_seconds", 0, timeline.cutover_seconds),
        ("expires_after_ready_seconds", 1, timeline.expires_after_ready_seconds),
        ("fails_after_seconds", 0, timeline.fails_after_seconds.unwrap_or(0)),
    ] {
        in_range(format_args!("{path}.{name}"), seconds, min, MAX_SECONDS)?;
    }
    Ok(())
}

pub(super) fn source_projects(projects: &[SourceProject]) -> Checked {
    let mut seen = HashSet::new();
    for (index, project) in projects.iter().enumerate() {
        let path = format!("$.source_projects[{index}]");
        unique_id(&format!("{path}.id"), &project.id, &mut seen)?;
        let fits = (1..=64).contains(&project.name.chars().count());
        ensure(fits, format_args!("{path}.name"), "must have from 1 to 64 characters")?;
        for (index, deployment) in project.deployments.iter().enumerate() {
            if let Some(id) = &deployment.cluster_id {
                object_id(format_args!("{path}.deployments[{index}].cluster_id"), id)?;
            }
        }
    }
    Ok(())
}
