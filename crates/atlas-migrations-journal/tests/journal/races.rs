//! Many tasks and processes write to one stream: no request is ever allowed twice.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use atlas_migrations_journal::{
    Error, StreamId,
    event::{Event, EventRecord, Operation, OutcomeResult, Resolution, Resolved, ResolvedBy},
    store::{Append, Claim, Fence, Store},
};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};

use crate::{
    contract::on_both_stores,
    support::{
        events,
        journal::{Kind, TestJournal, Worker},
    },
};

on_both_stores! {
    many_tasks_that_decide_on_the_same_state_allow_one_request,
    random_interleavings_of_three_processes_keep_the_invariants,
    two_migrations_of_a_plan_are_not_cut_over_on_one_view_of_it,
}

/// Checks invariants 1, 3 and 5 from the events alone.
pub fn check_invariants(records: &[EventRecord]) {
    let mut possible: BTreeMap<u64, (u32, Operation)> = BTreeMap::new();
    let mut undecided: BTreeMap<u64, Operation> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        assert_eq!(record.seq, at as u64 + 1, "sequences have no gap");
        match &record.event {
            Event::Intent(intent) => {
                assert!(
                    undecided.is_empty(),
                    "event {} is an intent while {undecided:?} is undecided",
                    record.seq
                );
                undecided.insert(record.seq, intent.op.clone());
                let key = (record.attempt, intent.op.clone());
                let earlier = possible.values().filter(|other| **other == key).count();
                assert_eq!(
                    earlier, 0,
                    "event {} is a second {} of attempt {}",
                    record.seq, intent.op, record.attempt
                );
                possible.insert(record.seq, key);
            }
            Event::Outcome(outcome) => {
                if matches!(outcome.result, OutcomeResult::Refused | OutcomeResult::NotSent)
                    && undecided.remove(&outcome.intent_seq).is_some()
                {
                    possible.remove(&outcome.intent_seq);
                }
                if outcome.result == OutcomeResult::Accepted && outcome.id.is_some() {
                    undecided.remove(&outcome.intent_seq);
                }
            }
            Event::Resolved(resolved) => {
                undecided.remove(&resolved.intent_seq);
                if resolved.result == Resolution::DidNot {
                    possible.remove(&resolved.intent_seq);
                }
            }
            _ => {}
        }
    }
}

