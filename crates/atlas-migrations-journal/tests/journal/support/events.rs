//! Events for tests.

use atlas_migrations_journal::{
    AtlasId, Hash, RunnerId,
    event::{
        Action, Actor, Approved, EndResult, Ended, Event, Intent, NewEvent, Observed, Operation,
        Outcome, OutcomeResult, PlanStarted, Planned, Sent, StreamKind, Unclear, UnclearReason,
    },
    store::{NewRunner, NewStream},
};
use serde_json::json;

pub const GROUP: &str = "5f0a1b2c3d4e5f6071829304";

pub fn actor() -> Actor {
    Actor::new("ana", "ops1")
}

pub fn event(event: impl Into<Event>) -> NewEvent {
    NewEvent::new(actor(), event)
}

pub fn runner() -> NewRunner {
    NewRunner::new("ops1", std::process::id(), "ana", "0.1.0")
}

/// A migration with this name and a destination of the same name.
pub fn migration(name: &str) -> (NewStream, NewEvent) {
    let mut planned = Planned::new(
        name.parse().unwrap(),
        request_hash(),
        policy_hash(),
        json!({"destination": name}),
    );
    planned.group_id = Some(GROUP.parse().unwrap());
    planned.destination = Some(format!("{GROUP}/{name}"));
    (NewStream::new(StreamKind::Migration, "weekend", name.parse().unwrap()), event(planned))
}

pub fn dropping_migration(name: &str, destination: &str) -> (NewStream, NewEvent) {
    let (stream, mut first) = migration(name);
    if let Event::Planned(planned) = &mut first.event {
        planned.destination = Some(format!("{GROUP}/{destination}"));
        planned.drops_destination = true;
    }
    (stream, first)
}

pub fn plan(name: &str) -> (NewStream, NewEvent) {
    let started = PlanStarted::new("plan.yaml".to_owned(), policy_hash(), json!({"version": 1}));
    (NewStream::new(StreamKind::Plan, "", name.parse().unwrap()), event(started))
}

pub fn request_hash() -> Hash {
    Hash::of(&json!("request"))
}

pub fn policy_hash() -> Hash {
    Hash::of(&json!("policy"))
}

pub fn intent(op: Operation) -> NewEvent {
    let path = format!("/api/atlas/v2/groups/{GROUP}/liveMigrations");
    event(Intent::new(op, "POST".to_owned(), path, "2023-01-01".to_owned(), request_hash()))
}

pub fn accepted(intent_seq: u64, id: &str) -> NewEvent {
    let mut outcome = Outcome::new(intent_seq, OutcomeResult::Accepted);
    outcome.status = Some(201);
    outcome.id = Some(id.parse().unwrap());
    event(outcome)
}

pub fn refused(intent_seq: u64, status: u16) -> NewEvent {
    let mut outcome = Outcome::new(intent_seq, OutcomeResult::Refused);
    outcome.status = Some(status);
    event(outcome)
}

pub fn not_sent(intent_seq: u64) -> NewEvent {
    event(Outcome::new(intent_seq, OutcomeResult::NotSent))
}

pub fn unclear(intent_seq: u64, runner: RunnerId) -> NewEvent {
    event(Unclear::new(intent_seq, UnclearReason::ConnectionLost, Sent::Whole)).with_runner(runner)
}

pub fn runner_gone(intent_seq: u64) -> NewEvent {
    event(Unclear::new(intent_seq, UnclearReason::RunnerGone, Sent::Unknown))
}

pub fn ready() -> NewEvent {
    let mut observed = Observed::new("WORKING".to_owned(), 0);
    observed.ready = Some(true);
    observed.lag_seconds = Some(2);
    event(observed)
}

pub fn approved(action: Action) -> NewEvent {
    event(Approved::new(action, policy_hash(), request_hash()))
}

pub fn ended(result: EndResult) -> NewEvent {
    event(Ended::new(result))
}

/// The id of the n-th migration.
pub fn id(number: u32) -> String {
    format!("{number:024x}")
}

pub fn atlas_id(number: u32) -> AtlasId {
    id(number).parse().unwrap()
}
