//! Hooks of a plan while it runs.

use atlas_migrations_journal::{
    event::{EndResult, Event, Released},
    state::WaitsFor,
};
use atlas_migrations_plan::Plan;
use atlas_migrations_runs::runner::RunEvent;

use crate::plan_world::{PlanWorld, fast, idle, plan, until};

const CUTOVER: &str = "cutoverGroupLiveMigration";

/// Returns a plan of one migration whose program before the cutover is a shell command.
fn with_hook(world: &PlanWorld, on: &str, script: &str) -> Plan {
    let mut plan = plan(1, "approvers: 0", |_| String::new());
    let text = format!(
        "version: 1\nname: hooks\nproject: 32b6e34b3d91647abb20e7b8\napprovers: 0\nhooks:\n  \
         - {{name: check, on: [{on}], exec: [/bin/sh, -c, {script:?}]}}\nmigrations:\n  \
         - {{name: a, source: {{project: 5f0a1b2c3d4e5f6071829304, cluster: a, tls: true, authentication: managed}}, \
         destination: {{cluster: a, network: public}}, migration_host: h}}\n"
    );
    plan.hooks = Plan::parse("hooks.yaml", &text).unwrap_or_else(|error| panic!("{error}")).hooks;
    plan.folder = world.folder.path().to_owned();
    plan
}

/// The bug: a cutover is sent although its hook forbids it, or never after the release.
#[tokio::test]
async fn a_hook_that_fails_holds_the_cutover_until_a_person_releases_it() {
    let world = PlanWorld::new().await;
    let plan = with_hook(&world, "before_cutover", "test -e allowed");
    let summary = world.run(&plan, idle()).await.unwrap();
    assert!(matches!(summary.migrations[0].waits_for, WaitsFor::Release), "{summary:?}");
    assert_eq!(world.received(CUTOVER), 0);
    std::fs::write(world.folder.path().join("allowed"), "").unwrap();
    // Without a release, the veto holds.
    world.run(&plan, idle()).await.unwrap();
    assert_eq!(world.received(CUTOVER), 0);
    world.say("orders", Released::new()).await;
    let summary = world.run(&plan, fast()).await.unwrap();
    assert_eq!(summary.migrations[0].ended, Some(EndResult::Complete));
    // The hook was asked before the intent.
    let log = world.log().await;
    let place = |wanted: &dyn Fn(&Event) -> bool| log.iter().rposition(|(_, event)| wanted(event));
    let hook = place(&|event| matches!(event, Event::HookEnded(_)));
    let intent = place(&|event| matches!(event, Event::Intent(_)));
    assert!(hook < intent, "{log:?}");
}

/// The bug: the last notification of a run is lost with its process.
#[tokio::test]
async fn the_notification_of_the_end_is_delivered_before_the_run_ends() {
    let world = PlanWorld::new().await;
    let script = "echo $ATLAS_MIGRATIONS_EVENT >> told";
    let plan = with_hook(&world, "validated, created, ready, cut_over, complete", script);
    world.run(&plan, fast()).await.unwrap();
    let told = std::fs::read_to_string(world.folder.path().join("told")).unwrap();
    let told: Vec<_> = told.lines().collect();
    assert_eq!(told, ["validated", "created", "ready", "cut_over", "complete"]);
}

/// The bug: a hook that asked for a minute is asked again at once, as fast as it responds.
#[tokio::test]
async fn a_hook_that_says_not_yet_is_waited_for() {
    let world = PlanWorld::new().await;
    let plan = with_hook(&world, "before_cutover", "echo >> asked; exit 75");
    let (runner, changes, told) = world.runner(&plan, fast()).await;
    let waits =
        |event: &RunEvent| matches!(event, RunEvent::Waits { waits_for: WaitsFor::Hook, .. });
    let stop = until("it waits for the hook", async || told.lock().unwrap().iter().any(waits));
    runner.run(stop).await.unwrap();
    changes.settled().await;
    let asked = std::fs::read_to_string(world.folder.path().join("asked")).unwrap();
    assert_eq!((asked.lines().count(), world.received(CUTOVER)), (1, 0));
}
