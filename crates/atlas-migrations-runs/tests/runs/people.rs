//! What people say from a second shell while a run goes on: approvals, holds, and the ends of them.

use atlas_migrations_journal::{
    Error as JournalError,
    event::{Action, Approved, CutoverForgone, EndResult, Event, Held, Operation, Released, Retry},
    state::{Rejection, StreamState, WaitsFor},
    store::Append,
};

use crate::plan_world::{PlanWorld, approved_by_one, fast, idle, plan, simple};

const CREATE: &str = "createGroupLiveMigration";
const CUTOVER: &str = "cutoverGroupLiveMigration";

fn is_ready(state: &StreamState) -> bool {
    state.look.as_ref().is_some_and(|look| look.ready)
}

fn approval(action: Action, state: &StreamState) -> Approved {
    let (policy, request) = (state.policy_hash.clone(), state.request_hash.clone());
    Approved::new(action, policy.unwrap(), request.unwrap())
}

#[tokio::test]
async fn a_cutover_waits_for_an_approval_that_is_given_while_the_run_goes_on() {
    let world = PlanWorld::new().await;
    let plan = plan(1, "approvers: 1", |_| String::new());
    let people = async {
        world.wait_until("orders", is_ready).await;
        assert_eq!(world.received(CUTOVER), 0);
        world.approve("orders").await;
    };
    let (summary, ()) = tokio::join!(world.run(&plan, fast()), people);
    assert_eq!(summary.unwrap().migrations[0].ended, Some(EndResult::Complete));
    let log = world.log().await;
    let intent = log.iter().find_map(|(_, event)| match event {
        Event::Intent(intent) if intent.op == Operation::Cutover => intent.why.clone(),
        _ => None,
    });
    assert_eq!(intent.unwrap().approvals.len(), 1);
}

#[tokio::test]
async fn a_run_until_idle_ends_when_all_wait_for_approvals() {
    let world = PlanWorld::new().await;
    let plan = plan(2, "approvers: 1\ncutover: {order: together}", |_| String::new());
    let summary = world.run(&plan, idle()).await.unwrap();
    for one in summary.migrations {
        assert!(matches!(one.waits_for, WaitsFor::Approvals { .. }), "{one:?}");
    }
    assert_eq!(world.received(CUTOVER), 0);
}

#[tokio::test]
async fn a_destination_is_dropped_only_with_an_approval_of_its_own() {
    let world = PlanWorld::new().await;
    let plan = plan(1, "approvers: 0", |_| "    drop_destination_data: true\n".to_owned());
    let summary = world.run(&plan, idle()).await.unwrap();
    assert!(matches!(summary.migrations[0].waits_for, WaitsFor::Approvals { .. }));
    assert_eq!(world.received(CREATE), 0);
    let (_, state) = world.row("orders").await;
    world.say("orders", approval(Action::CreateWithDrop, &state)).await;
    let summary = world.run(&plan, fast()).await.unwrap();
    assert_eq!(summary.migrations[0].ended, Some(EndResult::Complete));
}

/// The bug: a hold is answered with "held", and the cutover is sent nevertheless.
#[tokio::test]
async fn a_held_migration_and_a_held_plan_are_not_cut_over_until_they_are_released() {
    for held in ["orders", "weekend"] {
        let world = PlanWorld::new().await;
        let plan = approved_by_one(1);
        world.run(&plan, idle()).await.unwrap();
        world.say(held, Held::new()).await;
        world.approve("orders").await;
        let summary = world.run(&plan, idle()).await.unwrap();
        assert!(matches!(summary.migrations[0].waits_for, WaitsFor::Release), "{summary:?}");
        assert_eq!(world.received(CUTOVER), 0);
        world.say(held, Released::new()).await;
        let summary = world.run(&plan, fast()).await.unwrap();
        assert_eq!(summary.migrations[0].ended, Some(EndResult::Complete));
    }
}

#[tokio::test]
async fn a_hold_after_the_cutover_is_refused_as_too_late() {
    let world = PlanWorld::new().await;
    world.run(&simple(1), fast()).await.unwrap();
    let (row, _) = world.row("orders").await;
    let store = world.store().await;
    let actor = atlas_migrations_journal::event::Actor::new("bob", "ops2");
    let event = atlas_migrations_journal::event::NewEvent::new(actor, Held::new());
    let error = store.append(Append::fact(row.id, event)).await.unwrap_err();
    assert!(matches!(error, JournalError::Rejected(Rejection::TooLate { .. })), "{error}");
}

#[tokio::test]
async fn a_forgone_migration_is_not_cut_over_and_lets_the_next_one_go() {
    let world = PlanWorld::new().await;
    let own = |name: &str| if name == "orders" { "    approvers: 1\n" } else { "" }.to_owned();
    let plan = plan(2, "approvers: 0", own);
    world.run(&plan, idle()).await.unwrap();
    assert_eq!(world.received(CUTOVER), 0);
    world.say("orders", CutoverForgone::new()).await;
    let summary = world.run(&plan, idle()).await.unwrap();
    let [orders, users] = &summary.migrations[..] else { panic!("{summary:?}") };
    assert!(matches!(orders.waits_for, WaitsFor::Expiry), "{orders:?}");
    assert_eq!(users.ended, Some(EndResult::Complete));
    assert_eq!(world.received(CUTOVER), 1);
}

#[tokio::test]
async fn a_retry_starts_the_next_attempt_of_a_failed_migration_without_its_approvals() {
    let world = PlanWorld::new().await;
    let plan = approved_by_one(1);
    world.run(&plan, idle()).await.unwrap();
    let (row, _) = world.row("orders").await;
    world.control().fail(row.group_id.unwrap(), row.migration_id.unwrap()).unwrap();
    world.approve("orders").await;
    let summary = world.run(&plan, fast()).await.unwrap();
    assert_eq!(summary.migrations[0].ended, Some(EndResult::Failed));
    world.say("orders", Retry::new(2)).await;
    let summary = world.run(&plan, idle()).await.unwrap();
    assert!(matches!(summary.migrations[0].waits_for, WaitsFor::Approvals { have: 0, .. }));
    assert_eq!(summary.migrations[0].attempt, 2);
    assert_eq!((world.received(CREATE), world.received(CUTOVER)), (2, 0));
}
