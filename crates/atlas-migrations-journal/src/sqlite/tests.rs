//! Tests of schema steps: a copy is written first, and a step that fails changes nothing.

use std::path::Path;

use super::{
    SqliteStore,
    connection::{check_settings, connect, plain, writable},
    create_private,
    open::{open_with, read_versions},
};
use crate::{
    error::Error,
    event::{Actor, NewEvent, Planned, StreamKind},
    hash::Hash,
    sql::{Options, STEPS, Step},
    store::{NewStream, Store, StreamFilter},
};

const LATER: &[Step] = &[
    STEPS[0],
    Step {
        version: 2,
        oldest_reader: 1,
        sqlite: "ALTER TABLE runner ADD COLUMN note TEXT",
        postgres: "",
    },
];

const BROKEN: &[Step] = &[
    STEPS[0],
    Step {
        version: 2,
        oldest_reader: 2,
        sqlite: "ALTER TABLE runner ADD COLUMN note TEXT; ALTER TABLE missing ADD COLUMN note TEXT",
        postgres: "",
    },
];

async fn filled(path: &Path) {
    let store = SqliteStore::open(path, Options::default()).await.unwrap();
    let hash = Hash::of(&serde_json::json!(1));
    let planned =
        Planned::new("orders".parse().unwrap(), hash.clone(), hash, serde_json::json!({}));
    let first = NewEvent::new(Actor::new("ana", "ops1"), planned);
    store
        .create(NewStream::new(StreamKind::Migration, "", "orders".parse().unwrap()), first)
        .await
        .unwrap();
    store.close().await;
}

async fn streams(store: &SqliteStore) -> usize {
    store.streams(StreamFilter::default()).await.unwrap().len()
}

#[tokio::test]
async fn a_schema_step_keeps_the_events_and_writes_a_copy_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    filled(&path).await;
    let store = open_with(&path, Options::default(), LATER).await.unwrap();
    assert_eq!(store.info().await.unwrap().schema_version, 2);
    assert_eq!(streams(&store).await, 1);
    assert!(store.verify().await.unwrap().problems.is_empty());
    store.close().await;
    let copy = folder.path().join("journal.db.before-migration-from-1");
    let copied = SqliteStore::open(&copy, Options::default()).await.unwrap();
    assert_eq!((copied.info().await.unwrap().schema_version, streams(&copied).await), (1, 1));
    // The program before the step reads on and does not write.
    let older = SqliteStore::open(&path, Options::default()).await.unwrap();
    assert!(older.info().await.unwrap().read_only.is_some());
    assert_eq!(streams(&older).await, 1);
}

#[tokio::test]
async fn a_schema_step_that_fails_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    filled(&path).await;
    let error = open_with(&path, Options::default(), BROKEN).await.unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error}");
    let store = SqliteStore::open(&path, Options::default()).await.unwrap();
    let info = store.info().await.unwrap();
    assert_eq!((info.schema_version, info.read_only), (1, None));
    assert_eq!(streams(&store).await, 1);
    // The column of the half of the step that succeeded is not there.
    store.close().await;
    open_with(&path, Options::default(), LATER).await.unwrap();
}

#[tokio::test]
async fn an_empty_file_becomes_a_journal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    create_private(&path).unwrap();
    let store = SqliteStore::open(&path, Options::default()).await.unwrap();
    assert_eq!(store.info().await.unwrap().events, 0);
}

#[tokio::test]
async fn a_setting_that_sqlite_did_not_take_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    filled(&path).await;
    let weak = writable(&path).synchronous(sqlx::sqlite::SqliteSynchronous::Normal);
    let mut connection = connect(&weak).await.unwrap();
    let error = check_settings(&mut connection).await.unwrap_err().to_string();
    assert!(error.contains("`PRAGMA synchronous` gives 1, not 2"), "{error}");
    let mut connection = connect(&writable(&path)).await.unwrap();
    check_settings(&mut connection).await.unwrap();
}

#[tokio::test]
async fn a_clean_close_leaves_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    filled(&path).await;
    let names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(names, ["journal.db"]);
}

/// The bug: of two commands that start at once, one says that the journal is a file of another program.
#[tokio::test]
async fn a_journal_is_empty_or_whole_to_a_reader_while_another_creates_it() {
    for _ in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        drop(create_private(&path).unwrap());
        let mut reader = connect(&plain(&path)).await.unwrap();
        let creation =
            tokio::spawn(async move { SqliteStore::open(&path, Options::default()).await });
        let mut is_created = false;
        while read_versions(&mut reader).await.unwrap().is_none() {
            assert!(!is_created, "a journal that is created is not empty");
            is_created = creation.is_finished();
        }
        creation.await.unwrap().unwrap();
    }
}
