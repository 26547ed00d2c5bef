//! Unlinks the organisation.

use super::{Call, Reply};
use crate::organisation::Organisation;
use crate::problem::Problem;

/// Invented: that those active migrations hold the link that clients created or, where the scenario
/// begins with a link, that it begins with.
pub(super) fn answer(call: &Call<'_>, organisation: &Organisation) -> Result<Reply, Problem> {
    organisation.unlink(|| call.world.projects.holding_the_link(call.now))?;
    Ok(Reply { status: call.served.success, content: None })
}
