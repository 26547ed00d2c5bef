//! Links the organisation.

use serde_json::json;

use super::{Call, Reply};
use crate::organisation::Organisation;
use crate::problem::Problem;

/// Invented: that a second token takes the place of the first, as the documentation has several
/// tokens made and the paths have one link; and that the addresses may be any texts.
#[expect(clippy::unnecessary_wraps, reason = "a handler may refuse")]
pub(super) fn answer(call: &Call<'_>, organisation: &Organisation) -> Result<Reply, Problem> {
    let status = call.world.scenario.success_statuses.link_token;
    let reply = call.reply(json!({"linkToken": organisation.link()}));
    Ok(reply.with_status(status))
}
