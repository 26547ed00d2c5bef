//! Runs of plans from the first request to the last, with faults and interruptions.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use atlas_migrations_journal::{
    event::{EndResult, Event, Operation},
    state::WaitsFor,
};
use atlas_migrations_runs::runner::{RunError, RunEvent, Runner};
use atlas_simulator::{Fault, FaultRule};
use tokio::sync::Notify;

use crate::plan_world::{
    GROUP, NAMES, PlanWorld, approved_by_one, fast, idle, plan, simple, until,
};

const CREATE: &str = "createGroupLiveMigration";
const CUTOVER: &str = "cutoverGroupLiveMigration";

/// An error response with a code of Atlas.
fn refusal(status: u16, code: &str) -> Fault {
    let body = format!(r#"{{"error":{status},"errorCode":"{code}","detail":"d","reason":"r"}}"#);
    Fault::Respond { status, content_type: Some("application/json".to_owned()), body }
}

#[tokio::test]
async fn six_migrations_run_to_the_end_in_the_order_of_the_file() {
    let world = PlanWorld::new().await;
    let summary = world.run(&simple(6), fast()).await.unwrap();
    assert!(summary.migrations.iter().all(|one| one.ended == Some(EndResult::Complete)));
    let names: Vec<_> = summary.migrations.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, NAMES);
    assert_eq!((world.received(CREATE), world.received(CUTOVER)), (6, 6));
    // One after the other: each cutover was requested when the one before it was complete.
    let log = world.log().await;
    let mut steps = log.iter().filter_map(|(name, event)| match event {
        Event::Intent(intent) if intent.op == Operation::Cutover => {
            Some((name.as_str(), "cutover"))
        }
        Event::Ended(_) => Some((name.as_str(), "ended")),
        _ => None,
    });
    for name in NAMES {
        assert_eq!(steps.next(), Some((name, "cutover")));
        assert_eq!(steps.next(), Some((name, "ended")));
    }
}

/// The bug: a second machine, or an empty journal, starts everything again.
#[tokio::test]
async fn a_plan_that_the_journal_never_saw_is_not_started_without_being_asked() {
    let world = PlanWorld::new().await;
    let error = world.run(&simple(1), fast().start(false)).await.unwrap_err();
    assert!(matches!(error, RunError::NeverStarted { .. }), "{error}");
    assert_eq!(world.control().request_count(), 0);
    assert!(world.log().await.is_empty());
}

/// The bug: a restart begins again, or forgets a migration.
#[tokio::test]
async fn a_run_that_is_stopped_after_any_event_goes_on_where_it_was() {
    let world = PlanWorld::new().await;
    let plan = simple(2);
    let mut starts = 0;
    loop {
        starts += 1;
        assert!(starts < 100, "it never ends: {:?}", world.log().await);
        let (runner, changes, _) = world.runner(&plan, fast()).await;
        let stop = Arc::new(Notify::new());
        let seen = Arc::new(AtomicUsize::new(0));
        let told = Arc::clone(&stop);
        // Each start sees one new event, or a few.
        let runner = runner.on_event(move |event| {
            if matches!(event, RunEvent::Recorded { .. })
                && seen.fetch_add(1, Ordering::SeqCst) == 0
            {
                told.notify_one();
            }
        });
        let summary = runner.run(stop.notified()).await.unwrap();
        changes.settled().await;
        changes.store().close().await;
        if !summary.interrupted {
            assert!(summary.migrations.iter().all(|one| one.ended == Some(EndResult::Complete)));
            break;
        }
    }
    assert!(starts > 8, "{starts}");
    assert_eq!((world.received(CREATE), world.received(CUTOVER)), (2, 2));
}

/// The bug: a cutover whose response is lost is sent again, or waits for ever.
#[tokio::test]
async fn a_cutover_without_a_response_is_resolved_by_looking_and_sent_once() {
    for fault in [Fault::LoseResponse, Fault::CloseAfterResponse] {
        let world = PlanWorld::new().await;
        world.next(1, CUTOVER, fault);
        let summary = world.run(&simple(2), fast()).await.unwrap();
        assert!(summary.migrations.iter().all(|one| one.ended == Some(EndResult::Complete)));
        assert_eq!(world.received(CUTOVER), 2);
    }
}

