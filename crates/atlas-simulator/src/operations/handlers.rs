//! The table of the operations.

use super::context::{Context, Output};
use super::tokens::{TokenContext, TokenError};
use super::{available_projects, clusters, link_tokens, live_migrations, tokens, validations};
use crate::api::{ApiError, Response};
use crate::scenario::{OperationId, RateLimit, RateLimits};
use crate::state::{Organization, Project};

/// Executes an operation. Its kind depends on the start of the operation's path.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// `/groups/{groupId}/…`
    Project(fn(&Context<'_>, &Project) -> Result<Output, ApiError>),
    /// `/orgs/{orgId}/…`
    Organization(fn(&Context<'_>, &Organization) -> Result<Output, ApiError>),
    /// An OAuth endpoint.
    OAuth(fn(&TokenContext<'_>) -> Result<Response, TokenError>),
}

impl Handler {
    /// Returns the rate limit of the project or the organization. Faults at the OAuth endpoints use
    /// that of a project.
    pub(crate) const fn rate_limit(self, limits: &RateLimits) -> RateLimit {
        match self {
            Self::Project(_) | Self::OAuth(_) => limits.group,
            Self::Organization(_) => limits.org,
        }
    }
}

/// Returns the handler of an operation.
pub(crate) fn handler(operation: OperationId) -> Handler {
    match operation {
        OperationId::CreateGroupLiveMigration => Handler::Project(live_migrations::create),
        OperationId::CreateOrgLiveMigrationLinkToken => Handler::Organization(link_tokens::create),
        OperationId::CutoverGroupLiveMigration => Handler::Project(live_migrations::cut_over),
        OperationId::DeleteOrgLiveMigrationLinkTokens => Handler::Organization(link_tokens::delete),
        OperationId::GetGroupLiveMigration => Handler::Project(live_migrations::get),
        OperationId::GetGroupLiveMigrationValidateStatus => Handler::Project(validations::get),
        OperationId::ListGroupClusters => Handler::Project(clusters::list),
        OperationId::ListOrgLiveMigrationAvailableProjects => {
            Handler::Organization(available_projects::list)
        }
        OperationId::ValidateGroupLiveMigrations => Handler::Project(validations::create),
        OperationId::CreateToken => Handler::OAuth(tokens::create),
        OperationId::RevokeToken => Handler::OAuth(tokens::revoke),
    }
}
