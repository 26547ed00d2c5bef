//! Events are appended once, in order, and read back as they were.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use atlas_migrations_journal::{
    AppendObserver, Error, Redactor,
    event::{Event, Held, NewEvent, Observed, Operation, Planned, UnknownEvent},
    state::Phase,
    store::{Append, StreamFilter},
};
use serde_json::{Value, json};

use super::on_both_stores;
use crate::support::{
    events,
    journal::{Kind, TestJournal, Worker},
};

on_both_stores! {
    events_are_read_back_with_their_sequence_position_time_and_author,
    a_stale_head_is_a_conflict_and_a_fact_goes_to_the_end,
    the_same_event_is_stored_once,
    an_event_of_an_unknown_type_is_kept,
    text_with_a_nul_character_is_stored,
    events_cannot_be_changed_or_deleted,
    a_call_whose_caller_stops_waiting_goes_on,
    a_second_handle_sees_the_first_ones_events,
    a_password_in_a_request_is_replaced,
    each_append_is_observed_with_its_error,
}

async fn events_are_read_back_with_their_sequence_position_time_and_author(journal: TestJournal) {
    let store = journal.open().await;
    let (stream, first) = events::migration("orders");
    let id = stream.id;
    let created = store.create(stream, first.clone()).await.unwrap();
    assert_eq!((created.seq, created.position, created.repeated), (1, 1, false));
    let ready = events::ready();
    store.append(Append::fact(id, ready.clone()).at_head(1)).await.unwrap();

    let records = store.read(id, 0).await.unwrap();
    let places: Vec<_> = records.iter().map(|record| (record.seq, record.position)).collect();
    assert_eq!(places, [(1, 1), (2, 2)]);
    assert_eq!(records[0].event, first.event);
    assert_eq!(records[1].event_id, ready.event_id);
    assert_eq!(records[1].actor.as_str(), "ana@ops1");
    let info = store.info().await.unwrap();
    assert_eq!((info.events, info.read_only, info.schema_version), (2, None, 1));
    assert!((info.now_ms - records[1].at_ms).abs() < 60_000);
    let db_user = (journal.kind == Kind::Postgres).then(|| "owner".to_owned());
    assert_eq!(records[1].db_user, db_user);
    assert_eq!(store.read(id, 1).await.unwrap().len(), 1);
    assert_eq!(store.read_one(id, 2).await.unwrap().unwrap().seq, 2);
    store.quick_check().await.unwrap();
}

async fn a_stale_head_is_a_conflict_and_a_fact_goes_to_the_end(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    worker.fact(events::ready()).await.unwrap();
    let stale = Append::fact(worker.stream, events::event(Held::new())).at_head(1);
    let error = store.append(stale).await.unwrap_err();
    assert!(matches!(error, Error::Conflict { expected: 1, actual: 2, .. }), "{error}");
    assert!(error.is_conflict());
    assert_eq!(worker.fact(events::event(Held::new())).await.unwrap().seq, 3);
    assert_eq!(store.state(worker.stream).await.unwrap().1.phase(), Phase::Held);
    let missing = Append::fact(atlas_migrations_journal::StreamId::new(), events::ready());
    assert!(matches!(store.append(missing).await, Err(Error::NoSuchStream(_))));
}

async fn the_same_event_is_stored_once(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    let event = events::ready();
    let first = Append::fact(worker.stream, event).at_head(1);
    let stored = store.append(first.clone()).await.unwrap();
    let again = store.append(first.clone()).await.unwrap();
    assert!(again.repeated);
    assert_eq!((again.seq, again.position), (stored.seq, stored.position));
    // A fact at the end meets the constraint on identifiers instead of the head.
    let at_end = store.append(Append::fact(worker.stream, first.event)).await.unwrap();
    assert!(at_end.repeated);
    assert_eq!(worker.head().await, 2);
    // So does a repeated intent, and it gives no second right to send.
    let intent = Append::intent(worker.stream, 2, worker.fence, events::intent(Operation::Create));
    assert!(store.append(intent.clone()).await.unwrap().permit.is_some());
    let again = store.append(intent).await.unwrap();
    assert!(again.repeated && again.permit.is_none());
    assert!(store.verify().await.unwrap().problems.is_empty());
}

async fn an_event_of_an_unknown_type_is_kept(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    let Value::Object(fields) = json!({"depth": 3, "list": ["a", {"b": null}]}) else {
        unreachable!()
    };
    let later = Event::from_fields("rested", 4, &fields);
    worker.fact(events::event(later)).await.unwrap();
    let record = store.read_one(worker.stream, 2).await.unwrap().unwrap();
    let Event::Unknown(UnknownEvent { event_type, version, fields: kept, .. }) = record.event
    else {
        panic!()
    };
    assert_eq!((event_type.as_str(), version, kept), ("rested", 4, fields));
    worker.intent(events::intent(Operation::Create)).await.unwrap();
}

