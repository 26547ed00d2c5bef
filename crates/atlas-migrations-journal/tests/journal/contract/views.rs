//! Names, deliveries, checks, and what a journal says when it is not what it was.

use std::time::Duration;

use atlas_migrations_journal::{
    Error,
    event::{EndResult, Operation, StreamKind},
    store::{Append, Delivery, DeliveryState, StreamFilter},
};

use super::on_both_stores;
use crate::support::{
    events,
    journal::{TestJournal, Worker},
};

on_both_stores! {
    a_name_is_unique_until_its_stream_is_archived,
    two_creators_of_one_name_race_safely,
    deliveries_of_a_hook_come_in_order_and_each_try_counts_once,
    a_try_of_a_delivery_belongs_to_one_process_until_it_ends_or_its_time_is_over,
    deliveries_are_forgotten_after_the_end_of_their_stream,
    verify_finds_what_does_not_follow_from_the_events,
    lost_history_stops_every_intent,
    a_newer_journal_is_read_but_never_written,
    a_backup_is_a_whole_journal,
}

async fn a_name_is_unique_until_its_stream_is_archived(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    let (stream, first) = events::migration("orders");
    let error = store.create(stream, first).await.unwrap_err();
    assert!(matches!(&error, Error::NameTaken { name, .. } if name == "orders"), "{error}");
    assert!(matches!(store.archive(worker.stream).await, Err(Error::NotEnded(_))));
    worker.fact(events::ended(EndResult::Failed)).await.unwrap();
    store.archive(worker.stream).await.unwrap();
    Worker::with_migration(&store, "orders").await;
    let mut filter = StreamFilter::default();
    filter.kind = Some(StreamKind::Migration);
    filter.scope = Some("weekend".to_owned());
    filter.name = Some("orders".to_owned());
    assert_eq!(store.streams(filter.clone()).await.unwrap().len(), 1);
    filter.archived = true;
    assert_eq!(store.streams(filter.clone()).await.unwrap().len(), 2);
    filter.scope = Some(String::new());
    assert!(store.streams(filter).await.unwrap().is_empty());
}

async fn two_creators_of_one_name_race_safely(journal: TestJournal) {
    let mut tasks = Vec::new();
    for _ in 0..4 {
        let store = journal.open().await;
        tasks.push(tokio::spawn(async move {
            let (stream, first) = events::migration("orders");
            store.create(stream, first).await
        }));
    }
    let mut created = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => created += 1,
            Err(error) => assert!(matches!(error, Error::NameTaken { .. }), "{error}"),
        }
    }
    assert_eq!(created, 1);
}

async fn deliveries_of_a_hook_come_in_order_and_each_try_counts_once(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    let ready = worker.fact(events::ready()).await.unwrap();
    let now_ms = store.info().await.unwrap().now_ms;
    for (hook, seq) in [("slack", 1), ("slack", 2), ("page", 2)] {
        assert!(store.put_delivery(Delivery::new(hook, worker.stream, seq, now_ms)).await.unwrap());
        assert!(
            !store.put_delivery(Delivery::new(hook, worker.stream, seq, now_ms)).await.unwrap()
        );
    }
    journal.pass(Duration::from_secs(1)).await;
    let due = store.due_deliveries(None, 10).await.unwrap();
    let mut found: Vec<_> =
        due.iter().map(|delivery| (delivery.hook.as_str(), delivery.seq)).collect();
    found.sort_unstable();
    assert_eq!(found, [("page", 2), ("slack", 1)], "the second of `slack` waits for the first");
    assert_eq!(
        due.iter().find(|delivery| delivery.seq == 2).unwrap().event_id,
        Some(ready.event_id)
    );

    let slack = due.into_iter().find(|delivery| delivery.hook == "slack").unwrap();
    let later = slack.clone().tried(DeliveryState::Pending, now_ms + 60_000);
    assert!(store.put_delivery(later.clone()).await.unwrap());
    assert!(!store.put_delivery(later.clone()).await.unwrap(), "another process made this try");
    assert_eq!(store.due_deliveries(None, 10).await.unwrap().len(), 1);
    let over = later.tried(DeliveryState::GivenUp, 0);
    assert!(store.put_delivery(over).await.unwrap());
    let due = store.due_deliveries(None, 10).await.unwrap();
    assert!(
        due.iter()
            .any(|delivery| (delivery.hook.as_str(), delivery.seq, delivery.tries)
                == ("slack", 2, 0))
    );
}

