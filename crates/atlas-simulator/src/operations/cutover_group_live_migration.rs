//! Cuts a migration over.

use serde_json::json;

use super::get_group_live_migration::find;
use super::{Call, Reply};
use crate::control::ControlError;
use crate::problem::{self, Problem};
use crate::projects::Project;

/// Invented: what is answered where the migration is not ready, is being cut over or has ended; and
/// that a body in the request is not looked at.
pub(super) fn answer(call: &Call<'_>, project: &Project) -> Result<Reply, Problem> {
    let (id, migration) = find(call, project)?;
    migration.cut_over(call.now).map_err(|error| match error {
        ControlError::NotReady { .. } => problem::validation_error(&error.to_string()),
        _ => problem::cannot_cut_over(error),
    })?;
    let status = call.world.scenario.success_statuses.cutover;
    let content = if status == 200 {
        json!({
            "_id": id,
            "groupId": project.id(),
            "sourceGroupId": migration.source_group_id(),
            "status": "PENDING",
        })
    } else {
        json!({})
    };
    Ok(call.reply(content).with_status(status))
}
