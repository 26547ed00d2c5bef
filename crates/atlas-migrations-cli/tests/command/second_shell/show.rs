//! `journal list`, `journal show` and `journal info`.

use atlas_migrations_journal::event::Operation;

use super::support::{Runner, json};
use crate::atlas::{GROUP, id};
use crate::journal::TestJournal;
use crate::process::{code, text};

fn run(journal: &TestJournal, arguments: &[&str]) -> std::process::Output {
    let output = journal.command_at("http://127.0.0.1:1", arguments).output().unwrap();
    assert_eq!(code(&output), 0, "{arguments:?}: {}", text(&output.stderr));
    output
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_shows_each_stream_with_its_last_event() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    let plan = ("weekend-12", runner.plan("weekend-12").await);
    let orders = runner.planned(plan, "orders", 0).await;
    runner.make_ready(orders, &id(0)).await;
    let table = run(&journal, &["journal", "list"]);
    let lines: Vec<_> = text(&table.stdout).lines().collect();
    assert!(
        lines[0]
            .starts_with("NAME                KIND        STATE     ATTEMPT   EVENTS   LAST EVENT"),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("weekend-12          plan        started   1         1        plan started from plan.yaml"), "{lines:?}");
    assert!(lines[2].starts_with("weekend-12/orders   migration   ready     1         4        Atlas shows WORKING, ready for cutover, lag 2 s"), "{lines:?}");
    assert!(lines[2].ends_with('Z'), "{lines:?}");
    let list = json(&run(&journal, &["journal", "list", "-ojson"]));
    assert_eq!(list[1]["live_migration_id"], id(0));
    assert_eq!(list[1]["destination"], format!("{GROUP}/orders"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_shown_with_its_state_what_it_waits_for_and_who_did_what() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    let plan = ("weekend-12", runner.plan("weekend-12").await);
    let orders = runner.planned(plan, "orders", 1).await;
    runner.make_ready(orders, &id(0)).await;
    let shown = run(&journal, &["journal", "show", "orders"]);
    let told = text(&shown.stdout);
    for line in [
        "migration:    weekend-12/orders\n",
        "state:        ready\n",
        "waits for:    approvals for cutover, 0 of 1; `approve` gives one\n",
        "cutover:      0 of 1 approvals\n",
        &format!("migration ID: {}\n", id(0)),
        &format!("destination:  {GROUP}/orders\n"),
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    for (what, who) in [
        (&*format!("planned to {GROUP}/orders"), "ana@ops1"),
        ("sending the create request", "ana@ops1"),
        (&*format!("request of event 2 accepted, ID {}", id(0)), "ana@ops1"),
    ] {
        let line = told.lines().find(|line| line.contains(what));
        assert!(line.is_some_and(|line| line.ends_with(who)), "{what}: {told}");
    }
    let all = run(&journal, &["journal", "show", "weekend-12/orders", "--events"]);
    let intent = text(&all.stdout).lines().find(|line| line.starts_with("2 20")).unwrap();
    assert!(
        intent.contains("Z intent by ana@ops1: {") && intent.contains("\"op\":\"create\""),
        "{intent}"
    );
    let object = json(&run(&journal, &["journal", "show", "orders", "-ojson"]));
    assert_eq!(object["state"], "ready");
    assert_eq!(object["cutover_approvals"]["need"], 1);
    assert_eq!(object["events"][1]["fields"]["op"], "create");
    assert_eq!(object["events"].as_array().unwrap().len(), 4);
}

/// Text of other people's programs stays on its line and changes no terminal.
#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_of_the_journal_is_shown_on_one_line_without_control_characters() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    runner.adopted("orders", &id(0)).await;
    run(
        &journal,
        &[
            "hold",
            "orders",
            "--reason",
            "a\n9 2026 held\u{1b}[2J\u{202e}",
            "--by",
            "x\u{1b}]0;y\u{7}",
        ],
    );
    for arguments in [
        &["journal", "show", "orders"][..],
        &["journal", "show", "orders", "--events"],
        &["journal", "list"],
    ] {
        let output = run(&journal, arguments);
        let told = text(&output.stdout);
        assert!(!told.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{told:?}");
        assert!(!told.lines().any(|line| line.starts_with("9 2026")), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn info_says_where_the_journal_is_and_how_many_events_it_has() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    let stream = runner.adopted("orders", &id(0)).await;
    runner.intent(stream, Operation::Validate).await.unwrap();
    let info = json(&run(&journal, &["journal", "info", "-ojson"]));
    assert_eq!((&info["kind"], &info["events"]), (&"sqlite".into(), &2.into()));
    let table = run(&journal, &["journal", "info"]);
    assert!(text(&table.stdout).contains(&journal.path().display().to_string()));
}
