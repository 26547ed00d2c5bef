//! Exports, imports and outcome files.

use std::io::Cursor;

use atlas_migrations_journal::{
    Error, JournalId,
    event::{EndResult, Operation},
    export, import, import_outcome_files,
    store::StreamFilter,
    write_outcome_file,
};

use super::on_both_stores;
use crate::support::{
    events,
    journal::{Kind, TestJournal, Worker},
};

on_both_stores! {
    an_export_is_imported_into_either_store,
    an_import_is_repeatable_and_refuses_another_history,
    an_outcome_file_is_imported_once,
    foreign_and_broken_outcome_files_stay,
}

async fn filled(
    journal: &TestJournal,
) -> std::sync::Arc<dyn atlas_migrations_journal::store::Store> {
    let store = journal.open().await;
    let (plan, started) = events::plan("weekend");
    let plan_id = plan.id;
    store.create(plan, started).await.unwrap();
    let (stream, first) = events::migration("orders");
    let worker = Worker::with_stream(&store, stream.in_plan(plan_id), first).await;
    let create = worker.intent(events::intent(Operation::Create)).await.unwrap();
    worker.fact(events::accepted(create.seq, &events::id(1))).await.unwrap();
    let (stream, first) = events::migration("users");
    let worker = Worker::with_stream(&store, stream, first).await;
    worker.fact(events::ended(EndResult::Failed)).await.unwrap();
    store.archive(worker.stream).await.unwrap();
    store
}

async fn exported(store: &dyn atlas_migrations_journal::store::Store) -> Vec<u8> {
    let mut output = Vec::new();
    let report = export(store, &mut output).await.unwrap();
    assert_eq!((report.streams, report.events, report.unreadable), (3, 6, 0));
    output
}

async fn an_export_is_imported_into_either_store(journal: TestJournal) {
    let store = filled(&journal).await;
    let lines = exported(&*store).await;
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let Some(other) = TestJournal::new(kind).await else { continue };
        let other = other.open().await;
        let report = import(&*other, &mut Cursor::new(&lines)).await.unwrap();
        assert_eq!((report.streams, report.added), (3, 6));
        let mut all = StreamFilter::default();
        all.archived = true;
        for row in store.streams(all).await.unwrap() {
            let (before, after) =
                (store.read(row.id, 0).await.unwrap(), other.read(row.id, 0).await.unwrap());
            for (before, mut after) in before.into_iter().zip(after) {
                after.position = before.position;
                assert_eq!(before, after);
            }
            let (imported, state) = other.state(row.id).await.unwrap();
            assert_eq!(
                (imported.phase, imported.plan, imported.archived),
                (row.phase, row.plan, row.archived)
            );
            assert_eq!(state, store.state(row.id).await.unwrap().1);
        }
        let problems = other.verify().await.unwrap().problems;
        assert!(problems.is_empty(), "{problems:?}");
        let again = import(&*other, &mut Cursor::new(&lines)).await.unwrap();
        assert_eq!(again.added, 0);
    }
}

async fn an_import_is_repeatable_and_refuses_another_history(journal: TestJournal) {
    let store = filled(&journal).await;
    let lines = String::from_utf8(exported(&*store).await).unwrap();
    let report = import(&*store, &mut Cursor::new(&lines)).await.unwrap();
    assert_eq!((report.streams, report.added), (3, 0));
    let other = atlas_migrations_journal::EventId::new().to_string();
    let forged: String = lines
        .lines()
        .map(|line| match line.find("\"event_id\":\"") {
            Some(at) if line.contains("plan_started") => {
                format!("{}{other}{}\n", &line[..at + 12], &line[at + 48..])
            }
            _ => format!("{line}\n"),
        })
        .collect();
    let error = import(&*store, &mut Cursor::new(forged)).await.unwrap_err();
    assert!(matches!(error, Error::Import { .. }), "{error}");
    for (text, expected) in [
        ("nonsense", "line 1"),
        ("{\"line\":\"event\"}", "line 1"),
        (&" ".repeat(5 << 20), "line 1 of the import: it is too long"),
        (&lines.replace("\"seq\":2", "\"seq\":9"), "event 9 follows event 1"),
    ] {
        let error = import(&*store, &mut Cursor::new(text)).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert!(store.verify().await.unwrap().problems.is_empty());
}

async fn an_outcome_file_is_imported_once(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    let create = worker.intent(events::intent(Operation::Create)).await.unwrap();
    let journal_id = store.info().await.unwrap().journal_id;
    let outcome = events::accepted(create.seq, &events::id(5)).with_runner(worker.runner());
    let missing = journal.folder.path().join("missing");
    let folders = [missing.as_path(), journal.folder.path()];
    let path = write_outcome_file(&folders, journal_id, worker.stream, &outcome).unwrap();
    assert_eq!(
        path.file_name().unwrap().to_string_lossy(),
        format!("outcome-{}.json", outcome.event_id)
    );
    let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    // The journal took it after all, and the file is there too.
    worker.fact(outcome.clone()).await.unwrap();
    let report = import_outcome_files(&*store, journal.folder.path()).await.unwrap();
    assert_eq!(report.imported, [(worker.stream, outcome.event_id)]);
    assert!(report.kept.is_empty() && !path.exists());
    assert_eq!(worker.head().await, 3);
    assert_eq!(store.state(worker.stream).await.unwrap().1.migration_id, Some(events::atlas_id(5)));
    assert!(import_outcome_files(&*store, &missing).await.unwrap().imported.is_empty());
}

async fn foreign_and_broken_outcome_files_stay(journal: TestJournal) {
    let store = journal.open().await;
    let worker = Worker::with_migration(&store, "orders").await;
    let folder = journal.folder.path();
    let own = store.info().await.unwrap().journal_id;
    write_outcome_file(&[folder], JournalId::new(), worker.stream, &events::ready()).unwrap();
    write_outcome_file(&[folder], own, worker.stream, &events::intent(Operation::Create)).unwrap();
    std::fs::write(folder.join("outcome-broken.json"), "{").unwrap();
    std::fs::write(folder.join("outcome-large.json"), " ".repeat(300 * 1024)).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", folder.join("outcome-link.json")).unwrap();
    let report = import_outcome_files(&*store, folder).await.unwrap();
    assert!(report.imported.is_empty());
    assert_eq!(report.kept.len(), 5, "{:?}", report.kept);
    assert!(report.kept.iter().all(|(path, _)| path.symlink_metadata().is_ok()));
    assert_eq!(worker.head().await, 1);
}
