//! What the operations answer once a request is known to be allowed and well formed.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use crate::is_object_id;
use crate::organisation::Organisation;
use crate::problem::{self, Problem};
use crate::projects::Project;
use crate::routes::{Parameters, Served};
use crate::scenario::{RateLimit, RateLimits};
use crate::world::World;

mod create_group_live_migration;
mod create_org_live_migration_link_token;
mod cutover_group_live_migration;
mod delete_org_live_migration_link_tokens;
mod get_group_live_migration;
mod get_group_live_migration_validate_status;
mod list_org_live_migration_available_projects;
mod migration_request;
mod validate_group_live_migrations;

/// Every operation that is simulated.
const OPERATIONS: [(&str, Handler); 8] = [
    ("createGroupLiveMigration", Handler::Group(create_group_live_migration::answer)),
    (
        "createOrgLiveMigrationLinkToken",
        Handler::Organisation(create_org_live_migration_link_token::answer),
    ),
    ("cutoverGroupLiveMigration", Handler::Group(cutover_group_live_migration::answer)),
    (
        "deleteOrgLiveMigrationLinkTokens",
        Handler::Organisation(delete_org_live_migration_link_tokens::answer),
    ),
    ("getGroupLiveMigration", Handler::Group(get_group_live_migration::answer)),
    (
        "getGroupLiveMigrationValidateStatus",
        Handler::Group(get_group_live_migration_validate_status::answer),
    ),
    (
        "listOrgLiveMigrationAvailableProjects",
        Handler::Organisation(list_org_live_migration_available_projects::answer),
    ),
    ("validateGroupLiveMigrations", Handler::Group(validate_group_live_migrations::answer)),
];

/// The handler of the operation of that id, where it is simulated.
pub(crate) fn handler(operation_id: &str) -> Option<Handler> {
    OPERATIONS.into_iter().find_map(|(id, handler)| (id == operation_id).then_some(handler))
}

/// Answers one operation, by what its path begins with.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// `/groups/{groupId}/…`
    Group(fn(&Call<'_>, &Project) -> Result<Reply, Problem>),
    /// `/orgs/{orgId}/…`
    Organisation(fn(&Call<'_>, &Organisation) -> Result<Reply, Problem>),
}

impl Handler {
    /// The limit that counts.
    pub(crate) const fn limit(self, limits: &RateLimits) -> RateLimit {
        match self {
            Self::Group(_) => limits.group,
            Self::Organisation(_) => limits.org,
        }
    }
}

/// What an operation is asked.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a World,
    pub(crate) served: &'a Served,
    pub(crate) parameters: &'a Parameters,
    /// As the schema has it; `null` where the operation takes none.
    pub(crate) body: Value,
    pub(crate) now: Duration,
}

impl Call<'_> {
    /// An id in the path that is not the project's or the organisation's.
    fn id(&self, name: &str) -> Result<&str, Problem> {
        let id = self.parameters.get(name);
        if is_object_id(id) { Ok(id) } else { Err(problem::invalid_path_parameter(name)) }
    }

    /// An answer with the documented status.
    fn reply(&self, content: Value) -> Reply {
        Reply { status: self.served.success, content: Some(content) }
    }
}

/// What an operation answers.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    /// The body, where there is one.
    pub(crate) content: Option<Value>,
}

impl Reply {
    /// With a status of the scenario, which was checked.
    fn with_status(self, status: u16) -> Self {
        Self { status: StatusCode::from_u16(status).unwrap_or(self.status), ..self }
    }
}
