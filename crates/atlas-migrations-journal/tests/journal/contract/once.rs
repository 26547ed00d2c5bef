//! No request is allowed twice.

use std::time::Duration;

use atlas_migrations_journal::{
    Error, RunnerId,
    event::{Action, EndResult, Event, Operation, Resolution, Resolved, ResolvedBy, Retry},
    state::{Phase, Rejection},
    store::{Append, Claim, Expected, Fence, StreamFilter},
};

use super::on_both_stores;
use crate::support::{
    events,
    journal::{TestJournal, Worker},
};

on_both_stores! {
    an_intent_needs_the_current_fence_and_a_fact_does_not,
    a_second_create_or_cutover_is_refused,
    the_primary_key_refuses_a_second_slot,
    an_outcome_after_unclear_is_accepted_and_marked_as_late,
    an_unclear_request_stops_everything_until_a_person_resolves_it,
    the_right_to_send_ends_after_the_send_window,
    a_cutover_in_a_plan_needs_the_current_gate,
    a_destination_has_one_migration_at_a_time,
    a_request_that_drops_a_completed_destination_is_refused,
    an_outcome_is_stored_even_if_another_stream_follows_its_migration,
    a_person_cannot_resolve_two_requests_with_one_migration,
    a_retry_is_a_new_attempt_with_new_slots,
    two_approvals_of_one_database_user_count_as_one,
}

/// Brings a migration to ready.
async fn to_ready(worker: &Worker, number: u32) -> u64 {
    let create = worker.intent(events::intent(Operation::Create)).await.unwrap();
    worker.fact(events::accepted(create.seq, &events::id(number))).await.unwrap();
    worker.fact(events::ready()).await.unwrap().seq
}

async fn an_intent_needs_the_current_fence_and_a_fact_does_not(journal: TestJournal) {
    let store = journal.open().await;
    let loser = Worker::with_migration(&store, "orders").await;
    let intent = || events::intent(Operation::Create);
    let mut without = Append::intent(loser.stream, 1, loser.fence, intent());
    without.fence = None;
    assert!(matches!(store.append(without).await, Err(Error::FenceMissing)));
    let mut at_end = Append::intent(loser.stream, 1, loser.fence, intent());
    at_end.expected = Expected::End;
    assert!(matches!(store.append(at_end).await, Err(Error::Rejected(Rejection::Misplaced(_)))));

    let sent = loser.intent(intent()).await.unwrap();
    let winner = Worker::claiming(&store, loser.stream, true).await;
    assert!(winner.fence.fence > loser.fence.fence);
    loser.fact(events::refused(sent.seq, 429)).await.unwrap();
    let error = loser.intent(intent()).await.unwrap_err();
    assert!(
        matches!(error, Error::FenceLost { owner: Some(owner), .. } if owner == winner.runner()),
        "{error}"
    );
    let old = Fence { fence: winner.fence.fence - 1, ..winner.fence };
    let head = winner.head().await;
    assert!(matches!(
        store.append(Append::intent(winner.stream, head, old, intent())).await,
        Err(Error::FenceLost { .. })
    ));
    winner.intent(intent()).await.unwrap();
    store.release(winner.runner(), None).await.unwrap();
    assert!(winner.intent(intent()).await.is_err());
}

async fn a_second_create_or_cutover_is_refused(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    let create = worker.intent(events::intent(Operation::Create)).await.unwrap();
    let error = worker.intent(events::intent(Operation::Create)).await.unwrap_err();
    assert!(
        matches!(error, Error::Rejected(Rejection::Undecided { unclear: false, .. })),
        "{error}"
    );
    worker.fact(events::accepted(create.seq, &events::id(1))).await.unwrap();
    assert!(worker.intent(events::intent(Operation::Create)).await.is_err());
    worker.fact(events::ready()).await.unwrap();
    let cutover = worker.intent(events::intent(Operation::Cutover)).await.unwrap();
    worker.fact(events::not_sent(cutover.seq)).await.unwrap();
    let cutover = worker.intent(events::intent(Operation::Cutover)).await.unwrap();
    worker.fact(events::accepted(cutover.seq, &events::id(1))).await.unwrap();
    let error = worker.intent(events::intent(Operation::Cutover)).await.unwrap_err();
    assert!(matches!(error, Error::Rejected(Rejection::AlreadyDone { .. })), "{error}");
    assert!(store.verify().await.unwrap().problems.is_empty());
}