async fn text_with_a_nul_character_is_stored(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    worker.fact(events::event(Observed::new("NEW\0STATUS".to_owned(), 0))).await.unwrap();
    let record = store.read_one(worker.stream, 2).await.unwrap().unwrap();
    assert_eq!(record.fields["status"], "NEW\0STATUS");
}

async fn events_cannot_be_changed_or_deleted(journal: TestJournal) {
    let store = journal.open().await;
    Worker::with_migration(&store, "orders").await;
    for sql in ["UPDATE event SET actor = 'eve'", "DELETE FROM event"] {
        let error = journal.sql(sql).await.unwrap_err().to_string();
        assert!(error.contains("events are append-only"), "{error}");
    }
    if journal.kind == Kind::Postgres {
        assert!(journal.sql("TRUNCATE event").await.is_err());
    }
}

async fn a_call_whose_caller_stops_waiting_goes_on(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    let event = events::ready();
    {
        let mut call = store.append(Append::fact(worker.stream, event.clone()));
        let waker = std::task::Waker::noop();
        let _ = call.as_mut().poll(&mut std::task::Context::from_waker(waker));
    }
    let appended = async {
        while worker.head().await != 2 {
            // The task goes on in its own time.
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), appended).await.unwrap();
    assert_eq!(store.read(worker.stream, 1).await.unwrap()[0].event_id, event.event_id);
}

async fn a_second_handle_sees_the_first_ones_events(journal: TestJournal) {
    let (first, second) = (journal.open().await, journal.open().await);
    let worker = Worker::with_migration(&first, "orders").await;
    let mark = second.info().await.unwrap().events;
    assert!(second.changes(mark).await.unwrap().is_empty());
    for _ in 0..3 {
        worker.fact(events::ready()).await.unwrap();
        second.append(Append::fact(worker.stream, events::ready())).await.unwrap();
    }
    let changes = second.changes(mark).await.unwrap();
    let positions: Vec<_> = changes.iter().map(|record| record.position).collect();
    assert_eq!(positions, (2..=7).collect::<Vec<_>>());
    assert_eq!(
        first.state(worker.stream).await.unwrap(),
        second.state(worker.stream).await.unwrap()
    );
    assert_eq!(first.info().await.unwrap().journal_id, second.info().await.unwrap().journal_id);
    assert!(first.verify().await.unwrap().problems.is_empty());
}

async fn a_password_in_a_request_is_replaced(journal: TestJournal) {
    let mut options = journal.options();
    options.redactor = Redactor::new(["canary-token"]);
    let store = atlas_migrations_journal::open(&journal.location, options).await.unwrap();
    let (stream, first) = events::migration("orders");
    let Event::Planned(mut planned) = first.event else { unreachable!() };
    planned.request =
        json!({"source": {"password": "canary-pass", "note": "has canary-token in it"}});
    let first = NewEvent::new(events::actor(), planned);
    store.create(stream, first).await.unwrap();
    let row = &store.streams(StreamFilter::default()).await.unwrap()[0];
    let record = store.read_one(row.id, 1).await.unwrap().unwrap();
    assert_eq!(record.fields["request"]["source"]["password"], true);
    assert!(!record.fields["request"].to_string().contains("canary"));
    let Event::Planned(Planned { request, .. }) = record.event else { panic!() };
    assert_eq!(request["source"]["password"], true);
    // Nobody knows which fields of a later version hold a password.
    let later = json!({"source": {"password": "canary-pass"}, "note": "has canary-token in it"});
    let later = Event::from_fields("rested", 4, later.as_object().unwrap());
    store.append(Append::fact(row.id, events::event(later))).await.unwrap();
    let record = store.read_one(row.id, 2).await.unwrap().unwrap();
    assert!(!json!(record.fields).to_string().contains("canary"), "{:?}", record.fields);
}

/// The bug: slow or failing writes do not show in the metrics.
async fn each_append_is_observed_with_its_error(journal: TestJournal) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observed = Arc::clone(&seen);
    let mut options = journal.options();
    options.append_observer = Some(AppendObserver::new(move |took, error| {
        observed.lock().unwrap().push((took, error.is_some_and(Error::is_conflict)));
    }));
    let store = atlas_migrations_journal::open(&journal.location, options).await.unwrap();
    let worker = Worker::with_migration(&store, "orders").await;
    worker.fact(events::ready()).await.unwrap();
    store.append(Append::fact(worker.stream, events::ready()).at_head(1)).await.unwrap_err();
    let seen = seen.lock().unwrap();
    assert_eq!(
        seen.iter().map(|(_, is_conflict)| *is_conflict).collect::<Vec<_>>(),
        [false, false, true]
    );
    assert!(seen.iter().all(|(took, _)| took.is_zero()), "the clock stands: {seen:?}");
}