#[tokio::test]
async fn an_unclear_cutover_that_had_no_effect_waits_for_a_person_and_stops_the_plan() {
    let world = PlanWorld::new().await;
    world.next(1, CUTOVER, Fault::HtmlBadGateway);
    let summary = world.run(&simple(2), idle()).await.unwrap();
    let [orders, users] = &summary.migrations[..] else { panic!("{summary:?}") };
    assert!(matches!(orders.waits_for, WaitsFor::Evidence { .. }), "{orders:?}");
    assert!(users.next.contains("the plan stops at a failure"), "{users:?}");
    assert_eq!(world.received(CUTOVER), 1);
}

#[tokio::test]
async fn an_unclear_creation_is_never_sent_again_and_the_others_go_on_if_the_plan_says_so() {
    let world = PlanWorld::new().await;
    world.next(1, CREATE, Fault::LoseResponse);
    let more = "approvers: 0\ncutover: {on_failure: continue}";
    let plan = plan(2, more, |_| String::new());
    for _ in 0..2 {
        let summary = world.run(&plan, idle()).await.unwrap();
        let ended = summary.migrations.iter().filter(|one| one.ended.is_some()).count();
        assert_eq!(ended, 1, "{summary:?}");
    }
    assert_eq!((world.received(CREATE), world.received(CUTOVER)), (2, 1));
}

#[tokio::test]
async fn a_failed_migration_stops_the_cutovers_of_the_plan() {
    let world = PlanWorld::new().await;
    let (runner, changes, _) = world.runner(&simple(2), idle()).await;
    let control = world.control();
    let failed = AtomicUsize::new(0);
    let runner: Runner = runner.on_event(move |event| {
        // The first migration that starts replicating fails.
        if let RunEvent::Recorded { name: Some(name), record } = event
            && name.as_str() == "orders"
            && let Event::Outcome(outcome) = &record.event
            && let Some(id) = &outcome.id
            && control.fail(GROUP, id).is_ok()
        {
            failed.fetch_add(1, Ordering::SeqCst);
        }
    });
    let summary = runner.run(std::future::pending()).await.unwrap();
    changes.settled().await;
    let [orders, users] = &summary.migrations[..] else { panic!("{summary:?}") };
    assert_eq!(orders.ended, Some(EndResult::Failed));
    assert!(users.next.contains("the plan stops at a failure"), "{users:?}");
    assert_eq!(world.received(CUTOVER), 0);
}

#[tokio::test]
async fn faults_that_pass_do_not_stop_a_run() {
    let world = PlanWorld::new().await;
    for operation in
        [CREATE, CUTOVER, "validateGroupLiveMigrations", "getGroupLiveMigrationValidateStatus"]
    {
        world.next(1, operation, Fault::RateLimited { retry_after: Some(0) });
    }
    world.next(2, "getGroupLiveMigration", Fault::HtmlBadGateway);
    world.next(2, "getGroupLiveMigration", Fault::ResetConnection);
    let summary = world.run(&simple(2), fast()).await.unwrap();
    assert!(summary.migrations.iter().all(|one| one.ended == Some(EndResult::Complete)));
    assert_eq!((world.accepted(CREATE).len(), world.accepted(CUTOVER).len()), (2, 2));
}

