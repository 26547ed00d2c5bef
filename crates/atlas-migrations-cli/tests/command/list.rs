//! `list` and `status`.

use atlas_migrations_journal::Hash;
use atlas_migrations_journal::event::{Held, Observed, Planned, Released};
use atlas_migrations_journal::store::Store as _;
use atlas_simulator::{
    Clock, Fault, FaultRule, LiveMigration, Project, Scenario, Simulator, Timeline,
};
use serde_json::{Value, json};

use crate::atlas::{GROUP, advance, cut_over, id};
use crate::journal::TestJournal;
use crate::process::{code, configured, text};

/// Returns a simulator whose migrations differ in when they are ready, fail and expire, and a clock that tests advance.
async fn mixed() -> Simulator {
    let migration = |index: usize, replication, fails, expires| LiveMigration {
        id: id(index),
        timeline: Timeline {
            new_seconds: 10,
            initial_lag_seconds: 200,
            replication_seconds: replication,
            cutover_seconds: 10_000,
            expires_after_ready_seconds: expires,
            fails_after_seconds: fails,
        },
        ..LiveMigration::default()
    };
    let live_migrations = vec![
        migration(0, 100_000, None, 3_600),
        migration(1, 100, None, 360_000),
        migration(2, 100, Some(150), 360_000),
        migration(3, 50, None, 60),
        migration(4, 100, None, 360_000),
    ];
    let project = Project { live_migrations, ..Project::default() };
    let scenario = Scenario { projects: vec![project], ..Scenario::default() };
    Simulator::builder().scenario(scenario).clock(Clock::manual()).start().await.unwrap()
}

const NAMES: [&str; 5] = ["replicates", "is-ready", "fails", "expires", "cuts-over"];

async fn with_names() -> TestJournal {
    let journal = TestJournal::new();
    for (index, name) in NAMES.iter().enumerate() {
        journal.adopt(GROUP, name, &id(index)).await;
    }
    journal
}

