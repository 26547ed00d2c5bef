//! `approve`, `withdraw`, `hold`, `release`, `postpone-until`, `abort-before-cutover` and `retry`.

use atlas_migrations_journal::event::{EndResult, Event, Operation, Vetoed};

use super::support::{Runner, json};
use crate::atlas::id;
use crate::journal::TestJournal;
use crate::process::{code, command, text, with_stdin};

/// Runs a command that sends nothing: there is no Atlas.
fn run(journal: &TestJournal, arguments: &[&str]) -> std::process::Output {
    journal.command_at("http://127.0.0.1:1", arguments).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_says_that_no_cutover_was_sent_and_a_later_cutover_is_refused() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    let stream = runner.adopted("orders", &id(0)).await;
    runner.observe_ready(stream).await;
    let held = run(&journal, &["hold", "orders", "--reason", "the app is not ready"]);
    assert_eq!(code(&held), 0, "{}", text(&held.stderr));
    let told = text(&held.stdout);
    assert!(
        told.contains("/orders: held; no cutover was sent; Atlas goes on replicating\n"),
        "{told}"
    );
    assert!(runner.intent(stream, Operation::Cutover).await.is_err());

    // A second hold changes nothing.
    let again = run(&journal, &["hold", "orders", "-ojson"]);
    assert_eq!(code(&again), 0);
    let again = &json(&again)[0];
    assert_eq!((&again["result"], &again["event_seq"]), (&"held".into(), &().into()));

    let released = run(&journal, &["release", "orders"]);
    assert_eq!(code(&released), 0, "{}", text(&released.stderr));
    let intent = runner.intent(stream, Operation::Cutover).await.unwrap();
    let late = run(&journal, &["hold", "orders"]);
    assert_eq!(code(&late), 5);
    let told = text(&late.stderr);
    assert!(told.contains(&format!("/orders: too late: cutover intent {intent} at 20")), "{told}");
    assert!(told.contains("Z by ana@ops1\n"), "{told}");
    let types = ["adopted", "observed", "held", "released", "intent"];
    assert_eq!(runner.types(stream).await, types);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_about_several_names_answers_for_each_one() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    let (orders, users) =
        (runner.adopted("orders", &id(0)).await, runner.adopted("users", &id(1)).await);
    runner.observe_ready(users).await;
    runner.intent(users, Operation::Cutover).await.unwrap();
    let held = run(&journal, &["hold", "orders", "users", "orders", "-ojson"]);
    assert_eq!(code(&held), 5, "{}", text(&held.stderr));
    let answers = json(&held);
    assert_eq!(answers.as_array().unwrap().len(), 2);
    assert_eq!(answers[0]["result"], "held");
    assert_eq!(answers[0]["event_seq"], 2);
    assert_eq!(answers[0]["stream"], orders.to_string());
    assert_eq!(answers[1]["result"], "refused");
    assert!(answers[1]["message"].as_str().unwrap().starts_with("too late: cutover intent 3 "));
    assert!(text(&held.stderr).contains("1 of 2 were not done"), "{}", text(&held.stderr));
    // An unknown name is found before anything is decided.
    let none = run(&journal, &["release", "orders", "nobody"]);
    assert_eq!(code(&none), 2);
    assert_eq!(runner.types(orders).await, ["adopted", "held"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_held_as_a_whole_and_names_what_came_too_late() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    let plan = ("weekend-12", runner.plan("weekend-12").await);
    let orders = runner.planned(plan, "orders", 0).await;
    let users = runner.planned(plan, "users", 0).await;
    runner.make_ready(orders, &id(0)).await;
    runner.make_ready(users, &id(1)).await;
    let intent = runner.intent(orders, Operation::Cutover).await.unwrap();
    let gate = runner.gate(plan.1).await;
    let held = run(&journal, &["hold", "weekend-12"]);
    // A cutover that was decided before the hold is decided again.
    assert!(runner.intent_at_gate(users, Operation::Cutover, gate).await.is_err());
    assert_eq!(code(&held), 0, "{}", text(&held.stderr));
    let told = text(&held.stdout);
    assert!(
        told.starts_with("weekend-12: held; no other cutover of the plan is under way\n"),
        "{told}"
    );
    assert!(told.contains(&format!("too late for orders (cutover intent {intent} at ")), "{told}");

    run(&journal, &["hold", "users"]);
    let released = run(&journal, &["release", "weekend-12/users"]);
    assert!(
        text(&released.stdout).contains("plan weekend-12 is held"),
        "{}",
        text(&released.stdout)
    );
    assert_eq!(code(&run(&journal, &["release", "weekend-12"])), 0);
    let nothing = run(&journal, &["release", "weekend-12", "-ojson"]);
    assert_eq!((code(&nothing), &json(&nothing)[0]["result"]), (0, &"not_held".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn release_ends_the_veto_of_a_hook() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    let stream = runner.adopted("orders", &id(0)).await;
    runner.observe_ready(stream).await;
    runner.fact(stream, Vetoed::new("stop-writes".to_owned())).await;
    assert!(runner.intent(stream, Operation::Cutover).await.is_err());
    assert_eq!(code(&run(&journal, &["release", "orders"])), 0);
    runner.intent(stream, Operation::Cutover).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_for_the_current_request_and_counts_until_it_is_withdrawn() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    let plan = ("weekend-12", runner.plan("weekend-12").await);
    let orders = runner.planned(plan, "orders", 1).await;
    let users = runner.planned(plan, "users", 0).await;
    runner.make_ready(orders, &id(0)).await;
    let approve = ["approve", "orders", "--expires", "2h", "--by", "Bo", "--comment", "tested"];
    let approved = run(&journal, &approve);
    assert_eq!(code(&approved), 0, "{}", text(&approved.stderr));
    let told = text(&approved.stdout);
    assert!(told.starts_with("weekend-12/orders: the cutover is approved until 20"), "{told}");
    assert!(told.ends_with("Z), 1 of 1\n") || told.ends_with("Z, 1 of 1\n"), "{told}");
    let record = runner.store.read(orders, 0).await.unwrap().pop().unwrap();
    assert!(record.actor.as_str().ends_with(" as Bo (claimed)"), "{}", record.actor);
    let Event::Approved(approval) = record.event else { panic!("{record:?}") };
    let hours = (approval.expires_ms.unwrap() - record.at_ms) / 60_000;
    assert!((119..=120).contains(&hours), "{hours}");
    assert_eq!(approval.comment.unwrap().as_str(), "tested");

    let withdrawn = run(&journal, &["withdraw", "orders"]);
    assert_eq!(code(&withdrawn), 0, "{}", text(&withdrawn.stderr));
    assert!(text(&withdrawn.stdout).contains("its approvals are withdrawn; no cutover was sent"));
    assert!(runner.intent(orders, Operation::Cutover).await.is_err());
    let nothing = run(&journal, &["withdraw", "orders", "-ojson"]);
    assert_eq!(json(&nothing)[0]["result"], "nothing_to_withdraw");

    assert_eq!(code(&run(&journal, &["approve", "orders"])), 0);
    runner.intent(orders, Operation::Cutover).await.unwrap();
    for late in ["approve", "withdraw"] {
        let output = run(&journal, &[late, "orders"]);
        assert_eq!(code(&output), 5, "{late}");
        assert!(text(&output.stderr).contains("too late: cutover intent "), "{late}");
    }
    let not_needed = run(&journal, &["approve", "users", "-ojson"]);
    assert_eq!((code(&not_needed), &json(&not_needed)[0]["result"]), (0, &"not_needed".into()));
    assert_eq!(runner.types(users).await, ["planned"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_drops_data_has_its_own_approval() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    let plan = ("weekend-12", runner.plan("weekend-12").await);
    let dropping = runner.planned_with(plan, "orders", |planned| planned.drops_destination = true);
    let orders = dropping.await;
    assert_eq!(code(&run(&journal, &["approve", "orders"])), 0);
    assert!(runner.intent(orders, Operation::Create).await.is_err());
    let approved = run(&journal, &["approve", "orders", "--create"]);
    assert_eq!(code(&approved), 0, "{}", text(&approved.stderr));
    assert!(text(&approved.stdout).contains("the start that drops all data of "));
    runner.intent(orders, Operation::Create).await.unwrap();
    let late = run(&journal, &["withdraw", "orders", "--create"]);
    assert_eq!(code(&late), 5);
    assert!(text(&late.stderr).contains("too late: create intent "), "{}", text(&late.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn approvals_of_one_user_count_once_whoever_they_claim_to_be() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    let plan = ("weekend-12", runner.plan("weekend-12").await);
    let orders = runner.planned(plan, "orders", 2).await;
    runner.make_ready(orders, &id(0)).await;
    assert_eq!(json(&run(&journal, &["approve", "orders", "-ojson"]))[0]["have"], 1);
    let second = json(&run(&journal, &["approve", "orders", "--by", "Bo", "-ojson"]));
    assert_eq!((&second[0]["have"], &second[0]["need"]), (&1.into(), &2.into()));
    assert!(second[0]["warnings"][0].as_str().unwrap().contains("count once"), "{second}");
    assert!(runner.intent(orders, Operation::Cutover).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postponed_cutover_waits_for_a_time_that_is_shown_in_utc() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    let stream = runner.adopted("orders", &id(0)).await;
    runner.observe_ready(stream).await;
    for wrong in [
        &["postpone-until", "22:00", "orders"][..],
        &["postpone-until", "2020-01-01T00:00:00Z", "orders"],
    ] {
        let output = run(&journal, wrong);
        assert_eq!(code(&output), 2, "{}", text(&output.stdout));
    }
    let mut postpone = journal.command_at(
        "http://127.0.0.1:1",
        &["postpone-until", "2099-12-05T22:00:00+01:00", "orders"],
    );
    let output = postpone.env("TZ", "Europe/Berlin").output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let told = text(&output.stdout);
    assert!(
        told.contains(
            "no cutover before 2099-12-05T22:00:00+01:00[Europe/Berlin] (2099-12-05T21:00:00Z)"
        ),
        "{told}"
    );
    assert!(told.contains("Atlas expires the migration before that"), "{told}");
    assert!(runner.intent(stream, Operation::Cutover).await.is_err());
    assert_eq!(code(&run(&journal, &["postpone-until", "now", "orders"])), 0);
    runner.intent(stream, Operation::Cutover).await.unwrap();
    let late = run(&journal, &["postpone-until", "+2h", "orders"]);
    assert_eq!(code(&late), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aborted_cutover_is_confirmed_and_never_sent() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    let plan = ("weekend-12", runner.plan("weekend-12").await);
    let (orders, users) =
        (runner.planned(plan, "orders", 0).await, runner.planned(plan, "users", 0).await);
    runner.make_ready(orders, &id(0)).await;
    let abort =
        || journal.command_at("http://127.0.0.1:1", &["abort-before-cutover", "orders", "users"]);
    let declined = with_stdin(&mut abort(), "no\n");
    assert_eq!(code(&declined), 1);
    let told = text(&declined.stderr);
    assert!(
        told.contains("Nothing is sent") && told.contains("its destination stays occupied"),
        "{told}"
    );
    assert!(told.contains("Give up the cutover of weekend-12/orders, weekend-12/users?"), "{told}");
    let aborted = with_stdin(&mut abort(), "yes\n");
    assert_eq!(code(&aborted), 0, "{}", text(&aborted.stderr));
    let told = text(&aborted.stdout);
    assert!(
        told.contains("orders: its cutover is given up; no cutover was sent. Atlas goes on"),
        "{told}"
    );
    assert!(
        told.contains("users: its cutover is given up; nothing was started, so it ended"),
        "{told}"
    );
    assert!(runner.intent(orders, Operation::Cutover).await.is_err());
    assert!(runner.intent(users, Operation::Create).await.is_err());
    assert_eq!(runner.types(users).await, ["planned", "cutover_forgone", "ended"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_counts_the_attempt_and_needs_new_approvals() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    let plan = ("weekend-12", runner.plan("weekend-12").await);
    let orders = runner.planned(plan, "orders", 1).await;
    runner.make_ready(orders, &id(0)).await;
    run(&journal, &["approve", "orders"]);
    let early = run(&journal, &["retry", "orders"]);
    assert_eq!(code(&early), 5);
    assert!(text(&early.stderr).contains("hint: attempt 1 is ready"), "{}", text(&early.stderr));
    runner.end(orders, EndResult::Failed).await;
    let retried = run(&journal, &["retry", "orders", "-ojson"]);
    assert_eq!(code(&retried), 0, "{}", text(&retried.stderr));
    assert_eq!(
        (&json(&retried)[0]["result"], &json(&retried)[0]["attempt"]),
        (&"retrying".into(), &2.into())
    );
    runner.make_ready(orders, &id(1)).await;
    assert!(runner.intent(orders, Operation::Cutover).await.is_err());
}

#[test]
fn without_a_journal_nothing_is_decided_and_none_is_created() {
    let journal = TestJournal::new();
    for arguments in [
        &["hold", "orders"][..],
        &["approve", "orders"],
        &["journal", "list"],
        &["journal", "show", "orders"],
        &["hold", "orders", "--no-journal"],
    ] {
        let output = run(&journal, arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(!journal.path().exists(), "{arguments:?}");
    }
    assert_eq!(code(&command(&["approve"]).output().unwrap()), 2);
}
