//! Names of migrations in place of IDs.

use serde_json::Value;

use crate::atlas::{GROUP, MIGRATION, atlas, id, simulator};
use crate::journal::TestJournal;
use crate::process::{code, command, configured, text, without_project};

#[tokio::test(flavor = "multi_thread")]
async fn a_name_stands_for_the_id_and_the_project() {
    let simulator = atlas(2).await;
    let journal = TestJournal::new();
    journal.adopt(GROUP, "orders", &id(0)).await;
    journal.adopt("weekend-12", "users", &id(1)).await;
    for (name, index) in
        [("orders", 0), ("users", 1), ("weekend-12/users", 1), (&*format!("{GROUP}/orders"), 0)]
    {
        let mut command = without_project(simulator.base_url(), &["describe", name, "-ojson"]);
        let output = command.env("XDG_STATE_HOME", &journal.state_folder).output().unwrap();
        assert_eq!(code(&output), 0, "{name}: {}", text(&output.stderr));
        let job: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(job["_id"], id(index), "{name}");
    }
    let watched = journal.run(
        &simulator,
        &["watch", "orders", "users", "--timeout", "1ms", "-ojson", "--interval", "10ms"],
    );
    assert_eq!(code(&watched), 10, "{}", text(&watched.stderr));
    let names: Vec<Value> = text(&watched.stdout)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["name"].clone())
        .collect();
    assert!(names.contains(&"orders".into()) && names.contains(&"users".into()), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_an_id_is_shown_beside_it() {
    let simulator = simulator().await;
    let journal = TestJournal::new();
    journal.adopt(GROUP, "orders", MIGRATION).await;
    let output = journal.run(&simulator, &["describe", MIGRATION]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let lines: Vec<_> = text(&output.stdout).lines().collect();
    assert!(lines[0].starts_with("ID                         NAME     LAG TIME "), "{lines:?}");
    assert!(lines[1].starts_with(&format!("{MIGRATION}   orders   ")), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_another_project_than_the_given_one_is_refused() {
    let simulator = simulator().await;
    let journal = TestJournal::new();
    journal.adopt(GROUP, "orders", MIGRATION).await;
    let other = "0".repeat(24);
    for arguments in [
        &["describe", "orders", "--project-id", &other][..],
        &["watch", "orders", "--project-id", &other],
        &["cutover", "orders", "--yes", "--project-id", &other],
    ] {
        let output = journal.run(&simulator, arguments);
        assert_eq!(code(&output), 2, "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains(&format!("is in project {GROUP}")));
    }
    let same = journal.run(&simulator, &["describe", "orders", "--project-id", GROUP]);
    assert_eq!(code(&same), 0, "{}", text(&same.stderr));
    assert_eq!(simulator.control().request_count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_or_ambiguous_name_lists_the_candidates() {
    let simulator = atlas(3).await;
    let journal = TestJournal::new();
    journal.adopt(GROUP, "orders", &id(0)).await;
    journal.adopt("weekend-12", "users", &id(1)).await;
    journal.adopt("weekend-13", "users", &id(2)).await;
    let output = journal.run(&simulator, &["describe", "ordres"]);
    assert_eq!(code(&output), 2);
    let said = format!("\n  similar: {GROUP}/orders (replicating, {})\n", id(0));
    assert!(text(&output.stderr).contains(&said), "{}", text(&output.stderr));
    let output = journal.run(&simulator, &["describe", "users"]);
    assert_eq!(code(&output), 2);
    for plan in ["weekend-12", "weekend-13"] {
        assert!(text(&output.stderr).contains(&format!("\n  {plan}/users (replicating, ")));
    }
    assert_eq!(simulator.control().request_count(), 0);
    // The plan tells them apart, and a name in another plan is another name.
    for (name, expected) in
        [("weekend-13/users", 0), ("weekend-14/users", 2), ("weekend-12/orders", 2)]
    {
        let output = journal.run(&simulator, &["describe", name, "-ojson"]);
        assert_eq!(code(&output), expected, "{name}: {}", text(&output.stderr));
        assert!(expected != 0 || text(&output.stdout).contains(&id(2)), "{name}");
    }
    // The name of an ID that is ambiguous is shown with its plan.
    let output = journal.run(&simulator, &["describe", &id(2)]);
    assert!(text(&output.stdout).contains("weekend-13/users"), "{}", text(&output.stdout));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_without_a_journal_says_that_names_need_one() {
    let simulator = simulator().await;
    for arguments in [
        &["describe", "orders"][..],
        &["watch", "orders"],
        &["cutover", "orders", "--yes"],
        &["validation", "orders"],
        &["describe", "orders", "--no-journal"],
    ] {
        let output = configured(simulator.base_url(), arguments).output().unwrap();
        assert_eq!(code(&output), 2, "{arguments:?}");
        let told = text(&output.stderr);
        assert!(told.contains("`orders` is a name, and names need a journal: "), "{told}");
    }
    assert_eq!(simulator.control().request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_creates_no_journal() {
    let simulator = simulator().await;
    let journal = TestJournal::new();
    for arguments in [
        &["describe", MIGRATION][..],
        &["watch", MIGRATION, "--timeout", "1ms"],
        &["list"],
        &["status"],
        &["list", "--journal", "new.db"],
    ] {
        let mut command = journal.command(&simulator, arguments);
        command.current_dir(env!("CARGO_TARGET_TMPDIR")).output().unwrap();
        assert!(!journal.state_folder.exists(), "{arguments:?}");
    }
    assert!(!std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("new.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_comes_from_the_option_or_the_variable_and_an_empty_variable_is_not_set() {
    let simulator = simulator().await;
    let (default, other) = (TestJournal::new(), TestJournal::new());
    default.adopt(GROUP, "orders", MIGRATION).await;
    other.adopt(GROUP, "users", MIGRATION).await;
    let path = other.path();
    let path = path.to_str().unwrap();
    for (variable, arguments, expected) in [
        (None, &["describe", "orders"][..], 0),
        (Some(""), &["describe", "orders"], 0),
        (Some(path), &["describe", "orders"], 2),
        (Some(path), &["describe", "users"], 0),
        (Some("/no/such/journal"), &["describe", "users", "--journal", path], 0),
        (Some(path), &["describe", "users", "--no-journal"], 2),
        (Some("mysql://db.example.com/ops"), &["describe", "orders"], 2),
        (Some("postgres://ana:hunter22@127.0.0.1:1/ops"), &["describe", "orders"], 2),
    ] {
        let mut command = default.command(&simulator, arguments);
        if let Some(variable) = variable {
            command.env("ATLAS_MIGRATIONS_JOURNAL", variable);
        }
        let output = command.output().unwrap();
        let told = text(&output.stderr);
        assert_eq!(code(&output), expected, "{variable:?} {arguments:?}: {told}");
        assert!(!told.contains("hunter22"), "{told}");
    }
}

/// An ID needs no name: a journal that cannot be read stops nothing that only looks.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_journal_is_a_warning_for_an_id_and_an_error_for_a_name() {
    let simulator = simulator().await;
    let journal = TestJournal::new();
    let path = journal.path();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "this is not a journal, whatever its name says").unwrap();
    let by_id = journal.run(&simulator, &["describe", MIGRATION]);
    assert_eq!(code(&by_id), 0, "{}", text(&by_id.stderr));
    assert!(text(&by_id.stderr).starts_with("warning: names are not shown: "));
    let by_name = journal.run(&simulator, &["describe", "orders"]);
    assert!([2, 12].contains(&code(&by_name)), "{}", text(&by_name.stderr));
}

#[test]
fn a_word_that_is_neither_an_id_nor_a_name_is_a_usage_error() {
    for (word, said) in [
        ("Orders", "lowercase letters"),
        ("6296FB4C7C7AA997CF94E9A8", "invalid live migration ID"),
        ("a/b/c", "invalid name"),
    ] {
        let output = command(&["describe", word]).output().unwrap();
        assert_eq!(code(&output), 2);
        assert!(text(&output.stderr).contains(said), "{word}: {}", text(&output.stderr));
    }
}
