//! How one migration stands.

use serde_json::{Value, json};

use super::Call;
use crate::is_object_id;
use crate::problem::{self, Problem};

const ID: &str = "liveMigrationId";

/// Invented: what is said of an unknown migration, and that a lag that there is not is `null`
/// rather than left out.
pub(super) fn answer(call: &Call<'_>) -> Result<Value, Problem> {
    let id = call.parameters.get(ID);
    if !is_object_id(id) {
        return Err(problem::invalid_path_parameter(ID));
    }
    let Some(migration) = call.project.migration(id) else {
        return Err(problem::resource_not_found(&format!("Live migration with id {id}")));
    };
    let snapshot = migration.snapshot(call.now);
    Ok(json!({
        "_id": id,
        "lagTimeSeconds": snapshot.lag_seconds,
        "migrationHosts": [migration.host()],
        "readyForCutover": snapshot.ready_for_cutover,
        "status": snapshot.status.as_str(),
    }))
}
