//! A process that is stopped after its intent, while a rival works for longer than two leases, and then goes on: it must not
//! send.

use std::time::Duration;

use atlas_migrations_journal::event::Event;
use futures_util::StreamExt as _;
use rustix::process::Signal;

use crate::{
    driver::Badness,
    oracle::Oracle,
    person::{self, Habits},
    process::{End, Start},
    runner::start_with,
    scenario::{NetworkFault, Program, StoreKind},
    timing,
    world::World,
};

/// The passes of a point of a change, from the first create request to the last cutover.
fn passes(program: Program) -> std::ops::RangeInclusive<u32> {
    match program {
        Program::Changes => 2..=3,
        // The validations of two migrations come first, in some order.
        Program::Run | Program::Link => 3..=6,
    }
}

/// Stops a process at a point, lets a rival do the work, and continues the process. Returns the broken invariants.
pub async fn stop_and_continue(
    store: StoreKind,
    program: Program,
    stop_at: String,
    badness: Option<Badness>,
) -> Option<Vec<String>> {
    let world = World::new(store, program, NetworkFault::None).await?;
    let oracle = Oracle::new(&world);
    let habits = Habits { knows_of_a_hang: true, ..Habits::default() };
    let work = async {
        let stop = Start { stop_at: Some(stop_at), badness, ..Start::default() };
        let (stopped, _proxy) = start_with(&world, &oracle, None, stop).await;
        while !stopped.is_stopped().await {
            timing::pause().await;
        }
        world.let_pass(timing::LEASE * 2).await;
        // On SQLite a person says that the process is gone: its lock says the opposite.
        let start_rival = Start { take_over: true, ..Start::default() };
        let (rival, _proxy) = start_with(&world, &oracle, None, start_rival).await;
        // Until a person answered the question that the stopped process leaves, and what follows from the answer was sent.
        // If it was stopped with the write lock of SQLite, nobody can do anything until it goes on.
        let _ = tokio::time::timeout(Duration::from_secs(8), is_resolved(&world)).await;
        world.let_pass(timing::LEASE).await;
        stopped.signal(Signal::CONT).await;
        (rival.ended().await, stopped.ended().await)
    };
    let ends = tokio::select! {
        ends = tokio::time::timeout(Duration::from_mins(1), work) => ends,
        () = person::answer(&world, habits, &oracle) => unreachable!(),
    };
    match ends {
        Ok((End::Done, End::Done)) => {}
        other => oracle.violation(format!("8: the processes ended as {other:?}")),
    }
    oracle.check_end(&world).await;
    Some(oracle.violations())
}

async fn is_resolved(world: &World) {
    loop {
        let all = world.journaled().await;
        let mut records = all.iter().flat_map(|one| &one.records);
        if records.any(|record| matches!(record.event, Event::Resolved(_))) {
            return;
        }
        timing::pause().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_process_that_was_stopped_after_its_intent_does_not_send_when_it_goes_on() {
    let mut cases = Vec::new();
    for store in [StoreKind::Sqlite, StoreKind::Postgres] {
        for program in [Program::Changes, Program::Run] {
            for point in ["changes.intent_committed", "changes.before_send"] {
                for pass in passes(program) {
                    cases.push(async move {
                        let stop_at = format!("{point}:{pass}");
                        let case = format!("{store:?}, {program:?}, {stop_at}");
                        (case, stop_and_continue(store, program, stop_at, None).await)
                    });
                }
            }
        }
    }
    let mut cases = futures_util::stream::iter(cases).buffer_unordered(12);
    while let Some((case, violations)) = cases.next().await {
        let violations = violations.unwrap_or_default();
        assert!(violations.is_empty(), "{case}: {violations:?}");
    }
}
