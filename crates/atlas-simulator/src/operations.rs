//! What the operations answer once a request is known to be allowed and well formed.

use std::time::Duration;

use serde_json::Value;

use crate::problem::Problem;
use crate::projects::Project;
use crate::routes::Parameters;

mod get_group_live_migration;

/// Answers one operation.
pub(crate) type Handler = fn(&Call<'_>) -> Result<Value, Problem>;

/// What an operation is asked.
pub(crate) struct Call<'a> {
    pub(crate) project: &'a Project,
    pub(crate) parameters: &'a Parameters,
    pub(crate) now: Duration,
}

/// The handler of the operation of that id, where it is simulated.
pub(crate) fn handler(operation_id: &str) -> Option<Handler> {
    match operation_id {
        "getGroupLiveMigration" => Some(get_group_live_migration::answer),
        _ => None,
    }
}
