//! Holds, and their end.

use atlas_migrations_journal::{
    ForeignText, StreamId,
    event::{Actor, Held, Released},
    store::Store,
};

use super::{
    append::{Decision, Done, decide},
    error::DecisionError,
    situation::Situation,
};

/// Holds a migration or a plan: nothing that changes it is sent until it is released.
///
/// # Errors
/// It is too late, or the journal cannot be used.
pub async fn hold(
    store: &dyn Store,
    stream: StreamId,
    actor: &Actor,
    reason: Option<&ForeignText>,
) -> Result<Done, DecisionError> {
    let decision = |situation: &Situation| {
        if let Some(why) = situation.why_too_late() {
            return Decision::Refuse(why);
        }
        if let Some(seq) = situation.state.held {
            let what = if situation.is_plan() { "" } else { "; no cutover was sent" };
            return Decision::Nothing("held", format!("held since event {seq}{what}"));
        }
        let mut held = Held::new();
        held.reason = reason.cloned();
        Decision::append(held)
    };
    decide(store, stream, actor, decision).await
}

/// Releases a held migration or plan, and a migration that a hook vetoed.
///
/// # Errors
/// The journal does not allow it, or cannot be used.
pub async fn release(
    store: &dyn Store,
    stream: StreamId,
    actor: &Actor,
    reason: Option<&ForeignText>,
) -> Result<Done, DecisionError> {
    let decision = |situation: &Situation| {
        if situation.state.held.is_none() && situation.state.veto.is_none() {
            return Decision::Nothing("not_held", "it was not held".to_owned());
        }
        let mut released = Released::new();
        released.reason = reason.cloned();
        Decision::append(released)
    };
    decide(store, stream, actor, decision).await
}
