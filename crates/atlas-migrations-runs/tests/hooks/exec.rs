//! Programs as hooks.

use std::{fs, path::Path, time::Duration};

use atlas_migrations_journal::event::HookResult;
use atlas_migrations_plan::{HookAction, HookConfig, HookEvent};
use atlas_migrations_runs::hooks::Hook;
use serde_json::Value;

use crate::support::{
    events,
    plan::{TestPlan, exists, until},
};

/// The process with this id exists and is not dead.
fn is_alive(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{}/stat", pid.trim())).is_ok_and(|stat| {
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
    })
}

#[tokio::test]
async fn a_program_gets_the_event_on_its_input_and_nothing_else_from_the_environment() {
    let plan = TestPlan::new().await;
    let orders = plan.migration("orders").await;
    let script = "cat > $OUT/input; env > $OUT/environment; pwd > $OUT/folder; printf '%s\\n' \"$@\" > $OUT/arguments";
    let mut config = plan.script("note", &[HookEvent::Ready], script);
    if let HookAction::Exec { argv, pass_env, .. } = &mut config.action {
        argv.extend(["$HOME; touch injected", "two words"].map(str::to_owned));
        pass_env.push("CARGO_PKG_NAME".to_owned());
        pass_env.push("NOT_SET_ANYWHERE".to_owned());
    }
    let hooks = plan.hooks(&[config]);
    let ready = plan.append(orders, events::ready()).await;
    hooks.enqueue(orders).await.unwrap();
    assert_eq!(hooks.deliver_due().await.unwrap().delivered, 1);

    let input: Value = serde_json::from_slice(&fs::read(plan.path("input")).unwrap()).unwrap();
    let record = plan.store.read_one(orders, ready).await.unwrap().unwrap();
    let info = plan.store.info().await.unwrap();
    assert_eq!(
        input,
        serde_json::json!({
            "version": 1, "event": "ready", "event_id": record.event_id, "at": "2027-01-15T08:00:00.000Z",
            "plan": "weekend", "name": "orders", "attempt": 1, "project": events::GROUP,
            "migration_id": events::MIGRATION, "state": "ready", "waiting_for": "`run`, which cuts it over",
            "lag_seconds": 2, "deadline": "2027-01-20T08:00:00.000Z", "detail": null, "journal_id": info.journal_id,
        })
    );
    let mut names: Vec<_> = plan
        .lines("environment")
        .iter()
        .map(|line| line.split_once('=').unwrap().0.to_owned())
        // What the shell sets itself.
        .filter(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(&name.as_str()))
        .collect();
    names.sort_unstable();
    let mut expected = vec![
        "ATLAS_MIGRATIONS_EVENT".to_owned(),
        "ATLAS_MIGRATIONS_EVENT_ID".to_owned(),
        "ATLAS_MIGRATIONS_NAME".to_owned(),
        "CARGO_PKG_NAME".to_owned(),
    ];
    let usual = ["HOME", "LANG", "PATH", "TZ"].into_iter();
    expected.extend(usual.filter(|name| std::env::var_os(name).is_some()).map(str::to_owned));
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert!(plan.lines("environment").contains(&"ATLAS_MIGRATIONS_NAME=orders".to_owned()));
    assert_eq!(
        plan.lines("arguments"),
        ["$HOME; touch injected", "two words"],
        "no shell reads them"
    );
    assert_eq!(
        plan.lines("folder")[0],
        plan.folder.path().canonicalize().unwrap().to_str().unwrap()
    );
    let ended = plan.ended(orders).await;
    assert_eq!((ended[0].result.clone(), ended[0].exit), (HookResult::Ok, Some(0)));
    assert_eq!(plan.started(orders).await[0].event_id, Some(record.event_id));
}

#[tokio::test]
async fn a_program_that_ignores_the_time_limit_is_killed_with_its_children() {
    let plan = TestPlan::new().await;
    let orders = plan.migration("orders").await;
    let script = "trap 'echo asked' TERM; (trap '' TERM; echo $$ > $OUT/parent; sh -c 'trap \"\" TERM; echo $$ > '$OUT/child'; \
                  while :; do sleep 1; done') & while :; do sleep 0.05; done";
    let config =
        plan.script("slow", &[HookEvent::Ready], script).timeout(Duration::from_millis(500));
    let hooks = plan.hooks(&[config]);
    plan.append(orders, events::ready()).await;
    hooks.enqueue(orders).await.unwrap();
    let started = std::time::Instant::now();
    assert_eq!(hooks.deliver_due().await.unwrap().failed, 1);
    let took = started.elapsed();
    assert!(took >= Duration::from_secs(5), "it has five seconds after SIGTERM: {took:?}");
    let ended = plan.ended(orders).await;
    assert_eq!((ended[0].result.clone(), ended[0].exit), (HookResult::Timeout, None));
    let output = ended[0].output.as_ref().unwrap().as_str();
    assert!(output.starts_with("stopped after 500ms; ") && output.contains("asked"), "{output}");
    let child = fs::read_to_string(plan.path("child")).unwrap();
    until("the child is dead", async || !is_alive(&child)).await;
}

