//! What keeps any request of a migration from being sent.

use atlas_migrations_journal::state::WaitsFor;

use super::{facts::Facts, next::Next};

/// Returns what keeps any request from being sent: a hold, or a plan that is not the current one.
pub(super) fn obstacle(facts: &Facts<'_>) -> Option<Next> {
    let state = &facts.history.state;
    if state.held.is_some() || facts.plan.is_held {
        return Some(Next::Wait(WaitsFor::Release));
    }
    if !facts.plan.is_current || state.policy_hash.as_ref() != facts.policy_hash {
        return Some(Next::person(
            "another process changed the plan; run again with the current file".to_owned(),
        ));
    }
    None
}
