//! How one migration stands.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Call, Reply};
use crate::problem::{self, Problem};
use crate::projects::{Migration, Project};

pub(super) fn answer(call: &Call<'_>, project: &Project) -> Result<Reply, Problem> {
    let (id, migration) = find(call, project)?;
    Ok(call.reply(told(call, id, &migration)))
}

/// The migration of the path. Invented: what is said of an unknown one.
pub(super) fn find<'a>(
    call: &'a Call<'_>,
    project: &Project,
) -> Result<(&'a str, Arc<Migration>), Problem> {
    let id = call.id("liveMigrationId")?;
    let migration = project.migration(id);
    let migration = migration
        .ok_or_else(|| problem::resource_not_found(&format!("Live migration with id {id}")))?;
    Ok((id, migration))
}

/// What is told of a migration. Invented: that a lag that there is not is `null` rather than left
/// out.
pub(super) fn told(call: &Call<'_>, id: &str, migration: &Migration) -> Value {
    let snapshot = migration.snapshot(call.now);
    json!({
        "_id": id,
        "lagTimeSeconds": snapshot.lag_seconds,
        "migrationHosts": [migration.host()],
        "readyForCutover": snapshot.ready_for_cutover,
        "status": snapshot.status.as_str(),
    })
}
