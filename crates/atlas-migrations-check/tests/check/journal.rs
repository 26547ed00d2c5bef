//! The checks against a journal.

use std::sync::Arc;

use atlas_migrations_check::CheckResult::{CannotTell, Fail, Pass, Warn};
use atlas_migrations_journal::{
    Hash, Location, Options,
    event::{Actor, Adopted, EndResult, Ended, Event, NewEvent, Observed, Planned, StreamKind},
    open,
    store::{Append, NewRunner, NewStream, Store, StreamFilter},
};
use serde_json::json;

use crate::support::{GROUP, Setup, assert_item, items};

async fn journal() -> (tempfile::TempDir, Arc<dyn Store>) {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::File(folder.path().join("journal.db"));
    let store = open(&location, Options::default()).await.unwrap();
    (folder, store)
}

fn event(event: impl Into<Event>) -> NewEvent {
    NewEvent::new(Actor::new("ana", "ops1"), event)
}

/// Adds a migration into a cluster, as a one-shot command does.
async fn add(
    store: &dyn Store,
    scope: &str,
    name: &str,
    cluster: &str,
) -> atlas_migrations_journal::StreamId {
    let hash = || Hash::of(&json!(1));
    let mut planned = Planned::new(name.parse().unwrap(), hash(), hash(), json!({}));
    planned.destination = Some(format!("{GROUP}/{cluster}"));
    let stream = NewStream::new(StreamKind::Migration, scope, name.parse().unwrap());
    let id = stream.id;
    store.create(stream, event(planned)).await.unwrap();
    id
}

#[tokio::test]
async fn a_journal_is_written_and_read_back_and_left_as_it_was() {
    let (_folder, store) = journal().await;
    let before = store.info().await.unwrap();
    let report = Setup::default().report(Some(&*store)).await;
    // A disk of a container is doubtful.
    let expected = if before.warnings.is_empty() { Pass } else { Warn };
    assert_item(&report, "journal", expected, "journal.db");
    assert_item(&report, "names and destinations", Pass, "no other migration");
    assert_eq!(store.info().await.unwrap().events, before.events);
    assert!(store.streams(StreamFilter::default()).await.unwrap().is_empty());
    // The entry of the check is gone: only this one is alive.
    let runner = store.register(NewRunner::new("ops1", 1, "ana", "1")).await.unwrap();
    assert_eq!(store.renew(runner).await.unwrap().live_runners, 1);
    assert_eq!(report.counts.cannot_tell, 0);
    assert_eq!(report.counts.fail, 0);
}

#[tokio::test]
async fn a_journal_that_cannot_be_used_fails() {
    let (_folder, store) = journal().await;
    store.close().await;
    let report = Setup::default().report(Some(&*store)).await;
    assert_eq!(items(&report, "journal")[0].result, Fail);
    let mut setup = Setup::default();
    setup.options.journal_problem = Some("the journal is on a network disk".to_owned());
    let report = setup.report(None).await;
    assert_item(&report, "journal", Fail, "network disk");
    assert_item(&report, "names and destinations", CannotTell, "no journal");
    let report = Setup::default().report(None).await;
    assert_item(&report, "journal", CannotTell, "--no-journal");
}

#[tokio::test]
async fn more_than_one_approver_fails_with_an_sqlite_journal() {
    let (_folder, store) = journal().await;
    let setup = Setup::default().plan("approvers: 1", "approvers: 2");
    assert_item(&setup.report(Some(&*store)).await, "approvals", Fail, "PostgreSQL");
    assert_item(&setup.report(None).await, "approvals", Pass, "2 people");
}

#[tokio::test]
async fn names_and_destinations_that_others_have_are_named() {
    let (_folder, store) = journal().await;
    let group = GROUP.parse().unwrap();
    let id = "6296fb4c7c7aa997cf94e9a8".parse().unwrap();
    let mut adopted = Adopted::new(group, id, "WORKING".to_owned());
    adopted.destination = Some(format!("{GROUP}/Orders"));
    let stream = NewStream::new(StreamKind::Migration, GROUP, "earlier".parse().unwrap());
    store.create(stream, event(adopted)).await.unwrap();
    let report = Setup::default().report(Some(&*store)).await;
    let other = format!("`{GROUP}/earlier` (replicating)");
    assert_item(&report, "destination in use", Fail, &other);
    assert!(items(&report, "names and destinations").is_empty());
    let (_folder, store) = journal().await;
    add(&*store, "test", "orders", "Elsewhere").await;
    let report = Setup::default().report(Some(&*store)).await;
    assert_item(&report, "name", Fail, "`test/orders` (planned)");
}

#[tokio::test]
async fn data_of_a_completed_migration_are_not_dropped() {
    let (_folder, store) = journal().await;
    let id = add(&*store, GROUP, "earlier", "Orders").await;
    for event in
        [event(Observed::new("COMPLETE".to_owned(), 0)), event(Ended::new(EndResult::Complete))]
    {
        store.append(Append::fact(id, event)).await.unwrap();
    }
    let setup = Setup::default().plus("    drop_destination_data: true\n");
    assert_item(&setup.report(Some(&*store)).await, "drop", Fail, "completed");
    // Without a drop the destination may be filled again.
    let report = Setup::default().report(Some(&*store)).await;
    assert_item(&report, "drop", Pass, "nothing");
    assert_item(&report, "names and destinations", Pass, "no other");
}
