//! Checks of the projects and of what is in them.

use std::collections::HashSet;

use super::{Checked, LONGEST_SECONDS, between, id, object_id, refuse};
use crate::scenario::{LiveMigration, Project, Timeline};

pub(super) fn project<'a>(path: &str, project: &'a Project, ids: &mut HashSet<&'a str>) -> Checked {
    id(&format!("{path}.id"), &project.id, ids)?;
    for (index, entry) in project.live_migrations.iter().enumerate() {
        live_migration(&format!("{path}.live_migrations[{index}]"), entry, ids)?;
    }
    // Each project has the example where it says nothing of validations.
    let mut ids = HashSet::new();
    for (index, entry) in project.validations.iter().enumerate() {
        let path = format!("{path}.validations[{index}]");
        id(&format!("{path}.id"), &entry.id, &mut ids)?;
        object_id(&format!("{path}.source_group_id"), &entry.source_group_id)?;
    }
    Ok(())
}

fn live_migration<'a>(
    path: &str,
    migration: &'a LiveMigration,
    ids: &mut HashSet<&'a str>,
) -> Checked {
    id(&format!("{path}.id"), &migration.id, ids)?;
    object_id(&format!("{path}.source_group_id"), &migration.source_group_id)?;
    if migration.migration_host.is_empty() {
        refuse(format_args!("{path}.migration_host"), "must not be empty")?;
    }
    let ago = migration.began_seconds_ago;
    between(&format!("{path}.began_seconds_ago"), ago, 0, LONGEST_SECONDS)?;
    timeline(&format!("{path}.timeline"), &migration.timeline)
}

pub(super) fn timeline(path: &str, timeline: &Timeline) -> Checked {
    let Timeline {
        new_seconds,
        initial_lag_seconds,
        replication_seconds,
        cutover_seconds,
        expires_after_ready_seconds,
        fails_after_seconds,
    } = timeline;
    for (name, least, seconds) in [
        ("new_seconds", 0, *new_seconds),
        ("initial_lag_seconds", 0, *initial_lag_seconds),
        ("replication_seconds", 0, *replication_seconds),
        ("cutover_seconds", 0, *cutover_seconds),
        ("expires_after_ready_seconds", 1, *expires_after_ready_seconds),
        ("fails_after_seconds", 0, fails_after_seconds.unwrap_or(0)),
    ] {
        between(&format!("{path}.{name}"), seconds, least, LONGEST_SECONDS)?;
    }
    Ok(())
}
