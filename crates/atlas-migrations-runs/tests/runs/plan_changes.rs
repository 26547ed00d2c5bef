//! Plan files that change between runs.

use atlas_migrations_journal::{
    event::{Action, Approved, EndResult, Event},
    state::WaitsFor,
};
use atlas_migrations_plan::Timestamp;
use atlas_migrations_runs::runner::RunError;

use crate::plan_world::{PlanWorld, fast, idle, plan, simple};

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
    let changed = world.log().await.into_iter().find_map(|(_, event)| match event {
        Event::PlanChanged(changed) => Some(changed.changes),
        _ => None,
    });
    assert_eq!(changed.unwrap()["orders"], "policy");
}

#[tokio::test]
async fn the_request_of_a_migration_that_was_started_cannot_change() {
    let world = PlanWorld::new().await;
    let first = plan(1, "approvers: 1", |_| String::new());
    world.run(&first, idle()).await.unwrap();
    let events = world.log().await.len();
    let second = plan(1, "approvers: 1", |_| "    migration_host: other.example.com\n".to_owned());
    let error = world.run(&second, idle()).await.unwrap_err();
    assert!(matches!(error, RunError::Frozen { .. }), "{error}");
    assert_eq!(world.log().await.len(), events, "nothing is written");
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
    assert!(!orders.is_planned);
    assert!(orders.next.contains("not in the plan anymore"), "{orders:?}");
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
        while world.received("getGroupLiveMigration") < looks + 5 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    let summary = world.run_until(&closed, fast(), stop).await.unwrap();
    assert!(matches!(summary.migrations[0].waits_for, WaitsFor::Window(_)), "{summary:?}");
    assert_eq!(world.received(CUTOVER), 0);
    let open = with("{from: 2000-01-01T00:00:00Z, to: 2126-01-02T00:00:00Z}");
    let summary = world.run(&open, fast()).await.unwrap();
    assert_eq!(summary.migrations[0].ended, Some(EndResult::Complete));
}
