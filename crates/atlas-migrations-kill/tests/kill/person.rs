//! The person who answers what no program can know, with a look at what Atlas really did.

use std::time::Duration;

use atlas_migrations_journal::{
    event::{Event, Held, NewEvent, Operation, Released, Resolution, Resolved, ResolvedBy},
    store::Append,
};

use crate::{
    driver::actor,
    oracle::Oracle,
    scenario::{NetworkFault, Scenario},
    timing,
    world::World,
};

/// How long a person waits before saying that a request took no effect: longer than the journal asks for.
const CAREFUL: Duration = Duration::from_secs(2);

/// Answers questions, and holds and releases the migration if the scenario says so, until the future is dropped. Where a
/// process hangs, its open requests are a question too: on SQLite nobody else can say that it is gone.
pub async fn answer(world: &World, scenario: &Scenario, oracle: &Oracle, hangs: bool) {
    let mut held = false;
    let mut releases = false;
    loop {
        tokio::time::sleep(timing::POLL * 2).await;
        let records = world.records().await;
        oracle.reads(&records);
        let state = world.state().await;
        let question = state.unclear().or_else(|| state.undecided().filter(|_| hangs));
        if let Some((key, slot)) = question {
            let now_ms = world.store.info().await.map_or(0, |info| info.now_ms);
            let age_ms = now_ms.saturating_sub(slot.intent_ms);
            if u128::try_from(age_ms).unwrap_or(0) > CAREFUL.as_millis() {
                resolve(world, scenario, &key.op, slot.intent_seq).await;
            }
        }
        if scenario.holds && !held && state.migration_id.is_some() {
            held = true;
            // It may be too late, which the journal says.
            releases = fact(world, Held::new()).await;
        } else if releases && state.held.is_some() {
            // Long enough for a cutover that ignores it.
            tokio::time::sleep(Duration::from_millis(200)).await;
            releases = !fact(world, Released::new()).await;
        }
    }
}

async fn resolve(world: &World, scenario: &Scenario, op: &Operation, intent_seq: u64) {
    let lost = scenario.fault == NetworkFault::LostResponse;
    let id = world.created().first().map(|id| id.parse().unwrap());
    let took_effect = match op {
        Operation::Create => id.is_some(),
        _ => world.cutovers(lost) > 0,
    };
    let result = if took_effect { Resolution::TookEffect } else { Resolution::DidNot };
    let mut resolved = Resolved::new(intent_seq, result, ResolvedBy::Person);
    resolved.id = id.filter(|_| *op == Operation::Create);
    fact(world, resolved).await;
}

async fn fact(world: &World, event: impl Into<Event>) -> bool {
    let event = NewEvent::new(actor(), event);
    world.store.append(Append::fact(world.stream, event)).await.is_ok()
}
