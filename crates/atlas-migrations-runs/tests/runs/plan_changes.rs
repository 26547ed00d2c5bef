//! Plan files that change between runs.

use atlas_migrations_journal::{
    event::{Action, Approved, EndResult, Event},
    state::WaitsFor,
};
use atlas_migrations_plan::{Plan, Timestamp};
use atlas_migrations_runs::runner::{RunError, RunEvent};
use atlas_simulator::Fault;

use crate::plan_world::{GROUP, PlanWorld, fast, idle, plan, simple, until};

const CREATE: &str = "createGroupLiveMigration";
const CUTOVER: &str = "cutoverGroupLiveMigration";

/// The bug: an approval for one policy allows the cutover under another.
#[tokio::test]
async fn a_changed_policy_voids_the_approvals_of_the_migration() {
    let world = PlanWorld::new().await;
    let first = plan(1, "approvers: 1\ncutover: {max_lag: 0s}", |_| String::new());
    world.run(&first, idle()).await.unwrap();
    let (_, state) = world.row("orders").await;
    let hashes = (state.policy_hash.unwrap(), state.request_hash.unwrap());
    world.say("orders", Approved::new(Action::Cutover, hashes.0, hashes.1)).await;
    let second = plan(1, "approvers: 1\ncutover: {max_lag: 60s}", |_| String::new());
    let summary = world.run(&second, idle()).await.unwrap();
    assert!(matches!(summary.migrations[0].waits_for, WaitsFor::Approvals { have: 0, .. }));
    assert_eq!(world.received(CUTOVER), 0);
    assert_eq!(said(&world).await["orders"], "policy");
}

/// The bug: a changed request is written down although one was sent, or may have been.
#[tokio::test]
async fn the_request_of_a_migration_that_was_started_cannot_change() {
    for is_lost in [false, true] {
        let world = PlanWorld::new().await;
        if is_lost {
            world.next(1, CREATE, Fault::LoseResponse);
        }
        let first = plan(1, "approvers: 1", |_| String::new());
        world.run(&first, idle()).await.unwrap();
        let events = world.log().await.len();
        let other = |_: &str| "    migration_host: other.example.com\n".to_owned();
        let error = world.run(&plan(1, "approvers: 1", other), idle()).await.unwrap_err();
        assert!(matches!(error, RunError::Frozen { .. }), "{error}");
        assert_eq!(world.log().await.len(), events, "nothing is written");
    }
}

/// The bug: a mistake in a plan that nothing was sent of cannot be corrected.
#[tokio::test]
async fn a_request_that_was_not_sent_can_change() {
    let world = PlanWorld::new().await;
    let first = plan(1, "approvers: 0", |_| "    drop_destination_data: true\n".to_owned());
    world.run(&first, idle()).await.unwrap();
    assert_eq!(world.received(CREATE), 0);
    let summary = world.run(&simple(1), idle()).await.unwrap();
    assert_eq!(summary.migrations[0].ended, Some(EndResult::Complete), "{summary:?}");
    assert_eq!(said(&world).await["orders"], "request");
}

/// The bug: a run fails in the night because of a password that is missing, or at once because of one that is not needed.
#[tokio::test]
async fn a_password_must_be_there_until_the_migration_is_created() {
    let world = PlanWorld::new().await;
    let secret = world.folder.path().join("password");
    let text = format!(
        "version: 1\nname: weekend\nproject: {GROUP}\napprovers: 1\nmigrations:\n  - name: orders\n    \
         source: {{project: 5f0a1b2c3d4e5f6071829304, cluster: a, tls: true, \
         authentication: {{username: u, password: {{file: password}}}}}}\n    \
         destination: {{cluster: b, network: public}}\n    migration_host: h\n    drop_destination_data: true\n"
    );
    let mut plan = Plan::parse("weekend.yaml", &text).unwrap_or_else(|error| panic!("{error}"));
    plan.folder = world.folder.path().to_owned();
    let is_missing = |result| matches!(result, Err(RunError::Password { .. }));
    assert!(is_missing(world.run(&plan, idle()).await));
    assert!(world.log().await.is_empty());
    std::fs::write(&secret, "canary-password").unwrap();
    world.run(&plan, idle()).await.unwrap();
    std::fs::remove_file(&secret).unwrap();
    assert!(is_missing(world.run(&plan, idle()).await), "it was started and not created");
    let (_, state) = world.row("orders").await;
    let hashes = (state.policy_hash.unwrap(), state.request_hash.unwrap());
    world.say("orders", Approved::new(Action::CreateWithDrop, hashes.0, hashes.1)).await;
    std::fs::write(&secret, "canary-password").unwrap();
    world.run(&plan, idle()).await.unwrap();
    std::fs::remove_file(&secret).unwrap();
    assert_eq!(world.received(CREATE), 1);
    let summary = world.run(&plan, idle()).await.unwrap();
    assert!(matches!(summary.migrations[0].waits_for, WaitsFor::Approvals { .. }), "{summary:?}");
}