async fn many_tasks_that_decide_on_the_same_state_allow_one_request(journal: TestJournal) {
    let stores = [journal.open().await, journal.open().await];
    let owner = Worker::with_migration(&stores[0], "orders").await;
    let allowed = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    for number in 0..16 {
        let (store, allowed) = (stores[number % 2].clone(), allowed.clone());
        let stream = owner.stream;
        tasks.push(tokio::spawn(async move {
            // Each believes that it is the one that works, and decides on the events that it sees.
            for _ in 0..10 {
                let runner = store.register(events::runner()).await.unwrap();
                let claim = Claim::these(runner, [stream]).taking_over();
                // Another task may be faster by a moment.
                let Some(fence) = store.claim(claim).await.unwrap().fence(stream) else { continue };
                let fence = Fence { runner, fence };
                let head = store.state(stream).await.unwrap().0.head;
                let intent = Append::intent(stream, head, fence, events::intent(Operation::Create));
                match store.append(intent).await {
                    Ok(intent) => {
                        allowed.fetch_add(1, Ordering::SeqCst);
                        assert!(intent.permit.is_some());
                    }
                    Err(Error::Rejected(_) | Error::Conflict { .. } | Error::FenceLost { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
                store.append(Append::fact(stream, events::ready())).await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    // They can all have been in each other's way; one that is alone is not.
    let last = Worker::claiming(&stores[0], owner.stream, true).await;
    allowed.fetch_add(
        usize::from(last.intent(events::intent(Operation::Create)).await.is_ok()),
        Ordering::SeqCst,
    );
    assert_eq!(allowed.load(Ordering::SeqCst), 1);
    check_invariants(&stores[0].read(owner.stream, 0).await.unwrap());
    let problems = stores[1].verify().await.unwrap().problems;
    assert!(problems.is_empty(), "{problems:?}");
}

/// One process: its store, its runner, and a view of the stream that may be old.
struct Process {
    store: Arc<dyn Store>,
    fence: Fence,
    head: u64,
    seen: Vec<EventRecord>,
}

impl Process {
    /// Does one thing that a process could do, on its own view.
    async fn act(&mut self, stream: StreamId, action: u8, word: u8) {
        let intents: Vec<_> = self
            .seen
            .iter()
            .filter(|record| record.event.is_intent())
            .map(|record| record.seq)
            .collect();
        let seq = intents.get(usize::from(word) % intents.len().max(1)).copied().unwrap_or(1);
        let intent = |op| Append::intent(stream, self.head, self.fence, events::intent(op));
        let fact = |event| Append::fact(stream, event);
        let append = match action {
            0 | 1 => {
                self.seen = self.store.read(stream, 0).await.unwrap();
                self.head = self.seen.len() as u64;
                return;
            }
            2 => {
                let claim = Claim::these(self.fence.runner, [stream]).taking_over();
                self.fence.fence = self.store.claim(claim).await.unwrap().fence(stream).unwrap();
                return;
            }
            3 | 4 => intent(Operation::Create),
            5 | 6 => intent(Operation::Cutover),
            7 => fact(events::accepted(seq, &events::id(1))),
            8 => fact(events::refused(seq, 429)),
            9 => fact(events::not_sent(seq)),
            10 => fact(events::runner_gone(seq)),
            11 => fact(events::event(Resolved::new(seq, Resolution::DidNot, ResolvedBy::Person))),
            _ => fact(events::ready()),
        };
        match self.store.append(append).await {
            Ok(_)
            | Err(
                Error::Rejected(_)
                | Error::Conflict { .. }
                | Error::FenceLost { .. }
                | Error::LeaseStale(_),
            ) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

async fn random_interleavings_of_three_processes_keep_the_invariants(journal: TestJournal) {
    let stores = [journal.open().await, journal.open().await, journal.open().await];
    let cases = if journal.kind == Kind::Sqlite { 40 } else { 25 };
    let steps = prop::collection::vec((0usize..3, 0u8..14, any::<u8>()), 10..60);
    let mut runner = TestRunner::deterministic();
    for case in 0..cases {
        let steps = steps.new_tree(&mut runner).unwrap().current();
        let (new, first) = events::migration(&format!("m{case}"));
        let stream = new.id;
        stores[0].create(new, first).await.unwrap();
        let mut processes = Vec::new();
        for store in &stores {
            let runner = store.register(events::runner()).await.unwrap();
            processes.push(Process {
                store: store.clone(),
                fence: Fence { runner, fence: 0 },
                head: 0,
                seen: Vec::new(),
            });
        }
        for (number, (who, action, word)) in steps.into_iter().enumerate() {
            // Time goes on: a person may resolve what is old.
            if number % 8 == 7 {
                journal.pass(Duration::from_secs(61)).await;
                for process in &processes {
                    process.store.renew(process.fence.runner).await.unwrap();
                }
            }
            processes[who].act(stream, action, word).await;
        }
        check_late_ids(&stores[0].read(stream, 0).await.unwrap());
    }
    let report = stores[1].verify().await.unwrap();
    assert!(report.problems.is_empty(), "{:?}", report.problems);
}

/// As [`check_invariants`], up to the point where a response contradicts a person who said that there was no effect.
fn check_late_ids(records: &[EventRecord]) {
    let end = records
        .iter()
        .position(|record| matches!(&record.event, Event::Outcome(outcome) if outcome.late));
    check_invariants(&records[..end.unwrap_or(records.len())]);
    for (at, record) in records.iter().enumerate() {
        assert_eq!(record.seq, at as u64 + 1);
    }
}

async fn two_migrations_of_a_plan_are_not_cut_over_on_one_view_of_it(journal: TestJournal) {
    let stores = [journal.open().await, journal.open().await];
    let (plan, started) = events::plan("weekend");
    let plan_id = plan.id;
    stores[0].create(plan, started).await.unwrap();
    let mut workers = Vec::new();
    for number in 0..6 {
        let (stream, first) = events::migration(&format!("m{number}"));
        let worker = Worker::with_stream(&stores[number % 2], stream.in_plan(plan_id), first).await;
        let create = worker.intent(events::intent(Operation::Create)).await.unwrap();
        worker
            .fact(events::accepted(create.seq, &events::id(u32::try_from(number).unwrap())))
            .await
            .unwrap();
        worker.fact(events::ready()).await.unwrap();
        workers.push(worker);
    }
    // All see the same plan, in which nothing is cut over, and decide that it is their turn.
    let gate = stores[1].state(plan_id).await.unwrap().0.gate;
    let mut tasks = Vec::new();
    for worker in workers {
        tasks.push(tokio::spawn(async move {
            let head = worker.head().await;
            let intent = Append::intent(
                worker.stream,
                head,
                worker.fence,
                events::intent(Operation::Cutover),
            )
            .at_gate(gate);
            match worker.store.append(intent).await {
                Ok(_) => 1,
                Err(Error::GateMoved { .. }) => 0,
                Err(error) => panic!("{error}"),
            }
        }));
    }
    let mut allowed = 0;
    for task in tasks {
        allowed += task.await.unwrap();
    }
    assert_eq!(allowed, 1);
}
