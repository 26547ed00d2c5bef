//! The link between the organization and the source organization.

use serde_json::json;

use super::context::{Context, Output};
use crate::api::ApiError;
use crate::state::Organization;

/// Creates the link and returns its token. Invented: that a second token replaces the first, as the
/// documentation creates several tokens and the paths have one link; and that the addresses can be
/// any texts.
#[expect(clippy::unnecessary_wraps, reason = "handlers may fail")]
pub(super) fn create(
    context: &Context<'_>,
    organization: &Organization,
) -> Result<Output, ApiError> {
    let status = context.state.scenario.success_statuses.link_token;
    let output = context.success(json!({"linkToken": organization.link()}));
    Ok(output.with_status(status))
}

/// Deletes the link. Invented: that the link is held by the active migrations that clients created,
/// and by those of the scenario if it starts with a link.
pub(super) fn delete(
    context: &Context<'_>,
    organization: &Organization,
) -> Result<Output, ApiError> {
    organization.unlink(|| context.state.projects.holding_the_link(context.now))?;
    Ok(Output { status: context.version.success, content: None })
}
