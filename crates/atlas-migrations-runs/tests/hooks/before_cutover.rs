//! Hooks that can hold a cutover back.

use std::time::Duration;

use atlas_migrations_journal::{
    StreamId,
    event::{HookResult, Vetoed},
    state::Phase,
};
use atlas_migrations_plan::{HookAction, HookConfig, HookEvent, HookFailure};
use atlas_migrations_runs::hooks::CutoverDecision;

use crate::support::{clock::START_MS, events, plan::TestPlan};

const BEFORE: &[HookEvent] = &[HookEvent::BeforeCutover];

async fn phase(plan: &TestPlan, stream: StreamId) -> Phase {
    plan.store.state(stream).await.unwrap().1.phase()
}

async fn ready(plan: &TestPlan) -> StreamId {
    let orders = plan.migration("orders").await;
    plan.append(orders, events::ready()).await;
    orders
}

#[tokio::test]
async fn without_a_hook_a_cutover_is_allowed() {
    let plan = TestPlan::new().await;
    let orders = ready(&plan).await;
    let hooks = plan.hooks(&[plan.script("note", &[HookEvent::Ready], "exit 1")]);
    let decision = hooks.before_cutover(orders).await.unwrap();
    assert_eq!(decision, CutoverDecision::Allowed { until_ms: i64::MAX });
    assert!(plan.started(orders).await.is_empty());
}

