//! The single commands with a journal that a team shares.

use std::process::Output;

use atlas_migrations_journal::store::StreamFilter;
use atlas_migrations_journal::{Location, Options, open};
use atlas_simulator::{Fault, FaultRule, Simulator};

use super::{CREATE, create, received, told};
use crate::atlas::{advance, cutovers, simulator};
use crate::process::{configured, text};
use crate::{GROUP, ORG};

/// Returns the types of the events of a migration or link.
async fn event_types(url: &str, name: &str) -> Vec<String> {
    let store = open(&Location::Postgres(url.to_owned()), Options::default()).await.unwrap();
    let mut filter = StreamFilter::default();
    filter.name = Some(name.to_owned());
    let rows = store.streams(filter).await.unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
    let events = store.read(rows[0].id, 0).await.unwrap();
    store.close().await;
    events.iter().map(|record| record.event.event_type().to_owned()).collect()
}

/// The bug: a command works with a file only, or a colleague's command does not see what this one sent.
#[tokio::test(flavor = "multi_thread")]
async fn each_changing_command_writes_a_shared_journal_and_colleagues_send_nothing_twice() {
    let Some(server) = atlas_test_postgres::shared().await else { return };
    let url = server.new_database().await;
    let simulator: Simulator = simulator().await;
    let run = |user: &str, arguments: &[&str]| -> Output {
        let mut command = configured(simulator.base_url(), arguments);
        command.env("ATLAS_MIGRATIONS_JOURNAL", &url).env("USER", user).output().unwrap()
    };
    let link = ["link", "create", "--org-id", ORG, "--access-list-ip", "203.0.113.7"];
    told(&run("ana", &link), 0);
    assert!(told(&run("bob", &link), 5).contains("link delete"));
    assert_eq!(simulator.control().link_tokens_issued(), 1);

    let request = create(&["--name", "orders"]);
    told(&run("ana", &[&["validate"], &request[1..]].concat()), 0);
    advance(&simulator, 60);
    told(&run("bob", &["validation", "orders"]), 0);

    // Nobody knows whether the first request took effect, so nobody sends a second one.
    simulator.control().inject(FaultRule::new(Fault::LoseResponse).on_operation(CREATE).times(1));
    told(&run("ana", &request), 7);
    assert!(told(&run("bob", &request), 5).contains("journal resolve orders --id ID"));
    assert_eq!(received(&simulator, CREATE), 1);
    let id = simulator.control().created_live_migrations(GROUP).pop().unwrap();
    told(&run("bob", &["journal", "resolve", "orders", "--id", &id, "--yes"]), 0);

    advance(&simulator, 7_200);
    told(&run("ana", &["cutover", "orders", "--yes"]), 0);
    assert!(told(&run("bob", &["cutover", "orders", "--yes"]), 5).contains("took effect"));
    assert_eq!(cutovers(&simulator.control()), 1);
    advance(&simulator, 7_200);
    let status = run("bob", &["status", "orders"]);
    told(&status, 0);
    assert!(text(&status.stdout).contains("complete"), "{}", text(&status.stdout));
    told(&run("bob", &["link", "delete", "--org-id", ORG, "--yes"]), 0);

    let types = event_types(&url, "orders").await;
    let expected = ["planned", "intent", "outcome", "validated", "intent", "unclear"];
    assert_eq!(types[..6], expected, "{types:?}");
    assert_eq!(types.last().unwrap(), "ended", "{types:?}");
    assert_eq!(event_types(&url, "link").await, ["intent", "outcome", "intent", "outcome"]);
}
