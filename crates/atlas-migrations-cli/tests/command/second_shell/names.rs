//! Names that are unknown, near, ambiguous, archived, or those of plans.

use atlas_migrations_journal::event::EndResult;

use super::support::Runner;
use crate::atlas::{GROUP, id};
use crate::journal::TestJournal;
use crate::process::{code, text};

fn run(journal: &TestJournal, arguments: &[&str]) -> std::process::Output {
    journal.command_at("http://127.0.0.1:1", arguments).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_shows_near_ones_and_an_ambiguous_one_all() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    let plan = ("weekend-12", runner.plan("weekend-12").await);
    runner.planned(plan, "orders", 0).await;
    let other = runner.adopted("orders", &id(0)).await;
    for command in [
        &["hold"][..],
        &["release"],
        &["postpone-until", "+1h"],
        &["approve"],
        &["withdraw"],
        &["abort-before-cutover", "--yes"],
        &["retry"],
        &["journal", "show"],
        &["journal", "archive"],
        &["journal", "resolve", "--absent"],
    ] {
        let output = run(&journal, &[command, &["ordres"]].concat());
        assert_eq!(code(&output), 2, "{command:?}");
        let told = text(&output.stderr);
        assert!(told.contains(" named `ordres`\n") && told.contains("weekend-12/orders"), "{told}");
        let output = run(&journal, &[command, &["orders"]].concat());
        assert_eq!(code(&output), 2, "{command:?}");
        let told = text(&output.stderr);
        assert!(told.contains("2 streams of the journal are named `orders`"), "{told}");
        assert!(told.contains(&format!("  migration {GROUP}/orders, stream {other}")), "{told}");
    }
    for name in ["weekend-12/orders", &format!("{GROUP}/orders"), &other.to_string(), &id(0)] {
        assert_eq!(code(&run(&journal, &["hold", name])), 0, "{name}");
    }
    // A plan has no cutover that could be approved.
    assert_eq!(code(&run(&journal, &["approve", "weekend-12"])), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_migration_frees_its_name_and_is_found_by_its_stream() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    let first = runner.adopted("orders", &id(0)).await;
    let early = run(&journal, &["journal", "archive", "orders"]);
    assert_eq!(code(&early), 5);
    let told = text(&early.stderr);
    assert!(told.contains("/orders has not ended: it is replicating and waits for "), "{told}");
    runner.end(first, EndResult::Complete).await;
    assert_eq!(code(&run(&journal, &["journal", "archive", "orders"])), 0);
    assert_eq!(code(&run(&journal, &["journal", "show", "orders"])), 2);
    runner.adopted("orders", &id(1)).await;
    let shown = run(&journal, &["journal", "show", &first.to_string()]);
    assert!(text(&shown.stdout).contains("/orders, archived\n"), "{}", text(&shown.stdout));
    let listed = run(&journal, &["journal", "list"]);
    assert_eq!(text(&listed.stdout).matches("/orders").count(), 1);
    let all = run(&journal, &["journal", "list", "--all"]);
    assert_eq!(text(&all.stdout).matches("/orders").count(), 2);
}
