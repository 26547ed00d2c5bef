//! Rehearses a migration.

use std::sync::Arc;

use super::get_group_live_migration_validate_status::told;
use super::migration_request::MigrationRequest;
use super::{Call, Reply};
use crate::problem::{self, Problem};
use crate::projects::{MOST_CREATED, Project, Validation};

/// Invented: that no link is needed.
pub(super) fn answer(call: &Call<'_>, project: &Project) -> Result<Reply, Problem> {
    let request = MigrationRequest::read(call, project)?;
    let scenario = &call.world.scenario;
    let names = [request.host, request.source_cluster, request.destination_cluster];
    let rules = &scenario.validation_rules;
    let validation = Validation::submitted(rules, request.source_group_id, names, call.now);
    let (id, validation) = (call.world.ids.fresh(), Arc::new(validation));
    project
        .submit(Arc::clone(&id), &validation, MOST_CREATED)
        .map_err(|_| problem::too_many("validations", MOST_CREATED))?;
    let reply = call.reply(told(call, project, &id, &validation));
    Ok(reply.with_status(scenario.success_statuses.validate))
}