async fn the_primary_key_refuses_a_second_slot(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    let insert = "INSERT INTO slot (stream, attempt, op, intent_seq, state) SELECT key, 1, 'create', 99, 'open' FROM stream";
    journal.sql(insert).await.unwrap();
    // The state does not know of the slot: only the constraint refuses it.
    let error = worker.intent(events::intent(Operation::Create)).await.unwrap_err();
    assert!(matches!(error, Error::SlotTaken), "{error}");
    assert_eq!(worker.head().await, 1);
    assert!(journal.sql(insert).await.is_err());
    let problems = store.verify().await.unwrap().problems;
    assert!(problems[0].what.contains("slots"), "{problems:?}");
}

async fn an_outcome_after_unclear_is_accepted_and_marked_as_late(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    let create = worker.intent(events::intent(Operation::Create)).await.unwrap();
    let other = events::unclear(create.seq, RunnerId::new());
    let error = worker.fact(other).await.unwrap_err();
    assert!(matches!(error, Error::Rejected(Rejection::TooEarly { .. })), "{error}");
    journal.pass(Duration::from_secs(61)).await;
    store.renew(worker.runner()).await.unwrap();
    let error = worker.fact(events::runner_gone(create.seq)).await.unwrap_err();
    assert!(matches!(error, Error::Rejected(Rejection::RunnerAlive(_))), "{error}");
    store.release(worker.runner(), None).await.unwrap();
    worker.fact(events::runner_gone(create.seq)).await.unwrap();
    assert_eq!(store.state(worker.stream).await.unwrap().1.phase(), Phase::Unclear);
    let outcome = worker.fact(events::accepted(create.seq, &events::id(7))).await.unwrap();
    let record = store.read_one(worker.stream, outcome.seq).await.unwrap().unwrap();
    let Event::Outcome(outcome) = record.event else { panic!() };
    assert!(outcome.late);
    let (row, state) = store.state(worker.stream).await.unwrap();
    assert_eq!((state.phase(), row.migration_id), (Phase::Replicating, Some(events::id(7))));
    assert!(store.verify().await.unwrap().problems.is_empty());
}

async fn an_unclear_request_stops_everything_until_a_person_resolves_it(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    let create = worker.intent(events::intent(Operation::Create)).await.unwrap();
    worker.fact(events::unclear(create.seq, worker.runner())).await.unwrap();
    for op in [Operation::Create, Operation::Cutover, Operation::Validate] {
        let error = worker.intent(events::intent(op)).await.unwrap_err();
        assert!(
            matches!(error, Error::Rejected(Rejection::Undecided { unclear: true, .. })),
            "{error}"
        );
    }
    let did_not =
        || events::event(Resolved::new(create.seq, Resolution::DidNot, ResolvedBy::Person));
    assert!(matches!(
        worker.fact(did_not()).await,
        Err(Error::Rejected(Rejection::TooEarly { .. }))
    ));
    journal.pass(Duration::from_secs(61)).await;
    store.renew(worker.runner()).await.unwrap();
    worker.fact(did_not()).await.unwrap();
    worker.intent(events::intent(Operation::Create)).await.unwrap();
}

async fn the_right_to_send_ends_after_the_send_window(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    let permit = worker.intent(events::intent(Operation::Create)).await.unwrap().permit.unwrap();
    assert!(permit.may_send());
    journal.clock.pass(Duration::from_millis(9_999));
    assert!(permit.may_send());
    journal.clock.pass(Duration::from_millis(1));
    assert!(!permit.may_send());
}

