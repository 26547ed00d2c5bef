//! `journal export`, `import`, `backup` and `verify`.

use std::fs;
use std::os::unix::fs::FileExt as _;

use super::support::{Runner, json};
use crate::atlas::id;
use crate::journal::TestJournal;
use crate::process::{code, text, with_stdin};

fn run(journal: &TestJournal, arguments: &[&str]) -> std::process::Output {
    journal.command_at("http://127.0.0.1:1", arguments).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_imported_into_another_journal_once() {
    let (from, to) = (TestJournal::new(), TestJournal::new());
    let runner = Runner::new(&from).await;
    let plan = ("weekend-12", runner.plan("weekend-12").await);
    let orders = runner.planned(plan, "orders", 0).await;
    runner.make_ready(orders, &id(0)).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.jsonl");
    let file = file.to_str().unwrap();
    let exported = run(&from, &["journal", "export", file, "-ojson"]);
    assert_eq!(code(&exported), 0, "{}", text(&exported.stderr));
    let expected = serde_json::json!({"streams": 2, "events": 5, "unreadable": 0});
    assert_eq!(json(&exported), expected);
    let stdout = run(&from, &["journal", "export"]);
    assert_eq!(text(&stdout.stdout).lines().count(), 1 + 2 + 5);

    let imported = run(&to, &["journal", "import", file]);
    assert_eq!(code(&imported), 0, "{}", text(&imported.stderr));
    assert!(text(&imported.stdout).contains("5 events of 2 streams were added"));
    let mut again = to.command_at("http://127.0.0.1:1", &["journal", "import", "-"]);
    let again = with_stdin(&mut again, text(&stdout.stdout));
    assert!(
        text(&again.stdout).contains("0 events of 2 streams were added"),
        "{}",
        text(&again.stderr)
    );
    let shown = |journal| {
        let mut shown = json(&run(journal, &["journal", "show", "orders", "-ojson"]));
        shown["events"].take()
    };
    assert_eq!(shown(&from), shown(&to));
    assert_eq!(code(&run(&to, &["journal", "verify"])), 0);

    let mut wrong = to.command_at("http://127.0.0.1:1", &["journal", "import", "-"]);
    let wrong = with_stdin(&mut wrong, "{\"line\":\"event\"}\n");
    assert_eq!(code(&wrong), 2);
    assert!(text(&wrong.stderr).contains("line 1 of the import"), "{}", text(&wrong.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_a_journal_and_replaces_no_file() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    runner.adopted("orders", &id(0)).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.db");
    let file = file.to_str().unwrap();
    let copied = run(&journal, &["journal", "backup", file]);
    assert_eq!(code(&copied), 0, "{}", text(&copied.stderr));
    let other = TestJournal::new();
    let listed = run(&other, &["journal", "list", "--journal", file]);
    assert!(text(&listed.stdout).contains("/orders"), "{}", text(&listed.stderr));
    let before = fs::read(file).unwrap();
    assert_ne!(code(&run(&journal, &["journal", "backup", file])), 0);
    assert_eq!(fs::read(file).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_names_what_contradicts_the_events() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    let stream = runner.adopted("orders", &id(0)).await;
    runner.store.close().await;
    let fine = run(&journal, &["journal", "verify"]);
    assert_eq!(code(&fine), 0);
    assert_eq!(text(&fine.stdout), "1 streams with 1 events: no problem\n");
    let url = format!("sqlite://{}", journal.path().display());
    let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.unwrap();
    sqlx::raw_sql("UPDATE stream SET state = 'complete'").execute(&mut connection).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();
    let wrong = run(&journal, &["journal", "verify"]);
    assert_eq!(code(&wrong), 12);
    assert!(text(&wrong.stdout).contains(&format!("stream {stream}: ")), "{}", text(&wrong.stdout));
    assert!(text(&wrong.stderr).contains("journal export"), "{}", text(&wrong.stderr));
}

/// Nine of ten migrations can be saved from a file in which one page is overwritten.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_a_damaged_journal_saves_what_can_be_read_and_names_the_rest() {
    let journal = TestJournal::new();
    let runner = Runner::new(&journal).await;
    for number in 0..60 {
        let stream = runner.adopted(&format!("m{number}"), &format!("{number:024x}")).await;
        for _ in 0..4 {
            runner.observe_ready(stream).await;
        }
    }
    runner.store.close().await;
    drop(runner);
    let bytes = fs::read(journal.path()).unwrap();
    // A leaf page of the events: the last page that contains one of them.
    let page = bytes
        .chunks(4096)
        .rposition(|page| page.windows(14).any(|window| window == b"\"status\":\"WORK"))
        .unwrap();
    let file = fs::OpenOptions::new().write(true).open(journal.path()).unwrap();
    file.write_all_at(&[0xA5; 4096], u64::try_from(page).unwrap() * 4096).unwrap();
    let exported = run(&journal, &["journal", "export"]);
    let (out, err) = (text(&exported.stdout), text(&exported.stderr));
    assert_eq!(code(&exported), 12, "{err}");
    assert!(err.contains("the export is incomplete"), "{err}");
    let count = |kind: &str| out.matches(&format!("{{\"line\":\"{kind}\"")).count();
    assert_eq!(count("stream"), 60, "{err}");
    assert!(count("event") > 200 && count("event") < 300, "{}", count("event"));
    assert!(count("unreadable") > 0);
    // What is left makes a journal.
    let rescued = TestJournal::new();
    let mut import = rescued.command_at("http://127.0.0.1:1", &["journal", "import", "-"]);
    let import = with_stdin(&mut import, out);
    assert_eq!(code(&import), 0, "{}", text(&import.stderr));
    assert!(text(&import.stderr).contains("warning: "), "{}", text(&import.stderr));
}