#[tokio::test]
async fn a_program_ends_when_its_run_is_dropped_and_runs_again_with_the_same_event_id() {
    let plan = TestPlan::new().await;
    let orders = plan.migration("orders").await;
    let script = "echo $ATLAS_MIGRATIONS_EVENT_ID >> $OUT/ids; [ -e $OUT/go ] && exit 0; echo $$ > $OUT/pid.new; \
                  mv $OUT/pid.new $OUT/pid; while :; do sleep 1; done";
    let hooks = plan.hooks(&[plan.script("stop-writes", &[HookEvent::BeforeCutover], script)]);
    plan.append(orders, events::ready()).await;
    let pid = plan.path("pid");
    tokio::select! {
        decision = hooks.before_cutover(orders) => panic!("{decision:?}"),
        () = until("it runs", async || exists(&pid)) => {}
    }
    let pid = fs::read_to_string(pid).unwrap();
    until("it is dead", async || !is_alive(&pid)).await;
    fs::write(plan.path("go"), "").unwrap();
    hooks.before_cutover(orders).await.unwrap();
    let ids = plan.lines("ids");
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
    assert_eq!((plan.started(orders).await.len(), plan.ended(orders).await.len()), (2, 1));
}

#[tokio::test]
async fn much_output_is_cut_and_a_program_that_does_not_read_its_input_is_no_failure() {
    let plan = TestPlan::new().await;
    let orders = plan.migration("orders").await;
    // More than a pipe holds: a program whose output nobody reads would wait for ever.
    let script = "exec < /dev/null; i=0; while [ $i -lt 3000 ]; do echo 'a line of about forty characters, no less'; i=$((i+1)); done; \
                  printf '\\033[31mred'";
    let hooks = plan.hooks(&[plan.script("loud", &[HookEvent::Ready], script)]);
    plan.append(orders, events::ready()).await;
    hooks.enqueue(orders).await.unwrap();
    assert_eq!(hooks.deliver_due().await.unwrap().delivered, 1);
    let ended = plan.ended(orders).await;
    let output = ended[0].output.as_ref().unwrap().as_str();
    assert!(output.len() <= atlas_migrations_journal::MAX_TEXT_BYTES && output.ends_with("[cut]"));
}

#[tokio::test]
async fn a_process_that_a_program_leaves_behind_holds_nothing_up() {
    let plan = TestPlan::new().await;
    let orders = plan.migration("orders").await;
    let script = "sleep 60 & echo $! > $OUT/left";
    let hooks = plan.hooks(&[plan.script("leaves", &[HookEvent::Ready], script)]);
    plan.append(orders, events::ready()).await;
    hooks.enqueue(orders).await.unwrap();
    let started = std::time::Instant::now();
    assert_eq!(hooks.deliver_due().await.unwrap().delivered, 1);
    assert!(started.elapsed() < Duration::from_secs(30));
    let left = fs::read_to_string(plan.path("left")).unwrap();
    assert!(is_alive(&left), "it ended in time, so it may leave a service behind");
    let pid = rustix::process::Pid::from_raw(left.trim().parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

/// A plan that is named without a folder.
#[tokio::test]
async fn a_program_runs_in_the_folder_of_this_process_if_the_plan_is_there() {
    let plan = TestPlan::new().await;
    let orders = plan.migration("orders").await;
    let config = plan.script("note", &[HookEvent::Ready], "pwd > $OUT/folder");
    let hook = Hook::new(&config, Path::new("")).unwrap();
    let hooks = plan.hooks_of([hook]);
    plan.append(orders, events::ready()).await;
    hooks.enqueue(orders).await.unwrap();
    assert_eq!(hooks.deliver_due().await.unwrap().delivered, 1);
    assert_eq!(plan.lines("folder")[0], std::env::current_dir().unwrap().to_str().unwrap());
}

#[tokio::test]
async fn a_hook_that_would_get_the_key_of_atlas_is_refused() {
    let mut config = HookConfig::new("leak", [HookEvent::Ready], HookAction::exec(["env"]));
    if let HookAction::Exec { pass_env, .. } = &mut config.action {
        pass_env.push("MONGODB_ATLAS_PRIVATE_API_KEY".to_owned());
    }
    let error = Hook::new(&config, Path::new("/")).unwrap_err();
    assert!(error.to_string().contains("MONGODB_ATLAS_PRIVATE_API_KEY"), "{error}");
}
