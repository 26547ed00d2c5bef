//! Decides what a runner does next with one migration. No input, no output: a function of facts.

use atlas_migrations_journal::{
    event::{Action, Operation, ValidationStatus},
    state::{Slot, SlotKey, SlotState, WaitsFor},
};

use super::{decide_cutover::cutover, evidence, facts::Facts, next::Next, observe};

/// Returns what a runner that owns the migration does next.
pub(super) fn decide(facts: &Facts<'_>) -> Next {
    let state = &facts.history.state;
    if state.ended.is_some() {
        return Next::Wait(end_of(facts));
    }
    if let Some(reason) = &state.blocked {
        return person(reason.clone());
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

fn before_create(facts: &Facts<'_>) -> Next {
    let (state, memory) = (&facts.history.state, facts.memory);
    if facts.policy.is_none() {
        return person("it is not in the plan anymore, and nothing was started".to_owned());
    }
    if let Some(next) = obstacle(facts) {
        return next;
    }
    if let Some(refusal) = state.refusal.as_ref().filter(|refusal| !refusal.is_temporary()) {
        // A refused validation took no effect; a new run asks once more.
        if refusal.op != Operation::Validate || memory.validations > 0 {
            let code = refusal.code.as_deref().unwrap_or("no code");
            let then = if refusal.op == Operation::Create { " and `retry`" } else { "" };
            return person(format!(
                "Atlas refused {} ({code}); correct the plan{then}",
                refusal.op
            ));
        }
    }
    if let Some(trap) = &memory.trap {
        return person(trap.clone());
    }
    if facts.now_ms < memory.not_before_ms {
        return Next::Wait(WaitsFor::Runner("tries again soon"));
    }
    match &state.validation {
        Some(ValidationStatus::Success) => create(facts),
        Some(_) if memory.validations > 0 => person(
            "the validation failed; correct the source or the plan, then run again".to_owned(),
        ),
        _ => match &facts.history.validation {
            Some(id) if memory.lost_validation.as_ref() != Some(id) => {
                Next::PollValidation(id.clone())
            }
            _ => Next::Validate,
        },
    }
}

fn create(facts: &Facts<'_>) -> Next {
    let state = &facts.history.state;
    let action = Action::CreateWithDrop;
    let need = state.needed_approvals(&action);
    let have = state.valid_approvals(&action, facts.now_ms).len();
    if have < need {
        return Next::Wait(WaitsFor::Approvals { action, have, need });
    }
    Next::Create
}

/// Returns what keeps any request from being sent: a hold, or a plan that is not the current one.
pub(super) fn obstacle(facts: &Facts<'_>) -> Option<Next> {
    let state = &facts.history.state;
    if state.held.is_some() || facts.plan.is_held {
        return Some(Next::Wait(WaitsFor::Release));
    }
    if !facts.plan.is_current || state.policy_hash.as_ref() != facts.policy_hash {
        return Some(person(
            "another process changed the plan; run again with the current file".to_owned(),
        ));
    }
    None
}

pub(super) fn person(what: String) -> Next {
    Next::Wait(WaitsFor::Person(what))
}