/// Returns what the last change of the plan says of its migrations.
async fn said(world: &PlanWorld) -> serde_json::Map<String, serde_json::Value> {
    let changed = world.log().await.into_iter().rev().find_map(|(_, event)| match event {
        Event::PlanChanged(changed) => Some(changed.changes),
        _ => None,
    });
    changed.unwrap()
}

#[tokio::test]
async fn a_migration_that_left_the_plan_is_never_cut_over_and_a_new_one_is_added() {
    let world = PlanWorld::new().await;
    let first = plan(1, "approvers: 1", |_| String::new());
    world.run(&first, idle()).await.unwrap();
    let mut second = simple(2);
    second.migrations.remove(0);
    let summary = world.run(&second, fast()).await.unwrap();
    let [users, orders] = &summary.migrations[..] else { panic!("{summary:?}") };
    assert_eq!((users.name.as_str(), users.ended.clone()), ("users", Some(EndResult::Complete)));
    assert!(!orders.is_planned && orders.ended.is_none(), "the run does not wait for it");
    assert!(orders.next.contains("not in the plan anymore"), "{orders:?}");
    let said = said(&world).await;
    assert_eq!((&said["users"], &said["orders"]), (&"added".into(), &"removed".into()));
    assert_eq!(world.received(CUTOVER), 1);
}

#[tokio::test]
async fn a_closed_window_keeps_the_cutover_back_and_an_open_one_lets_it_go() {
    let world = PlanWorld::new().await;
    let with = |window: &str| {
        plan(1, &format!("approvers: 0\ncutover: {{windows: [{window}]}}"), |_| String::new())
    };
    let in_hours = |hours: i64| Timestamp::from_second(Timestamp::now().as_second() + hours * 3600);
    let (from, to) = (in_hours(24).unwrap(), in_hours(48).unwrap());
    let closed = with(&format!("{{from: {from}, to: {to}}}"));
    let stop = async {
        world
            .wait_until("orders", |state| state.look.as_ref().is_some_and(|look| look.ready))
            .await;
        let looks = world.received("getGroupLiveMigration");
        until("it looked five times", async || {
            world.received("getGroupLiveMigration") >= looks + 5
        })
        .await;
    };
    let summary = world.run_until(&closed, fast(), stop).await.unwrap();
    assert!(matches!(summary.migrations[0].waits_for, WaitsFor::Window(_)), "{summary:?}");
    assert_eq!(world.received(CUTOVER), 0);
    let open = with("{from: 2000-01-01T00:00:00Z, to: 2126-01-02T00:00:00Z}");
    let summary = world.run(&open, fast()).await.unwrap();
    assert_eq!(summary.migrations[0].ended, Some(EndResult::Complete));
}

/// The bug: a process never learns of a migration that another one adds to the plan.
#[tokio::test]
async fn a_migration_that_another_process_adds_is_told() {
    let world = PlanWorld::new().await;
    let with_approval = |count| plan(count, "approvers: 1", |_| String::new());
    world.run(&with_approval(1), idle()).await.unwrap();
    let (runner, changes, told) = world.runner(&with_approval(1), fast()).await;
    let is_told = || {
        let told = told.lock().unwrap();
        let of = |event: &RunEvent| match event {
            RunEvent::Recorded { name: Some(name), .. } => name.as_str() == "users",
            _ => false,
        };
        told.iter().any(of)
    };
    let until_told = until("it is told", async || is_told());
    let stop = async {
        world.run_until(&with_approval(2), fast(), until_told).await.unwrap();
    };
    let summary = runner.run(stop).await.unwrap();
    changes.store().close().await;
    assert_eq!(summary.migrations.len(), 2, "{summary:?}");
}

/// The bug: a request that would drop what another plan migrated is refused by the journal again and again, and nobody is asked.
#[tokio::test]
async fn a_drop_of_a_destination_that_is_complete_waits_for_a_person() {
    let world = PlanWorld::new().await;
    world.run(&simple(1), fast()).await.unwrap();
    let mut second = plan(1, "approvers: 0", |_| "    drop_destination_data: true\n".to_owned());
    second.name = "another".parse().unwrap();
    second.migrations[0].name = "again".parse().unwrap();
    world.run(&second, idle()).await.unwrap();
    let (_, state) = world.row("again").await;
    let hashes = (state.policy_hash.unwrap(), state.request_hash.unwrap());
    world.say("again", Approved::new(Action::CreateWithDrop, hashes.0, hashes.1)).await;
    let summary = world.run(&second, idle()).await.unwrap();
    assert!(matches!(summary.migrations[0].waits_for, WaitsFor::Person(_)), "{summary:?}");
    assert_eq!(world.received(CREATE), 1);
}

/// The bug: two approvals are promised where one user of a file gives both.
#[tokio::test]
async fn a_plan_that_needs_two_approvers_is_not_started_in_a_file() {
    let world = PlanWorld::new().await;
    let two = plan(1, "approvers: 2", |_| String::new());
    let error = world.run(&two, idle()).await.unwrap_err();
    assert!(matches!(error, RunError::NeedsPostgres { approvers: 2, .. }), "{error}");
    assert!(world.log().await.is_empty());
}