async fn a_cutover_in_a_plan_needs_the_current_gate(journal: TestJournal) {
    let store = journal.open().await;
    let (plan, started) = events::plan("weekend");
    let plan_id = plan.id;
    store.create(plan, started).await.unwrap();
    let mut workers = Vec::new();
    for (number, name) in [(1, "orders"), (2, "users")] {
        let (stream, first) = events::migration(name);
        let worker = Worker::with_stream(&store, stream.in_plan(plan_id), first).await;
        to_ready(&worker, number).await;
        workers.push(worker);
    }
    let gate = store.state(plan_id).await.unwrap().0.gate;
    let cutover = |worker: &Worker, head: u64| {
        Append::intent(worker.stream, head, worker.fence, events::intent(Operation::Cutover))
    };
    let head = workers[0].head().await;
    assert!(matches!(store.append(cutover(&workers[0], head)).await, Err(Error::GateMissing)));
    // The other migration fails between the decision and the intent.
    workers[1].fact(events::ended(EndResult::Failed)).await.unwrap();
    let error = store.append(cutover(&workers[0], head).at_gate(gate)).await.unwrap_err();
    assert!(
        matches!(error, Error::GateMoved { seen, actual } if seen == gate && actual == gate + 1),
        "{error}"
    );
    let stored = store.append(cutover(&workers[0], head).at_gate(gate + 1)).await.unwrap();
    let record = store.read_one(workers[0].stream, stored.seq).await.unwrap().unwrap();
    let Event::Intent(intent) = record.event else { panic!() };
    assert_eq!((intent.gate, intent.send_window_ms), (Some(gate + 1), 10_000));
    assert_eq!(store.state(plan_id).await.unwrap().0.gate, gate + 2);
}

async fn a_destination_has_one_migration_at_a_time(journal: TestJournal) {
    let store = journal.open().await;
    let first = Worker::with_migration(&store, "orders").await;
    let (stream, planned) = events::dropping_migration("again", "orders");
    let second = Worker::with_stream(&store, stream, planned).await;
    second.fact(events::approved(Action::CreateWithDrop)).await.unwrap();
    first.intent(events::intent(Operation::Create)).await.unwrap();
    let error = second.intent(events::intent(Operation::Create)).await.unwrap_err();
    assert!(matches!(&error, Error::DestinationTaken { by, .. } if by == "orders"), "{error}");
    first.fact(events::accepted(2, &events::id(1))).await.unwrap();
    first.fact(events::ended(EndResult::Failed)).await.unwrap();
    second.intent(events::intent(Operation::Create)).await.unwrap();
}

async fn a_request_that_drops_a_completed_destination_is_refused(journal: TestJournal) {
    let store = journal.open().await;
    let first = Worker::with_migration(&store, "orders").await;
    to_ready(&first, 1).await;
    first.fact(events::ended(EndResult::Complete)).await.unwrap();
    let (stream, planned) = events::dropping_migration("again", "orders");
    let second = Worker::with_stream(&store, stream, planned).await;
    let error = second.intent(events::intent(Operation::Create)).await.unwrap_err();
    assert!(matches!(error, Error::Rejected(Rejection::NotApproved { .. })), "{error}");
    second.fact(events::approved(Action::CreateWithDrop)).await.unwrap();
    let error = second.intent(events::intent(Operation::Create)).await.unwrap_err();
    assert!(matches!(&error, Error::DestinationCompleted { by, .. } if by == "orders"), "{error}");
}

async fn an_outcome_is_stored_even_if_another_stream_follows_its_migration(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    let create = worker.intent(events::intent(Operation::Create)).await.unwrap();
    let adopted = atlas_migrations_journal::event::Adopted::new(
        events::GROUP.parse().unwrap(),
        events::atlas_id(3),
        "WORKING".to_owned(),
    );
    let (stream, _) = events::migration("adopted");
    store.create(stream, events::event(adopted.clone())).await.unwrap();
    let (stream, _) = events::migration("adopted-again");
    let error = store.create(stream, events::event(adopted)).await.unwrap_err();
    assert!(matches!(&error, Error::MigrationTaken { by } if by == "adopted"), "{error}");
    worker.fact(events::accepted(create.seq, &events::id(3))).await.unwrap();
    let (row, state) = store.state(worker.stream).await.unwrap();
    assert_eq!((row.migration_id, state.migration_id), (None, Some(events::atlas_id(3))));
    let problems = store.verify().await.unwrap().problems;
    assert!(problems.is_empty(), "{problems:?}");
}