async fn a_try_of_a_delivery_belongs_to_one_process_until_it_ends_or_its_time_is_over(
    journal: TestJournal,
) {
    let store = journal.open().await;
    let (plan, started) = events::plan("weekend");
    let plan_id = plan.id;
    store.create(plan, started).await.unwrap();
    let (stream, first) = events::migration("orders");
    let worker = Worker::with_stream(&store, stream.in_plan(plan_id), first).await;
    let alone = Worker::with_migration(&store, "alone").await;
    let now_ms = store.info().await.unwrap().now_ms;
    for stream in [worker.stream, alone.stream] {
        assert!(store.put_delivery(Delivery::new("slack", stream, 1, now_ms)).await.unwrap());
    }
    journal.pass(Duration::from_secs(1)).await;
    assert_eq!(store.due_deliveries(None, 10).await.unwrap().len(), 2);
    let due = store.due_deliveries(Some(plan_id), 10).await.unwrap();
    assert_eq!(due.len(), 1, "the other migration is in no plan");

    let first = due[0].clone().tried(DeliveryState::Pending, now_ms + 60_000);
    assert!(store.put_delivery(first.clone()).await.unwrap());
    assert!(!store.put_delivery(first.clone()).await.unwrap(), "another process makes this try");
    assert!(store.due_deliveries(Some(plan_id), 10).await.unwrap().is_empty());
    journal.pass(Duration::from_mins(1)).await;
    let due = store.due_deliveries(Some(plan_id), 10).await.unwrap();
    assert_eq!(due[0].tries, 1, "the process that made the try is gone");
    let second = due[0].clone().tried(DeliveryState::Pending, now_ms + 180_000);
    assert!(store.put_delivery(second.clone()).await.unwrap());
    let late = first.ended(DeliveryState::GivenUp, 0);
    assert!(!store.end_delivery(late).await.unwrap(), "the second try decides");
    let delivered = second.ended(DeliveryState::Delivered, 0);
    assert!(store.end_delivery(delivered.clone()).await.unwrap());
    assert!(!store.end_delivery(delivered).await.unwrap(), "it ends once");

    // A clock that was an hour ahead and is set back holds nothing back.
    let ahead = Delivery::new("slack", worker.stream, 2, now_ms + 2 * 3_600_000);
    assert!(store.put_delivery(ahead).await.unwrap());
    assert_eq!(store.due_deliveries(Some(plan_id), 10).await.unwrap().len(), 1);
}

async fn deliveries_are_forgotten_after_the_end_of_their_stream(journal: TestJournal) {
    let store = journal.open().await;
    let ended = Worker::with_migration(&store, "ended").await;
    let open = Worker::with_migration(&store, "open").await;
    let now_ms = store.info().await.unwrap().now_ms;
    for stream in [ended.stream, open.stream] {
        assert!(store.put_delivery(Delivery::new("slack", stream, 1, now_ms)).await.unwrap());
    }
    ended.fact(events::ended(EndResult::Failed)).await.unwrap();
    assert_eq!(store.forget_deliveries(now_ms - 1).await.unwrap(), 0, "it ended later");
    assert_eq!(store.forget_deliveries(now_ms + 60_000).await.unwrap(), 1);
    journal.pass(Duration::from_secs(1)).await;
    let due = store.due_deliveries(None, 10).await.unwrap();
    assert_eq!((due.len(), due[0].stream), (1, open.stream));
}

