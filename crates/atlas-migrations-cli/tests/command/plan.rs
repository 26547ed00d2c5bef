//! `plan init`, `plan check` and `plan schema`.

use std::fs;
use std::path::Path;
use std::process::Output;

use atlas_simulator::{Clock, Scenario, Simulator};
use serde_json::{Value, json};

use crate::atlas::{GROUP, ORG};
use crate::journal::TestJournal;
use crate::process::{code, text};

/// Starts an Atlas with one source that fits one destination.
async fn atlas(change: impl FnOnce(&mut Value)) -> Simulator {
    let mut scenario = json!({
        "linked": true,
        "validation_rules": {"pending_seconds": 0},
        "source_projects": [{"deployments": [{"name": "orders"}]}],
        "projects": [{"id": GROUP, "clusters": [{"name": "Orders"}]}],
    });
    change(&mut scenario);
    let scenario = Scenario::from_json(&scenario.to_string()).unwrap();
    Simulator::builder().scenario(scenario).clock(Clock::manual()).start().await.unwrap()
}

/// Runs a command in a folder, with the organization in the environment.
fn run(simulator: &Simulator, journal: &TestJournal, folder: &Path, arguments: &[&str]) -> Output {
    let mut command = journal.command(simulator, arguments);
    command.current_dir(folder).env("MONGODB_ATLAS_ORG_ID", ORG).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_written_once_and_passes_its_check() {
    let (simulator, journal) = (atlas(|_| ()).await, TestJournal::new());
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| run(&simulator, &journal, folder.path(), arguments);
    let printed = run(&["plan", "init"]);
    assert_eq!(code(&printed), 0, "{}", text(&printed.stderr));
    let written = run(&["plan", "init", "--out", "plan.yaml"]);
    assert_eq!(code(&written), 0, "{}", text(&written.stderr));
    assert!(text(&written.stderr).contains("plan check plan.yaml"), "{}", text(&written.stderr));
    let file = folder.path().join("plan.yaml");
    assert_eq!(fs::read(&file).unwrap(), printed.stdout);

    // A file that exists is never replaced, and Atlas is not asked.
    fs::write(&file, "mine").unwrap();
    let before = simulator.control().request_count();
    let again = run(&["plan", "init", "--out", "plan.yaml"]);
    assert_eq!(code(&again), 2);
    assert!(text(&again.stderr).contains("plan.yaml exists"), "{}", text(&again.stderr));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(simulator.control().request_count(), before);

    fs::write(&file, &printed.stdout).unwrap();
    let checked = run(&["plan", "check", "plan.yaml", "--validate"]);
    assert_eq!(code(&checked), 0, "{}{}", text(&checked.stdout), text(&checked.stderr));
    let table = text(&checked.stdout);
    assert!(table.starts_with("RESULT   GROUP "), "{table}");
    assert!(
        table.contains("validation    validation               orders: Atlas accepts"),
        "{table}"
    );
    assert!(table.trim_end().ends_with("0 CANNOT TELL, 0 FAIL"), "{table}");
    // The validation changes neither cluster: nothing else was sent.
    let posts = simulator.control().requests();
    let posts: Vec<_> = posts.iter().filter(|request| request.method() != "GET").collect();
    assert_eq!(posts.len(), 1);
    assert!(posts[0].path().ends_with("/liveMigrations/validate"), "{}", posts[0].path());
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_shown_last_and_decide_the_exit_code() {
    let paused =
        |scenario: &mut Value| scenario["projects"][0]["clusters"][0]["paused"] = json!(true);
    let (simulator, journal) = (atlas(paused).await, TestJournal::new());
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| run(&simulator, &journal, folder.path(), arguments);
    run(&["plan", "init", "--out", "plan.yaml"]);
    let checked = run(&["plan", "check", "plan.yaml", "--junit", "junit.xml"]);
    assert_eq!(code(&checked), 8);
    let table = text(&checked.stdout);
    let last: Vec<_> = table.lines().rev().take(3).collect();
    assert!(last[0].ends_with("1 FAIL"), "{table}");
    assert_eq!(last[2], "FAIL         orders: destination: `Orders` is paused", "{table}");
    let xml = fs::read_to_string(folder.path().join("junit.xml")).unwrap();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let failures = document.descendants().filter(|node| node.has_tag_name("failure"));
    assert_eq!(failures.count(), 1, "{xml}");
    let report = run(&["plan", "check", "plan.yaml", "-o", "json"]);
    assert_eq!(code(&report), 8);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!(report["counts"]["fail"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_told_has_its_own_exit_code_and_fails_a_strict_check() {
    let (simulator, journal) = (atlas(|_| ()).await, TestJournal::new());
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| run(&simulator, &journal, folder.path(), arguments);
    run(&["plan", "init", "--out", "plan.yaml"]);
    let check = ["plan", "check", "plan.yaml", "--no-journal"];
    let checked = run(&check);
    assert_eq!(code(&checked), 7, "{}", text(&checked.stdout));
    assert!(text(&checked.stdout).contains("CANNOT TELL  journal: no journal is used"));
    assert_eq!(code(&run(&[&check[..], &["--strict"]].concat())), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_in_a_plan_are_usage_errors_with_their_places() {
    let (simulator, journal) = (atlas(|_| ()).await, TestJournal::new());
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("plan.yaml"), "version: 1\nname: A\nmigration: []\n").unwrap();
    let checked = run(&simulator, &journal, folder.path(), &["plan", "check", "plan.yaml"]);
    assert_eq!(code(&checked), 2);
    let errors = text(&checked.stderr);
    assert!(errors.contains("plan.yaml:2:7: name: "), "{errors}");
    assert!(errors.contains("plan.yaml:3:1: "), "{errors}");
    assert_eq!(simulator.control().request_count(), 0);
    let missing = run(&simulator, &journal, folder.path(), &["plan", "check", "none.yaml"]);
    assert_eq!(code(&missing), 2);
    assert!(
        text(&missing.stderr).contains("none.yaml: cannot be read"),
        "{}",
        text(&missing.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_is_the_one_that_the_plan_is_pinned_to() {
    let (simulator, journal) = (atlas(|_| ()).await, TestJournal::new());
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| run(&simulator, &journal, folder.path(), arguments);
    run(&["plan", "init", "--out", "plan.yaml"]);
    let file = folder.path().join("plan.yaml");
    let plan = fs::read_to_string(&file).unwrap() + "journal: journals/pinned.db\n";
    fs::write(&file, plan).unwrap();
    let checked = run(&["plan", "check", "plan.yaml"]);
    assert_eq!(code(&checked), 0, "{}", text(&checked.stdout));
    assert!(text(&checked.stdout).contains("journals/pinned.db"), "{}", text(&checked.stdout));
    assert!(folder.path().join("journals/pinned.db").exists());
    assert!(!journal.path().exists());
    let other = run(&["plan", "check", "plan.yaml", "--journal", "other.db"]);
    assert_eq!(code(&other), 8);
    assert!(text(&other.stdout).contains("--journal names another"), "{}", text(&other.stdout));
    assert!(!folder.path().join("other.db").exists());
}

#[test]
fn the_schema_is_json() {
    let output = crate::process::command(&["plan", "schema"]).output().unwrap();
    assert_eq!(code(&output), 0);
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(schema["properties"]["migrations"].is_object(), "{schema}");
}
