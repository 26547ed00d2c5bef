//! What became of one validation.

use serde_json::{Value, json};

use super::{Call, Reply};
use crate::problem::{self, Problem};
use crate::projects::{Outcome, Project, Validation};

/// Invented: what is said of an unknown validation.
pub(super) fn answer(call: &Call<'_>, project: &Project) -> Result<Reply, Problem> {
    let id = call.id("validationId")?;
    let validation = project.validation(id);
    let validation = validation
        .ok_or_else(|| problem::resource_not_found(&format!("Validation with id {id}")))?;
    Ok(call.reply(told(call, project, id, &validation)))
}

/// What is told of a validation. There is no error message while it is pending; invented: nor is
/// there one where it succeeded.
pub(super) fn told(call: &Call<'_>, project: &Project, id: &str, validation: &Validation) -> Value {
    let outcome = validation.outcome(call.now);
    let mut told = json!({
        "_id": id,
        "groupId": project.id(),
        "sourceGroupId": validation.source_group_id(),
        "status": outcome.as_str(),
    });
    if let Outcome::Failed(message) = outcome {
        told["errorMessage"] = message.into();
    }
    told
}