async fn verify_finds_what_does_not_follow_from_the_events(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    worker.intent(events::intent(Operation::Create)).await.unwrap();
    Worker::with_migration(&store, "users").await;
    let report = store.verify().await.unwrap();
    assert_eq!((report.streams, report.events, report.problems.len()), (2, 3, 0));
    for (sql, undo, expected) in [
        (
            "UPDATE stream SET state = 'ready' WHERE name = 'orders'",
            "UPDATE stream SET state = 'creating' WHERE name = 'orders'",
            "state is ready",
        ),
        ("UPDATE stream SET destination = NULL WHERE name = 'orders'", "", "destination is None"),
        ("UPDATE slot SET state = 'done'", "UPDATE slot SET state = 'open'", "slots"),
        (
            "UPDATE stream SET head = 5 WHERE name = 'orders'",
            "UPDATE stream SET head = 2 WHERE name = 'orders'",
            "head is 5",
        ),
        ("UPDATE meta SET events = 9", "UPDATE meta SET events = 3", "9 events were counted"),
    ] {
        journal.sql(sql).await.unwrap();
        let problems = store.verify().await.unwrap().problems;
        assert!(
            problems.iter().any(|problem| problem.to_string().contains(expected)),
            "{sql}: {problems:?}"
        );
        if !undo.is_empty() {
            journal.sql(undo).await.unwrap();
        }
    }
}

async fn lost_history_stops_every_intent(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    worker.fact(events::ready()).await.unwrap();
    // A standby that lags behind took over, or an old copy was restored.
    journal.sql("UPDATE meta SET events = 1").await.unwrap();
    let error = store.info().await.unwrap_err();
    assert!(matches!(error, Error::HistoryLost { acknowledged: 2, found: 1 }), "{error}");
    journal.sql("UPDATE meta SET events = 2").await.unwrap();
    let head = worker.head().await;
    let intent =
        Append::intent(worker.stream, head, worker.fence, events::intent(Operation::Create));
    assert!(
        matches!(store.append(intent).await, Err(Error::HistoryLost { .. })),
        "it stays refused"
    );
    worker.fact(events::ready()).await.unwrap();
    // The same for one stream.
    let other = journal.open().await;
    let witness = Worker::claiming(&other, worker.stream, true).await;
    witness.fact(events::ready()).await.unwrap();
    journal.sql("UPDATE stream SET head = 3").await.unwrap();
    let error = other.state(worker.stream).await.unwrap_err();
    assert!(matches!(error, Error::HistoryLost { acknowledged: 4, found: 3 }), "{error}");
    let error = witness.fact(events::ready()).await.unwrap_err();
    assert!(matches!(error, Error::HistoryLost { acknowledged: 4, found: 3 }), "{error}");
}

async fn a_newer_journal_is_read_but_never_written(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    store.close().await;
    journal.sql("UPDATE meta SET schema_version = 7, oldest_reader = 1").await.unwrap();
    let newer = journal.open().await;
    assert!(newer.info().await.unwrap().read_only.unwrap().contains("schema version 7"));
    assert_eq!(newer.read(worker.stream, 0).await.unwrap().len(), 1);
    let error = newer.append(Append::fact(worker.stream, events::ready())).await.unwrap_err();
    assert!(matches!(error, Error::ReadOnly(_)), "{error}");
    assert!(newer.register(events::runner()).await.is_err());
    journal.sql("UPDATE meta SET oldest_reader = 7").await.unwrap();
    let error =
        atlas_migrations_journal::open(&journal.location, journal.options()).await.unwrap_err();
    assert!(matches!(error, Error::Newer { found: 7, known: 1, readable: false }), "{error}");
    assert!(error.to_string().contains("update the program"));
}

async fn a_backup_is_a_whole_journal(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    let copy = journal.folder.path().join("copy.db");
    match store.backup(&copy).await {
        Err(error) => {
            assert_eq!(journal.kind, crate::support::journal::Kind::Postgres);
            assert!(error.to_string().contains("pg_dump"));
        }
        Ok(()) => {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            assert!(
                store.backup(&copy).await.is_err(),
                "a file that is there is never written over"
            );
            let copied = atlas_migrations_journal::SqliteStore::open(&copy, journal.options())
                .await
                .unwrap();
            let copied: std::sync::Arc<dyn atlas_migrations_journal::store::Store> =
                std::sync::Arc::new(copied);
            assert_eq!(
                copied.read(worker.stream, 0).await.unwrap(),
                store.read(worker.stream, 0).await.unwrap()
            );
            assert!(copied.verify().await.unwrap().problems.is_empty());
        }
    }
}
