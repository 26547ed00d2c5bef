//! Decides what a runner does next with one migration. No input, no output: a function of facts.

use atlas_migrations_journal::{
    event::Operation,
    state::{Slot, SlotKey, SlotState, WaitsFor},
};

use super::{
    decide_create::before_create, decide_cutover::cutover, evidence, facts::Facts, next::Next,
    observe,
};

/// Returns what a runner that owns the migration does next.
pub(super) fn decide(facts: &Facts<'_>) -> Next {
    let state = &facts.history.state;
    if state.ended.is_some() {
        return Next::Wait(end_of(facts));
    }
    if let Some(reason) = &state.blocked {
        return Next::person(reason.clone());
    }
    if facts.now_ms >= facts.memory.record_from_ms
        && let Some(event) = observe::what_to_record(facts)
    {
        return Next::Record(event);
    }
    if let Some((key, slot)) = state.undecided()
        && let Some(next) = undecided(facts, key, slot)
    {
        return next;
    }
    if state.migration_id.is_some() {
        return cutover(facts);
    }
    before_create(facts)
}

/// Returns what an attempt that ended waits for.
fn end_of(facts: &Facts<'_>) -> WaitsFor {
    use atlas_migrations_journal::event::EndResult;
    match facts.history.state.ended {
        Some(EndResult::Failed | EndResult::Expired) => {
            WaitsFor::Person("`retry` starts the next attempt".to_owned())
        }
        _ => WaitsFor::Nothing,
    }
}

/// Decides while the fate of a request is not known. Returns `None` if that is no obstacle.
fn undecided(facts: &Facts<'_>, key: &SlotKey, slot: &Slot) -> Option<Next> {
    // A validation changes nothing: it is sent again. If its result is known from another one, the request of a process
    // that is gone only keeps the create request back.
    if key.op == Operation::Validate {
        let is_known = facts.history.state.validation.is_some();
        return evidence::next(facts, key, slot).filter(|_| is_known);
    }
    let wait = match slot.state {
        SlotState::Unclear => {
            WaitsFor::Evidence { op: key.op.clone(), intent_seq: slot.intent_seq }
        }
        _ => WaitsFor::Response { op: key.op.clone(), actor: slot.actor.clone() },
    };
    Some(evidence::next(facts, key, slot).unwrap_or(Next::Wait(wait)))
}
