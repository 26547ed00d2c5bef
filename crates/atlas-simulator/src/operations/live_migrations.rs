//! Creates live migrations, returns their status, and cuts them over.

use std::sync::Arc;

use serde_json::{Value, json};

use super::context::{Context, Output};
use super::migration_request::MigrationRequest;
use crate::api::ApiError;
use crate::state::{MAX_CREATED, Migration, Project, TransitionError};

/// Creates a migration. Invented: that neither a link nor a validation is required, that a project
/// can have any number of migrations, and that there is no `location` header.
pub(super) fn create(context: &Context<'_>, project: &Project) -> Result<Output, ApiError> {
    let request = MigrationRequest::read(context, project)?;
    let migration = Arc::new(Migration::new(
        request.host.to_owned(),
        request.source_group_id.to_owned(),
        context.state.scenario.new_migrations.clone(),
        context.now,
    ));
    let id = context.state.ids.generate();
    project
        .add_migration(Arc::clone(&id), &migration, MAX_CREATED)
        .map_err(|_| ApiError::too_many("live migrations", MAX_CREATED))?;
    Ok(context.success(to_json(context, &id, &migration)))
}

/// Returns the status of a migration.
pub(super) fn get(context: &Context<'_>, project: &Project) -> Result<Output, ApiError> {
    let (id, migration) = find(context, project)?;
    Ok(context.success(to_json(context, id, &migration)))
}

/// Cuts a migration over. Invented: the errors, and that the body of the request is ignored.
pub(super) fn cut_over(context: &Context<'_>, project: &Project) -> Result<Output, ApiError> {
    let (id, migration) = find(context, project)?;
    migration.cut_over(context.now).map_err(|error| match error {
        TransitionError::NotReady { .. } => ApiError::validation_error(&error.to_string()),
        _ => ApiError::cannot_cut_over(error),
    })?;
    let status = context.state.scenario.success_statuses.cutover;
    let body = if status == 200 {
        json!({
            "_id": id,
            "groupId": project.id(),
            "sourceGroupId": migration.source_group_id(),
            "status": "PENDING",
        })
    } else {
        json!({})
    };
    Ok(context.success(body).with_status(status))
}

/// Returns the migration of the path. Invented: the error for an unknown one.
fn find<'a>(
    context: &'a Context<'_>,
    project: &Project,
) -> Result<(&'a str, Arc<Migration>), ApiError> {
    let id = context.id("liveMigrationId")?;
    let migration = project.migration(id);
    let migration = migration
        .ok_or_else(|| ApiError::resource_not_found(&format!("Live migration with id {id}")))?;
    Ok((id, migration))
}

/// Returns the JSON form of a migration. Invented: that a missing lag is `null` and not omitted.
fn to_json(context: &Context<'_>, id: &str, migration: &Migration) -> Value {
    let snapshot = migration.snapshot(context.now);
    json!({
        "_id": id,
        "lagTimeSeconds": snapshot.lag_seconds,
        "migrationHosts": [migration.host()],
        "readyForCutover": snapshot.ready_for_cutover,
        "status": snapshot.status.as_str(),
    })
}
