//! Several runners of one plan, and what follows when one is gone.

use std::time::Duration;

use atlas_migrations_journal::{
    event::{EndResult, Event, Held, Operation, Released},
    store::{Append, Claim, Fence},
};
use atlas_migrations_runs::{
    changes::{Basis, Change, ChangeError},
    runner::RunEvent,
};

use crate::plan_world::{NAMES, PlanWorld, Told, approved_by_one, fast, idle, plan, simple, until};

const CREATE: &str = "createGroupLiveMigration";
const CUTOVER: &str = "cutoverGroupLiveMigration";

#[tokio::test(flavor = "multi_thread")]
async fn two_runners_share_the_migrations_and_send_each_request_once() {
    share(&PlanWorld::new().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runners_share_the_migrations_of_a_journal_in_postgres() {
    if let Some(world) = PlanWorld::with_postgres().await {
        share(&world).await;
    }
}

async fn share(world: &PlanWorld) {
    let plan = simple(6);
    // Shares count for three of these: time enough for the other runner to begin on a busy machine.
    let mut settings = fast();
    settings.lease_interval = Duration::from_millis(500);
    let (first, first_changes, first_told) = world.runner(&plan, settings.clone()).await;
    let (second, second_changes, second_told) = world.runner(&plan, settings).await;
    let (one, two) =
        tokio::join!(first.run(std::future::pending()), second.run(std::future::pending()));
    for summary in [one.unwrap(), two.unwrap()] {
        assert!(summary.migrations.iter().all(|one| one.ended == Some(EndResult::Complete)));
    }
    assert_eq!((world.received(CREATE), world.received(CUTOVER)), (6, 6));
    for told in [first_told, second_told] {
        let told = told.lock().unwrap();
        assert!(told.iter().any(|event| matches!(event, RunEvent::Claimed { .. })), "{told:?}");
    }
    first_changes.store().close().await;
    second_changes.store().close().await;
}

/// The bug: a process dies after its intent, and its successor sends the request again or waits for ever.
#[tokio::test]
async fn an_intent_of_a_process_that_is_gone_becomes_unclear_and_is_not_sent_again() {
    let world = PlanWorld::new().await;
    let with_approval = plan(1, "approvers: 1", |_| String::new());
    world.run(&with_approval, idle()).await.unwrap();
    // A process that cuts over writes its intent and is killed: its journal closes without an outcome.
    let changes = world.changes().await;
    let (row, state) = world.row("orders").await;
    let store = changes.store();
    let claimed = store.claim(Claim::these(changes.runner(), [row.id])).await.unwrap();
    let mut intent = atlas_migrations_journal::event::Intent::new(
        Operation::Cutover,
        "PUT".to_owned(),
        "/path".to_owned(),
        "2024-05-30".to_owned(),
        state.request_hash.unwrap(),
    );
    intent.override_policy = Some(crate::plan_world::text("test"));
    let event = atlas_migrations_journal::event::NewEvent::new(changes.actor().clone(), intent);
    let fence = Fence { runner: changes.runner(), fence: claimed.fence(row.id).unwrap() };
    let (plan_row, _) = store.state(row.plan.unwrap()).await.unwrap();
    let append = Append::intent(row.id, row.head, fence, event).at_gate(plan_row.gate);
    store.append(append).await.unwrap();
    store.close().await;

    let summary = world.run(&with_approval, idle()).await.unwrap();
    assert!(!summary.interrupted);
    let log = world.log().await;
    assert!(log.iter().any(|(_, event)| matches!(event, Event::Unclear(_))), "{summary:?}");
    assert_eq!(world.received(CUTOVER), 0);
}

/// The bug: the migrations of a runner that ended are nobody's.
#[tokio::test]
async fn a_runner_takes_over_from_one_that_was_stopped() {
    take_over(&PlanWorld::new().await).await;
}

#[tokio::test]
async fn a_runner_takes_over_in_postgres_when_the_lease_of_the_other_expired() {
    if let Some(world) = PlanWorld::with_postgres().await {
        take_over(&world).await;
    }
}

async fn take_over(world: &PlanWorld) {
    let plan = approved_by_one(2);
    let (first, changes, first_told) = world.runner(&plan, fast()).await;
    let stop = world.wait_until(NAMES[1], |state| state.migration_id.is_some());
    let summary = first.run(stop).await.unwrap();
    assert!(summary.interrupted);
    changes.settled().await;
    // It does not give its migrations back: its process ends.
    changes.store().close().await;
    for name in &NAMES[..2] {
        world.approve(name).await;
    }
    let (second, changes, second_told) = world.runner(&plan, fast()).await;
    let summary = second.run(std::future::pending()).await.unwrap();
    changes.store().close().await;
    assert!(summary.migrations.iter().all(|one| one.ended == Some(EndResult::Complete)));
    assert_eq!((world.received(CREATE), world.received(CUTOVER)), (2, 2));
    for (told, expected) in [(first_told, false), (second_told, true)] {
        let claimed = |event: &RunEvent| match event {
            RunEvent::Claimed { taken_over, .. } => Some(*taken_over),
            _ => None,
        };
        let claims: Vec<_> = told.lock().unwrap().iter().filter_map(claimed).collect();
        assert_eq!(claims, [expected; 2], "whether they are taken over");
    }
}

/// The bug: a runner keeps all migrations, and one that comes later has nothing to do.
#[tokio::test(flavor = "multi_thread")]
async fn a_runner_gives_a_share_back_to_one_that_comes_later() {
    let world = PlanWorld::new().await;
    let plan = approved_by_one(4);
    let mut settings = fast();
    settings.lease_interval = Duration::from_millis(500);
    let (first, first_changes, first_told) = world.runner(&plan, settings.clone()).await;
    let has = |told: &Told, count: usize, wanted: fn(&RunEvent) -> bool| {
        told.lock().unwrap().iter().filter(|event| wanted(event)).count() >= count
    };
    let claims: fn(&RunEvent) -> bool = |event| matches!(event, RunEvent::Claimed { .. });
    let later = async {
        until("the first claims all", async || has(&first_told, 4, claims)).await;
        let (second, changes, told) = world.runner(&plan, settings.clone()).await;
        let stop = until("the second claims one", async || has(&told, 1, claims));
        second.run(stop).await.unwrap();
        changes.store().close().await;
    };
    tokio::time::timeout(Duration::from_secs(30), first.run(later)).await.unwrap().unwrap();
    assert!(has(&first_told, 1, |event| matches!(event, RunEvent::GivenUp { .. })));
    first_changes.store().close().await;
}

/// The bug: a cutover is sent on what was decided before a person held the migration or the plan, and released it.
#[tokio::test]
async fn a_change_that_was_decided_before_another_event_is_not_sent() {
    let world = PlanWorld::new().await;
    let plan = approved_by_one(1);
    world.run(&plan, idle()).await.unwrap();
    world.approve("orders").await;
    let (row, state) = world.row("orders").await;
    let (plan_row, _) = world.row("weekend").await;
    let changes = world.changes().await;
    for (name, basis) in [
        ("orders", Basis::new().at_head(row.head)),
        ("weekend", Basis::new().at_gate(plan_row.gate)),
    ] {
        world.say(name, Held::new()).await;
        world.say(name, Released::new()).await;
        let target = changes.claim(row.id).await.unwrap();
        let group = state.group_id.as_ref().unwrap().as_str().parse().unwrap();
        let id = state.migration_id.as_ref().unwrap().as_str().parse().unwrap();
        let error = changes.send(target, Change::Cutover { group, id }, basis).await.unwrap_err();
        let is_conflict = matches!(&error, ChangeError::Rejected(error) if error.is_conflict());
        assert!(is_conflict, "{name}: {error}");
    }
    changes.store().close().await;
    assert_eq!(world.received(CUTOVER), 0);
}

/// The bug: a process that runs another plan, or none, counts as one that shares this one, and half of it stands still.
#[tokio::test]
async fn a_process_that_runs_something_else_holds_nothing_back() {
    let world = PlanWorld::new().await;
    let other = world.changes().await;
    let summary = world.run(&simple(2), fast()).await.unwrap();
    assert!(summary.migrations.iter().all(|one| one.ended == Some(EndResult::Complete)));
    other.store().close().await;
}