fn listed(output: &std::process::Output) -> Vec<Value> {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn names(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn list_shows_the_most_urgent_migration_first() {
    let simulator = mixed().await;
    let journal = with_names().await;
    advance(&simulator, 130);
    cut_over(&simulator, 4);
    advance(&simulator, 100);
    let output = journal.run(&simulator, &["list", "-ojson"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let entries = listed(&output);
    assert_eq!(names(&entries), ["fails", "expires", "is-ready", "cuts-over", "replicates"]);
    let states: Vec<_> = entries.iter().map(|entry| entry["state"].as_str().unwrap()).collect();
    // Nobody told this journal of the cutover: Atlas shows a migration that is no longer ready.
    assert_eq!(states, ["failed", "expired", "ready", "replicating", "replicating"]);
    assert!(entries[2]["deadline_at_most"].is_string(), "{}", entries[2]);
    assert_eq!(entries[4]["deadline_at_most"], Value::Null);

    let table = journal.run(&simulator, &["list"]);
    let table = text(&table.stdout);
    let heading = table.lines().next().unwrap();
    for column in ["NAME", "STATE", "WAITS FOR", "LAG", "DEADLINE", "SOURCE → DESTINATION", "ID"]
    {
        assert!(heading.contains(column), "{heading}");
    }
    assert!(table.lines().nth(1).unwrap().starts_with("fails "), "{table}");
    assert!(table.contains("a person; `cutover is-ready` cuts it over"), "{table}");
    assert!(table.contains("<4d 23h") || table.contains("<5d 00h"), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_is_recorded_only_if_it_is_news() {
    let simulator = mixed().await;
    let journal = with_names().await;
    advance(&simulator, 20);
    for _ in 0..3 {
        assert_eq!(code(&journal.run(&simulator, &["list"])), 0);
    }
    assert_eq!(journal.event_types("is-ready").await, ["adopted", "observed"]);
    advance(&simulator, 100);
    for _ in 0..2 {
        assert_eq!(code(&journal.run(&simulator, &["status"])), 9);
    }
    assert_eq!(journal.event_types("is-ready").await, ["adopted", "observed", "observed"]);
    let ended = journal.event_types("expires").await;
    assert_eq!(ended, ["adopted", "observed", "observed", "ended"]);
    // What has ended is not asked about again.
    let before = simulator.control().request_count();
    journal.run(&simulator, &["status", "expires"]);
    assert_eq!(simulator.control().request_count(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_says_who_can_end_a_wait_and_exits_with_the_worst() {
    let simulator = mixed().await;
    let journal = with_names().await;
    let stream = journal.streams().await.into_iter().find(|row| row.name == "is-ready").unwrap();
    journal.append(stream.id, Held::new()).await;
    advance(&simulator, 20);
    let held = journal.run(&simulator, &["status", "is-ready", "replicates"]);
    assert_eq!(code(&held), 0, "{}", text(&held.stderr));
    assert_eq!(
        text(&held.stdout),
        "NAME         STATE         WAITS FOR\n\
         is-ready     held          a person; `release` ends the hold\n\
         replicates   replicating   replication; Atlas says when it is ready\n"
    );
    journal.append(stream.id, Released::new()).await;
    advance(&simulator, 200);
    for (names, expected) in [
        (&["replicates"][..], 0),
        (&["expires"], 9),
        (&["fails"], 8),
        (&["expires", "fails"], 8),
        (&[], 8),
    ] {
        let output = journal.run(&simulator, &[&["status"], names].concat());
        assert_eq!(code(&output), expected, "{names:?}: {}", text(&output.stderr));
    }
    assert_eq!(code(&journal.run(&simulator, &["status", "no-such"])), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn list_offline_sends_nothing_and_shows_what_the_journal_knows() {
    let simulator = mixed().await;
    let journal = with_names().await;
    let mut planned = Planned::new(
        "archive".parse().unwrap(),
        Hash::of(&json!(1)),
        Hash::of(&json!(2)),
        json!({"source": {"clusterName": "rs0"}, "destination": {"clusterName": "Archive"}}),
    );
    planned.destination = Some(format!("{GROUP}/Archive"));
    journal.add("weekend-12", "archive", planned).await;
    let output = journal.run(&simulator, &["list", "--offline"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let table = text(&output.stdout);
    assert_eq!(table.lines().count(), 7, "{table}");
    let planned = table.lines().find(|line| line.starts_with("archive ")).unwrap();
    assert!(planned.contains("rs0 → Archive"), "{planned}");
    assert_eq!(simulator.control().request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn list_goes_on_without_the_migrations_that_cannot_be_refreshed() {
    let simulator = mixed().await;
    let journal = with_names().await;
    simulator.control().inject(FaultRule::new(Fault::Forbidden).on_path(id(1)));
    let output = journal.run(&simulator, &["list", "-ojson"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("1 of 5 migrations could not be refreshed"));
    let entries = listed(&output);
    assert_eq!(entries.len(), 5);
    let failed = entries.iter().find(|entry| entry["name"] == "is-ready").unwrap();
    assert_eq!((&failed["refreshed"], failed["problem"].is_string()), (&json!(false), true));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_journal_list_says_that_only_a_journal_knows_migrations() {
    let simulator = mixed().await;
    for arguments in [&["list"][..], &["status"], &["list", "--no-journal"]] {
        let output = configured(simulator.base_url(), arguments).output().unwrap();
        assert_eq!(code(&output), 2);
        let told = text(&output.stderr);
        assert!(told.contains("Atlas has no call that lists live migrations"), "{told}");
    }
}

/// The bug: the journal has the lag of the first look only, and views show it for days.
#[tokio::test(flavor = "multi_thread")]
async fn a_look_records_another_lag_if_the_one_in_the_journal_is_ten_minutes_old() {
    let (simulator, journal) = (mixed().await, TestJournal::new());
    let stream = journal.adopt(GROUP, "replicates", &id(0)).await;
    advance(&simulator, 20);
    let now_ms = journal.store().await.info().await.unwrap().now_ms;
    for (minutes, looks) in [(11, 2), (9, 3)] {
        let mut old = Observed::new("WORKING".to_owned(), now_ms - minutes * 60_000);
        (old.ready, old.lag_seconds) = (Some(false), Some(1));
        journal.append(stream, old).await;
        let output = journal.run(&simulator, &["status", "replicates"]);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        let types = journal.event_types("replicates").await;
        assert_eq!(types.iter().filter(|kind| *kind == "observed").count(), looks, "{minutes}");
    }
}