async fn a_person_cannot_resolve_two_requests_with_one_migration(journal: TestJournal) {
    let store = journal.open().await;
    let mut workers = Vec::new();
    for name in ["orders", "users", "parts"] {
        let worker = Worker::with_migration(&store, name).await;
        let create = worker.intent(events::intent(Operation::Create)).await.unwrap();
        worker.fact(events::unclear(create.seq, worker.runner())).await.unwrap();
        workers.push((worker, create.seq));
    }
    let resolved = |seq, id: &str| {
        let mut resolved = Resolved::new(seq, Resolution::TookEffect, ResolvedBy::Person);
        resolved.id = Some(id.parse().unwrap());
        events::event(resolved)
    };
    let [(orders, first), (users, second), (parts, third)] = &workers[..] else { unreachable!() };
    orders.fact(resolved(*first, &events::id(1))).await.unwrap();
    let error = users.fact(resolved(*second, &events::id(1))).await.unwrap_err();
    assert!(matches!(&error, Error::MigrationTaken { by } if by == "orders"), "{error}");
    users.fact(resolved(*second, &events::id(2))).await.unwrap();
    users.fact(events::ready()).await.unwrap();
    // What Atlas shows is a fact, whoever follows the migration.
    let mut looked = Resolved::new(*third, Resolution::TookEffect, ResolvedBy::Look);
    looked.id = Some(events::id(1).parse().unwrap());
    parts.fact(events::event(looked)).await.unwrap();
    let (row, state) = store.state(parts.stream).await.unwrap();
    assert_eq!((row.migration_id, state.migration_id), (None, Some(events::atlas_id(1))));
}

async fn a_retry_is_a_new_attempt_with_new_slots(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    to_ready(&worker, 1).await;
    let retry = || events::event(Retry::new(2));
    assert!(matches!(worker.fact(retry()).await, Err(Error::Rejected(Rejection::CannotRetry))));
    worker.fact(events::ended(EndResult::Expired)).await.unwrap();
    worker.fact(retry()).await.unwrap();
    let old = worker.intent(events::intent(Operation::Create)).await.unwrap_err();
    assert!(matches!(old, Error::Rejected(Rejection::OtherAttempt { current: 2 })), "{old}");
    let create = worker.intent(events::intent(Operation::Create).with_attempt(2)).await.unwrap();
    worker.fact(events::accepted(create.seq, &events::id(2)).with_attempt(2)).await.unwrap();
    let row = &store.streams(StreamFilter::default()).await.unwrap()[0];
    assert_eq!((row.attempt, row.migration_id.clone(), row.ended), (2, Some(events::id(2)), false));
    let claimed = store.claim(Claim::these(worker.runner(), [worker.stream])).await.unwrap();
    assert_eq!(claimed.fence(worker.stream), Some(worker.fence.fence));
    assert!(store.verify().await.unwrap().problems.is_empty());
}

async fn two_approvals_of_one_database_user_count_as_one(journal: TestJournal) {
    let store = journal.open().await;
    let (stream, mut first) = events::migration("orders");
    if let Event::Planned(planned) = &mut first.event {
        planned.approvers = 2;
    }
    let worker = Worker::with_stream(&store, stream, first).await;
    to_ready(&worker, 1).await;
    worker.fact(events::approved(Action::Cutover)).await.unwrap();
    worker.fact(events::approved(Action::Cutover)).await.unwrap();
    let error = worker.intent(events::intent(Operation::Cutover)).await.unwrap_err();
    assert!(
        matches!(error, Error::Rejected(Rejection::NotApproved { have: 1, need: 2, .. })),
        "{error}"
    );
}