/// The bug: a validation that fails at once is asked for again and again, as fast as the service responds.
#[tokio::test]
async fn a_validation_without_a_usable_response_is_asked_for_again_after_a_pause() {
    let world = PlanWorld::new().await;
    let operation = "validateGroupLiveMigrations";
    world.control().inject(FaultRule::new(Fault::HtmlBadGateway).on_operation(operation));
    let stop = until("it is asked for three times", async || world.received(operation) >= 3);
    let began = Instant::now();
    world.run_until(&simple(1), fast(), stop).await.unwrap();
    // Two pauses of 100 ms are between three requests.
    assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_stop_ends_the_run_and_not_the_migrations() {
    let world = PlanWorld::new().await;
    let plan = approved_by_one(1);
    let stop = world.wait_until("orders", |state| state.migration_id.is_some());
    let summary = world.run_until(&plan, fast(), stop).await.unwrap();
    assert!(summary.interrupted);
    assert_eq!(world.received(CUTOVER), 0);
    world.approve("orders").await;
    let summary = world.run(&plan, fast().start(false)).await.unwrap();
    assert_eq!(summary.migrations[0].ended, Some(EndResult::Complete));
    assert_eq!(world.received(CREATE), 1);
}

/// The bug: a validation that Atlas refused counts as the last word after the plan was corrected and the next one was accepted.
#[tokio::test]
async fn a_validation_that_was_refused_once_does_not_keep_the_next_run_back() {
    let world = PlanWorld::new().await;
    world.next(1, "validateGroupLiveMigrations", refusal(400, "INVALID_ATTRIBUTE"));
    let summary = world.run(&simple(1), idle()).await.unwrap();
    assert!(summary.migrations[0].next.contains("Atlas refused validate"), "{summary:?}");
    let summary = world.run(&simple(1), idle()).await.unwrap();
    assert_eq!(summary.migrations[0].ended, Some(EndResult::Complete), "{summary:?}");
    assert_eq!(world.received("validateGroupLiveMigrations"), 2);
}

/// The bug: a service that asks for an hour of rest is asked again after the own pause.
#[tokio::test]
async fn a_pause_that_atlas_asks_for_is_kept() {
    let poll = "getGroupLiveMigrationValidateStatus";
    for (operation, created) in [(CREATE, 2), (poll, 1)] {
        let world = PlanWorld::new().await;
        world.next(1, operation, Fault::RateLimited { retry_after: Some(3600) });
        let plan = plan(2, "approvers: 0\ncutover: {order: together}", |_| String::new());
        let stop = until("one is cut over", async || !world.accepted(CUTOVER).is_empty());
        let summary = world.run_until(&plan, fast(), stop).await.unwrap();
        assert_eq!(world.received(CREATE), created, "{operation}: {summary:?}");
        assert_eq!(world.accepted(CREATE).len(), 1, "{operation}: {summary:?}");
    }
}

/// The bug: the result of a validation that Atlas forgot is asked for over and over.
#[tokio::test]
async fn a_validation_that_atlas_does_not_know_is_asked_for_anew() {
    let world = PlanWorld::new().await;
    let unknown = refusal(404, "RESOURCE_NOT_FOUND");
    world.next(1, "getGroupLiveMigrationValidateStatus", unknown);
    let summary = world.run(&simple(1), fast()).await.unwrap();
    assert_eq!(summary.migrations[0].ended, Some(EndResult::Complete));
    assert_eq!(world.received("validateGroupLiveMigrations"), 2);
}

/// The bug: a problem that stays fills the screen, or what the journal tells is told twice.
#[tokio::test]
async fn a_wait_and_a_problem_are_told_once_and_not_beside_the_journal() {
    let poll = "getGroupLiveMigrationValidateStatus";
    let world = PlanWorld::new().await;
    world.control().inject(FaultRule::new(Fault::UnexpectedError).on_operation(poll));
    let (runner, changes, told) = world.runner(&simple(1), fast()).await;
    let stop = until("it polls four times", async || world.received(poll) >= 4);
    runner.run(stop).await.unwrap();
    changes.store().close().await;
    let count = |wanted: fn(&RunEvent) -> bool| {
        told.lock().unwrap().iter().filter(|event| wanted(event)).count()
    };
    assert_eq!(count(|event| matches!(event, RunEvent::Problem { .. })), 1);
    assert_eq!(count(|event| matches!(event, RunEvent::Waits { .. })), 1);

    let world = PlanWorld::new().await;
    world.next(1, CREATE, Fault::Forbidden);
    let (runner, changes, told) = world.runner(&simple(1), idle()).await;
    runner.run(std::future::pending()).await.unwrap();
    changes.store().close().await;
    let told = told.lock().unwrap();
    assert!(!told.iter().any(|event| matches!(event, RunEvent::Problem { .. })), "{told:?}");
}
