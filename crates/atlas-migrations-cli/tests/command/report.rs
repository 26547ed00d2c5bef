//! `report`: the journal as one HTML file.

use std::fs;

use atlas_migrations_journal::event::{
    EndResult, Ended, Held, Observed, Operation, PollsBack, PollsFailing,
};
use atlas_migrations_journal::{Hash, Redactor};
use atlas_simulator::Simulator;

use crate::GROUP;
use crate::atlas::{atlas, id};
use crate::journal::TestJournal;
use crate::process::{code, text};

const START: i64 = 1_795_798_800_000;
const HOUR: i64 = 3_600_000;

fn observed(hours: i64, status: &str, ready: bool, lag: Option<u64>) -> Observed {
    let mut observed = Observed::new(status.to_owned(), START + hours * HOUR);
    (observed.ready, observed.lag_seconds) = (Some(ready), lag);
    observed
}

/// Returns a journal with a plan of one complete and one failed migration, and a migration without a plan.
async fn filled() -> (Simulator, TestJournal) {
    let (simulator, journal) = (atlas(1).await, TestJournal::new());
    let yaml = format!(
        "version: 1\nname: weekend\nproject: {GROUP}\ndefaults:\n  \
         source: {{project: 5f0a1b2c3d4e5f6071829304, authentication: managed}}\n  destination: {{network: public}}\n  \
         migration_host: vm001.example.com\nmigrations:\n  \
         - {{name: orders, source: {{cluster: orders-rs0}}, destination: {{cluster: orders}}}}\n"
    );
    let plan = journal.start_plan(&yaml).await;
    let orders = journal.adopt_in_plan(plan, "orders", &id(0)).await;
    journal.append(orders, observed(0, "WORKING", false, Some(21_600))).await;
    journal.append(orders, PollsFailing::new(START + HOUR, "http_503".to_owned(), 9)).await;
    journal.append(orders, PollsBack::new(START + HOUR, 12)).await;
    journal.append(orders, observed(8, "WORKING", true, Some(3))).await;
    let mut held = Held::new();
    held.reason = Some(Redactor::default().text("<script>alert(1)</script>\u{202e}"));
    journal.append(orders, held).await;
    journal.append(orders, observed(9, "COMPLETE", false, None)).await;
    journal.append(orders, Ended::new(EndResult::Complete)).await;
    let users = journal.adopt_in_plan(plan, "users", &"a".repeat(24)).await;
    journal.append(users, observed(0, "WORKING", false, Some(60))).await;
    journal.append(users, observed(4, "FAILED", false, None)).await;
    journal.append(users, Ended::new(EndResult::Failed)).await;
    journal.adopt(GROUP, "alone", &"b".repeat(24)).await;
    (simulator, journal)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_a_plan_says_what_happened_to_its_migrations() {
    let (simulator, journal) = filled().await;
    let out = journal.state_folder.join("weekend.html");
    let path = out.to_str().unwrap();
    let yaml = journal.state_folder.join("plan.yaml");
    let mut pages = Vec::new();
    for name in ["weekend", yaml.to_str().unwrap()] {
        let output = journal.run(&simulator, &["report", name, "--out", path]);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        assert!(text(&output.stdout).starts_with("the report of 2 migrations was written to "));
        pages.push(fs::read_to_string(&out).unwrap());
    }
    let page = &pages[1];
    for part in [
        "<title>1 of 2 need you (users) · weekend</title>",
        "plan started from plan.yaml",
        "polls fail since 2026-11-27T18:00:00Z (http_503)",
        "held: &lt;script&gt;alert(1)&lt;/script&gt;",
        "ana@ops1",
        "ended: failed",
        "Read the reason in the Atlas UI",
        "<h2>Plan weekend as applied</h2>",
        "orders-rs0",
        "<polyline",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("<script") && !page.contains('\u{202e}') && !page.contains("alone"));
    // Atlas is not asked.
    assert_eq!(simulator.control().requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_a_migration_has_its_plan_and_without_names_it_has_all() {
    let (simulator, journal) = filled().await;
    let out = journal.state_folder.join("x.html");
    let path = out.to_str().unwrap();
    let output = journal.run(&simulator, &["report", "orders", "--out", path, "-ojson"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let shown: serde_json::Value = serde_json::from_str(text(&output.stdout)).unwrap();
    assert_eq!((&shown["migrations"], &shown["plans"]), (&1.into(), &1.into()));
    let page = fs::read_to_string(&out).unwrap();
    assert!(page.contains("Plan weekend as applied") && !page.contains("users"), "{page}");
    let output = journal.run(&simulator, &["report", "--out", path]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let page = fs::read_to_string(&out).unwrap();
    for name in ["orders", "users", "alone", "not finished"] {
        assert!(page.contains(name), "{name}");
    }
}

/// The bug: a request whose fate is unknown looks like one that was refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_names_the_requests_whose_fate_is_unknown() {
    use atlas_migrations_journal::event::{
        Actor, Event, Intent, NewEvent, Planned, Sent, Unclear, UnclearReason,
    };
    use atlas_migrations_journal::store::{Append, Claim, Fence, NewRunner, Store as _};

    let (simulator, journal) = (atlas(1).await, TestJournal::new());
    let hash = |text: &str| Hash::of(&text.into());
    let name = || "orders".parse().unwrap();
    let request = serde_json::json!({"source": {"clusterName": "rs0", "password": true}});
    let stream =
        journal.add(GROUP, "orders", Planned::new(name(), hash("r"), hash("p"), request)).await;
    let store = journal.store().await;
    let runner = store.register(NewRunner::new("ops1", 1, "ana", "1")).await.unwrap();
    let claimed = store.claim(Claim::these(runner, [stream])).await.unwrap();
    let fence = Fence { runner, fence: claimed.fence(stream).unwrap() };
    let event = |event: Event| NewEvent::new(Actor::new("ana", "ops1"), event).with_runner(runner);
    let post = Intent::new(Operation::Create, "POST".into(), "/x".into(), "v2".into(), hash("r"));
    let head = store.state(stream).await.unwrap().0.head;
    let sent = store.append(Append::intent(stream, head, fence, event(post.into()))).await.unwrap();
    let unclear = Unclear::new(sent.seq, UnclearReason::Timeout, Sent::Whole);
    store.append(Append::fact(stream, event(unclear.into()))).await.unwrap();
    store.close().await;
    let out = journal.state_folder.join("x.html");
    let output = journal.run(&simulator, &["report", "orders", "--out", out.to_str().unwrap()]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let page = fs::read_to_string(&out).unwrap();
    assert!(page.contains("it is not known whether the create of attempt 1 took effect: event 2"));
    assert!(page.contains("atlas-migrations journal resolve orders"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(unix)]
async fn a_report_replaces_no_folder_link_or_device_and_an_unknown_name_writes_nothing() {
    let (simulator, journal) = filled().await;
    let inside = |name: &str| journal.state_folder.join(name).to_str().unwrap().to_owned();
    fs::create_dir(inside("folder")).unwrap();
    fs::write(inside("target"), "untouched").unwrap();
    std::os::unix::fs::symlink(inside("target"), inside("link")).unwrap();
    for path in [inside("folder"), inside("link"), "/dev/null".to_owned()] {
        let output = journal.run(&simulator, &["report", "weekend", "--out", &path]);
        assert_eq!(code(&output), 2, "{path}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains("cannot write"), "{}", text(&output.stderr));
    }
    assert_eq!(fs::read_to_string(inside("target")).unwrap(), "untouched");
    let output = journal.run(&simulator, &["report", "weekent", "--out", &inside("x.html")]);
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("did you mean weekend"), "{}", text(&output.stderr));
    assert!(!std::path::Path::new(&inside("x.html")).exists());
}
