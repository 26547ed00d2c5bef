//! Decides what happens to a migration that does not exist in Atlas yet.

use atlas_migrations_journal::{
    event::{Action, Operation, ValidationStatus},
    state::WaitsFor,
};

use super::{facts::Facts, next::Next, obstacle::obstacle};

pub(super) fn before_create(facts: &Facts<'_>) -> Next {
    let (state, memory) = (&facts.history.state, facts.memory);
    if facts.policy.is_none() {
        return Next::person("it is not in the plan anymore, and nothing was started".to_owned());
    }
    if let Some(next) = obstacle(facts) {
        return next;
    }
    if let Some(refusal) = state.refusal.as_ref().filter(|refusal| !refusal.is_temporary()) {
        // A refused validation took no effect; a new run asks once more.
        if refusal.op != Operation::Validate || memory.validations > 0 {
            let code = refusal.code.as_deref().unwrap_or("no code");
            let then = if refusal.op == Operation::Create { " and `retry`" } else { "" };
            return Next::person(format!(
                "Atlas refused {} ({code}); correct the plan{then}",
                refusal.op
            ));
        }
    }
    if let Some(trap) = &memory.trap {
        return Next::person(trap.clone());
    }
    if facts.now_ms < memory.not_before_ms {
        return Next::Wait(WaitsFor::Runner("tries again soon"));
    }
    match &state.validation {
        Some(ValidationStatus::Success) => create(facts),
        Some(_) if memory.validations > 0 => Next::person(
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
