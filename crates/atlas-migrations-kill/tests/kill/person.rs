//! The person who approves, holds and releases, and answers what no program can know, with a look at what Atlas really did.

use std::time::Duration;

use atlas_migrations_journal::{
    event::{
        Action, Approved, Event, Held, NewEvent, Operation, Released, Resolution, Resolved,
        ResolvedBy,
    },
    state::Phase,
    store::Append,
};

use crate::{
    driver::actor,
    oracle::Oracle,
    timing,
    world::{Journaled, World},
};

/// How long a person waits before saying that a request took no effect: longer than the journal asks for.
const CAREFUL: Duration = Duration::from_secs(2);

/// What the person does besides approving.
#[derive(Clone, Copy, Debug, Default)]
pub struct Habits {
    /// Holds the first migration for a while.
    pub holds: bool,
    /// Knows that a process hangs, so that its open requests are a question too: on SQLite nobody else can say that it is
    /// gone.
    pub knows_of_a_hang: bool,
}

/// Decides and answers until the future is dropped.
pub async fn answer(world: &World, habits: Habits, oracle: &Oracle) {
    let mut held = !habits.holds;
    loop {
        timing::pause().await;
        let all = world.journaled().await;
        oracle.reads(&all);
        for one in &all {
            approve(world, one).await;
            if resolve(world, &all, one, habits.knows_of_a_hang).await {
                // The next answer needs to know of this one.
                break;
            }
        }
        let Some(first) = all.first() else { continue };
        if first.state.held.is_some() {
            // Long enough for a cutover that ignores it.
            world.let_pass(timing::RENEW).await;
            fact(world, one_of(first), Released::new()).await;
        } else if !held && first.state.migration_id.is_some() {
            // It may be too late, which the journal says.
            held = true;
            fact(world, one_of(first), Held::new()).await;
        }
    }
}

fn one_of(one: &Journaled) -> (&Journaled, u32) {
    (one, one.state.attempt)
}

async fn approve(world: &World, one: &Journaled) {
    let (state, action) = (&one.state, Action::Cutover);
    let Ok(info) = world.store.info().await else { return };
    let have = state.valid_approvals(&action, info.now_ms).len();
    if state.phase() != Phase::Ready || have >= state.needed_approvals(&action) {
        return;
    }
    if let (Some(policy), Some(request)) = (&state.policy_hash, &state.request_hash) {
        fact(world, one_of(one), Approved::new(action, policy.clone(), request.clone())).await;
    }
}

/// Answers the oldest question about a migration. Returns whether there was one.
async fn resolve(world: &World, all: &[Journaled], one: &Journaled, hangs: bool) -> bool {
    let question = one.state.unclear().or_else(|| one.state.undecided().filter(|_| hangs));
    let Some((key, slot)) = question else { return false };
    let Ok(info) = world.store.info().await else { return false };
    let age_ms = info.now_ms.saturating_sub(slot.intent_ms);
    if u128::try_from(age_ms).unwrap_or(0) <= CAREFUL.as_millis() {
        return false;
    }
    let mut id = None;
    let took_effect = match (&key.op, &one.state.migration_id) {
        (Operation::Create, _) => {
            let is_known = |id: &String| {
                all.iter().any(|other| {
                    other.state.migration_id.as_ref().is_some_and(|known| known.as_str() == id)
                })
            };
            id = world.created().into_iter().find(|id| !is_known(id));
            world.creates(&one.name) > 0
        }
        (_, Some(id)) => world.cutovers(id.as_str()) > 0,
        _ => false,
    };
    let result = if took_effect { Resolution::TookEffect } else { Resolution::DidNot };
    let mut resolved = Resolved::new(slot.intent_seq, result, ResolvedBy::Person);
    resolved.id = id.filter(|_| took_effect).map(|id| id.parse().unwrap());
    fact(world, one_of(one), resolved).await;
    true
}

/// Appends a fact. The journal may refuse it: others decide at the same time.
async fn fact(world: &World, (one, attempt): (&Journaled, u32), event: impl Into<Event>) {
    let event = NewEvent::new(actor(), event).with_attempt(attempt);
    let _ = world.store.append(Append::fact(one.stream, event)).await;
}