#[tokio::test]
async fn exit_0_allows_for_a_minute_and_each_question_is_asked_anew() {
    let plan = TestPlan::new().await;
    let orders = ready(&plan).await;
    let hooks =
        plan.hooks(&[plan.script("stop-writes", BEFORE, "cat >> $OUT/asked; echo >> $OUT/asked")]);
    let decision = hooks.before_cutover(orders).await.unwrap();
    assert_eq!(decision, CutoverDecision::Allowed { until_ms: START_MS + 60_000 });
    hooks.before_cutover(orders).await.unwrap();
    let asked = plan.lines("asked");
    assert_eq!(asked.len(), 2);
    assert!(asked[0].contains(r#""event":"before_cutover""#), "{}", asked[0]);
    assert_eq!(phase(&plan, orders).await, Phase::Ready);
}

#[tokio::test]
async fn exit_75_means_not_yet_and_the_hook_is_asked_again_after_a_minute() {
    let plan = TestPlan::new().await;
    let orders = ready(&plan).await;
    let script = "echo $ATLAS_MIGRATIONS_EVENT_ID >> $OUT/asked; [ -e $OUT/go ] || exit 75";
    let hooks = plan.hooks(&[plan.script("stop-writes", BEFORE, script)]);
    let not_yet =
        CutoverDecision::NotYet { hook: "stop-writes".to_owned(), again_ms: START_MS + 60_000 };
    assert_eq!(hooks.before_cutover(orders).await.unwrap(), not_yet);
    plan.clock.pass(Duration::from_secs(59));
    // Another process asks too.
    let other = plan.hooks(&[plan.script("stop-writes", BEFORE, script)]);
    assert_eq!(other.before_cutover(orders).await.unwrap(), not_yet);
    assert_eq!(plan.lines("asked").len(), 1, "it is not asked before the minute is over");
    plan.clock.pass(Duration::from_secs(1));
    std::fs::write(plan.path("go"), "").unwrap();
    let decision = hooks.before_cutover(orders).await.unwrap();
    assert_eq!(decision, CutoverDecision::Allowed { until_ms: START_MS + 120_000 });
    let asked = plan.lines("asked");
    assert_eq!((asked.len(), &asked[0]), (2, &asked[1]));
    let results: Vec<_> = plan.ended(orders).await.into_iter().map(|ended| ended.result).collect();
    assert_eq!(results, [HookResult::NotYet, HookResult::Ok]);
}

#[tokio::test]
async fn everything_else_holds_the_migration_until_a_person_releases_it() {
    for (script, timeout, result) in [
        ("exit 1", 60_000, HookResult::Veto),
        ("exit 74", 60_000, HookResult::Veto),
        ("kill -9 $$", 60_000, HookResult::Veto),
        ("while :; do sleep 0.05; done", 300, HookResult::Timeout),
    ] {
        let plan = TestPlan::new().await;
        let orders = ready(&plan).await;
        let script = format!("echo $ATLAS_MIGRATIONS_EVENT_ID >> $OUT/asked; {script}");
        let config =
            plan.script("stop-writes", BEFORE, &script).timeout(Duration::from_millis(timeout));
        let hooks = plan.hooks(&[config]);
        let vetoed = CutoverDecision::Vetoed { hook: "stop-writes".to_owned() };
        assert_eq!(hooks.before_cutover(orders).await.unwrap(), vetoed, "{script}");
        assert_eq!(phase(&plan, orders).await, Phase::Held);
        assert_eq!(plan.ended(orders).await[0].result, result);
        // No time ends it, and asking again does not run it.
        plan.clock.pass(Duration::from_hours(10));
        assert_eq!(hooks.before_cutover(orders).await.unwrap(), vetoed);
        assert_eq!(plan.lines("asked").len(), 1);

        plan.append(orders, events::released()).await;
        assert_eq!(phase(&plan, orders).await, Phase::Ready);
        hooks.before_cutover(orders).await.unwrap();
        let asked = plan.lines("asked");
        assert_eq!(asked.len(), 2);
        assert_ne!(asked[0], asked[1], "after a release it is another question");
    }
}

#[tokio::test]
async fn a_missing_program_is_a_veto_that_names_it() {
    let plan = TestPlan::new().await;
    let orders = ready(&plan).await;
    let config = HookConfig::new(
        "stop-writes",
        BEFORE.iter().copied(),
        HookAction::exec(["./stop-writes.sh"]),
    );
    let decision = plan.hooks(&[config]).before_cutover(orders).await.unwrap();
    assert_eq!(decision, CutoverDecision::Vetoed { hook: "stop-writes".to_owned() });
    let ended = plan.ended(orders).await;
    assert_eq!(ended[0].result, HookResult::Failed);
    let output = ended[0].output.as_ref().unwrap().as_str();
    assert!(output.contains("cannot start `./stop-writes.sh`"), "{output}");
}

#[tokio::test]
async fn the_first_hook_that_does_not_allow_it_decides() {
    let plan = TestPlan::new().await;
    let orders = ready(&plan).await;
    let hooks = plan.hooks(&[
        plan.script("one", BEFORE, "echo one >> $OUT/asked"),
        // Whose failure means nothing.
        plan.script("two", BEFORE, "echo two >> $OUT/asked; exit 1").on_error(HookFailure::Ignore),
        plan.script("three", BEFORE, "echo three >> $OUT/asked; exit 1"),
        plan.script("four", BEFORE, "echo four >> $OUT/asked"),
    ]);
    let decision = hooks.before_cutover(orders).await.unwrap();
    assert_eq!(decision, CutoverDecision::Vetoed { hook: "three".to_owned() });
    assert_eq!(plan.lines("asked"), ["one", "two", "three"]);
}

/// One program can do both.
#[tokio::test]
async fn a_notification_that_fails_is_no_veto() {
    let plan = TestPlan::new().await;
    let orders = ready(&plan).await;
    let on = [HookEvent::Ready, HookEvent::BeforeCutover];
    let script = "[ $ATLAS_MIGRATIONS_EVENT = before_cutover ]";
    let hooks = plan.hooks(&[plan.script("both", &on, script)]);
    hooks.enqueue(orders).await.unwrap();
    assert_eq!(hooks.deliver_due().await.unwrap().failed, 1);
    let decision = hooks.before_cutover(orders).await.unwrap();
    assert!(matches!(decision, CutoverDecision::Allowed { .. }), "{decision:?}");
    let ids: Vec<_> =
        plan.started(orders).await.into_iter().map(|started| started.event_id).collect();
    assert_ne!(ids[0], ids[1], "a receiver that drops duplicates gets both");
}

/// A process ended between the end of the hook and the veto.
#[tokio::test]
async fn a_veto_that_was_not_stored_is_stored_without_another_run() {
    let plan = TestPlan::new().await;
    let orders = ready(&plan).await;
    let hooks = plan.hooks(&[plan.script("stop-writes", BEFORE, "echo >> $OUT/asked; exit 1")]);
    let question = plan.records(orders).await.last().unwrap().seq;
    let mut ended = atlas_migrations_journal::event::HookEnded::new(
        "stop-writes".to_owned(),
        question,
        1,
        HookResult::Veto,
    );
    ended.event = Some("before_cutover".to_owned());
    plan.append(orders, ended.into()).await;
    assert_eq!(phase(&plan, orders).await, Phase::Ready);
    let decision = hooks.before_cutover(orders).await.unwrap();
    assert_eq!(decision, CutoverDecision::Vetoed { hook: "stop-writes".to_owned() });
    assert_eq!(phase(&plan, orders).await, Phase::Held);
    assert!(plan.lines("asked").is_empty());
    // It is stored once.
    hooks.before_cutover(orders).await.unwrap();
    let vetoes = plan.records(orders).await;
    let vetoes =
        vetoes.iter().filter(|record| record.event == Vetoed::new("stop-writes".to_owned()).into());
    assert_eq!(vetoes.count(), 1);
}

/// The bug: a hook whose failure means nothing is never run again, or a receiver takes the question to one hook for that to
/// another.
#[tokio::test]
async fn each_hook_is_asked_again_under_an_identifier_of_its_own() {
    let plan = TestPlan::new().await;
    let orders = ready(&plan).await;
    let hooks = plan.hooks(&[
        plan.script("one", BEFORE, "echo one >> $OUT/asked; exit 1").on_error(HookFailure::Ignore),
        plan.script("two", BEFORE, "echo two >> $OUT/asked"),
    ]);
    for _ in 0..2 {
        let decision = hooks.before_cutover(orders).await.unwrap();
        assert!(matches!(decision, CutoverDecision::Allowed { .. }), "{decision:?}");
    }
    assert_eq!(plan.lines("asked"), ["one", "two", "one", "two"]);
    let ids: Vec<_> =
        plan.started(orders).await.into_iter().map(|started| started.event_id).collect();
    assert_eq!((ids[0], ids[1]), (ids[2], ids[3]), "the same question to the same hook");
    assert_ne!(ids[0], ids[1]);
}
