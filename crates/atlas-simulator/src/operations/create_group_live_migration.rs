//! Schedules a migration.

use std::sync::Arc;

use super::get_group_live_migration::told;
use super::migration_request::MigrationRequest;
use super::{Call, Reply};
use crate::problem::{self, Problem};
use crate::projects::{MOST_CREATED, Migration, Project};

/// Invented: that neither a link nor a validation is needed, that a project may have any number of
/// migrations, and that there is no `location`.
pub(super) fn answer(call: &Call<'_>, project: &Project) -> Result<Reply, Problem> {
    let request = MigrationRequest::read(call, project)?;
    let migration = Arc::new(Migration::created(
        request.host.to_owned(),
        request.source_group_id.to_owned(),
        call.world.scenario.new_migrations.clone(),
        call.now,
    ));
    let id = call.world.ids.fresh();
    project
        .create(Arc::clone(&id), &migration, MOST_CREATED)
        .map_err(|_| problem::too_many("live migrations", MOST_CREATED))?;
    Ok(call.reply(told(call, &id, &migration)))
}
