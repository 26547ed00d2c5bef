//! Validates migration requests and returns the results.

use std::sync::Arc;

use serde_json::{Value, json};

use super::context::{Context, Output};
use super::migration_request::MigrationRequest;
use crate::api::ApiError;
use crate::state::{MAX_CREATED, Outcome, Project, Validation};

/// Starts a validation. Invented: that no link is required.
pub(super) fn create(context: &Context<'_>, project: &Project) -> Result<Output, ApiError> {
    let request = MigrationRequest::read(context, project)?;
    let scenario = &context.state.scenario;
    let names = [request.host, request.source_cluster, request.destination_cluster];
    let rules = &scenario.validation_rules;
    let validation = Arc::new(Validation::new(rules, request.source_group_id, names, context.now));
    let id = context.state.ids.generate();
    project
        .add_validation(Arc::clone(&id), &validation, MAX_CREATED)
        .map_err(|_| ApiError::too_many("validations", MAX_CREATED))?;
    let output = context.success(to_json(context, project, &id, &validation));
    Ok(output.with_status(scenario.success_statuses.validate))
}

/// Returns the status of a validation. Invented: the error for an unknown one.
pub(super) fn get(context: &Context<'_>, project: &Project) -> Result<Output, ApiError> {
    let id = context.id("validationId")?;
    let validation = project.validation(id);
    let validation = validation
        .ok_or_else(|| ApiError::resource_not_found(&format!("Validation with id {id}")))?;
    Ok(context.success(to_json(context, project, id, &validation)))
}

/// Returns the JSON form of a validation. There is no error message while it is pending; invented:
/// nor if it succeeded.
fn to_json(context: &Context<'_>, project: &Project, id: &str, validation: &Validation) -> Value {
    let outcome = validation.outcome(context.now);
    let mut json = json!({
        "_id": id,
        "groupId": project.id(),
        "sourceGroupId": validation.source_group_id(),
        "status": outcome.as_str(),
    });
    if let Outcome::Failed(message) = outcome {
        json["errorMessage"] = message.into();
    }
    json
}
