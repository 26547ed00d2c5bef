//! Full disks, read-only disks, damaged files, and locks of other processes.

use std::{
    fs,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use atlas_migrations_journal::{
    Error, Location, SqliteStore,
    event::{Held, Operation},
    export, import_outcome_files, open,
    store::{Append, Store},
    write_outcome_file,
};
use sqlx::{Connection as _, SqliteConnection};

use crate::support::{
    events,
    journal::{Kind, TestJournal, Worker},
};

/// A small disk of its own, where this user may mount one.
struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    fn mount(folder: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let options = format!("size={size},mode=700");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "journal-test"])
            .arg(folder)
            .output();
        if mounted.is_ok_and(|output| output.status.success()) {
            Some(Self { folder: folder.to_owned() })
        } else {
            eprintln!("SKIPPED: no disk can be mounted here (that needs root)");
            None
        }
    }

    fn remount(&self, option: &str) {
        let options = format!("remount,{option}");
        assert!(
            Command::new("mount")
                .args(["-o", &options])
                .arg(&self.folder)
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.folder).status();
    }
}

async fn open_at(journal: &TestJournal, path: &Path) -> Arc<dyn Store> {
    open(&Location::File(path.to_owned()), journal.options()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_intents_by_name_and_loses_nothing() {
    let journal = TestJournal::new(Kind::Sqlite).await.unwrap();
    let Some(disk) = SmallDisk::mount(&journal.folder.path().join("disk"), "1m") else { return };
    let store = open_at(&journal, &disk.folder.join("journal.db")).await;
    assert!(store.info().await.unwrap().warnings[0].contains("tmpfs"));
    let worker = Worker::with_migration(&store, "orders").await;
    let create = worker.intent(events::intent(Operation::Create)).await.unwrap();
    let ballast = disk.folder.join("ballast");
    let mut stored = 2;
    let error = loop {
        // What is left is taken, page by page.
        let _ = fs::write(&ballast, vec![0; 1 << 20]);
        match worker.fact(events::ready()).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::DiskFull(_)), "{error}");
    assert!(error.to_string().contains("no space is left"));
    let outcome = events::accepted(create.seq, &events::id(9));
    assert!(worker.fact(outcome.clone()).await.is_err());
    assert_eq!(worker.head().await, stored, "reads go on");
    let intent = worker.intent(events::intent(Operation::Cutover)).await;
    assert!(intent.is_err());

    // The outcome goes into a file, and from there into the journal once there is space.
    let journal_id = store.info().await.unwrap().journal_id;
    let folders = [disk.folder.as_path(), journal.folder.path()];
    write_outcome_file(&folders, journal_id, worker.stream, &outcome).unwrap();
    assert!(
        fs::read_dir(&disk.folder)
            .unwrap()
            .flatten()
            .all(|entry| !entry.file_name().to_string_lossy().contains(".part"))
    );
    fs::remove_file(&ballast).unwrap();
    let report = import_outcome_files(&*store, journal.folder.path()).await.unwrap();
    assert_eq!(report.imported.len(), 1, "{:?}", report.kept);
    assert_eq!(store.state(worker.stream).await.unwrap().1.migration_id, Some(events::atlas_id(9)));
    worker.fact(events::ready()).await.unwrap();
    store.quick_check().await.unwrap();
    let report = store.verify().await.unwrap();
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert_eq!(report.events, stored + 2);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_disk_can_be_read_and_is_never_written() {
    let journal = TestJournal::new(Kind::Sqlite).await.unwrap();
    let Some(disk) = SmallDisk::mount(&journal.folder.path().join("disk"), "4m") else { return };
    let path = disk.folder.join("journal.db");
    let store = open_at(&journal, &path).await;
    let worker = Worker::with_migration(&store, "orders").await;
    store.close().await;
    disk.remount("ro");
    let store = open_at(&journal, &path).await;
    assert!(store.info().await.unwrap().read_only.is_some());
    assert_eq!(store.read(worker.stream, 0).await.unwrap().len(), 1);
    let error = store.append(Append::fact(worker.stream, events::ready())).await.unwrap_err();
    assert!(matches!(error, Error::ReadOnly(_)), "{error}");
    assert!(store.register(events::runner()).await.is_err());
    assert!(store.verify().await.unwrap().problems.is_empty());
    let mut lines = Vec::new();
    assert_eq!(export(&*store, &mut lines).await.unwrap().events, 1);
    store.close().await;
    disk.remount("rw");
    let store = open_at(&journal, &path).await;
    store.append(Append::fact(worker.stream, events::ready())).await.unwrap();
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_page_is_found_and_the_rest_is_exported() {
    let journal = TestJournal::new(Kind::Sqlite).await.unwrap();
    let store = journal.open().await;
    let mut streams = Vec::new();
    for name in ["a", "b", "c"] {
        let worker = Worker::with_migration(&store, name).await;
        for _ in 0..40 {
            let mut held = Held::new();
            held.reason =
                Some(atlas_migrations_journal::Redactor::default().text(&"reason ".repeat(40)));
            worker.fact(events::event(held)).await.unwrap();
        }
        streams.push(worker.stream);
    }
    store.close().await;
    // A page of the table that has the events: the one with the most of them is in the middle.
    let file = fs::OpenOptions::new().read(true).write(true).open(journal.path()).unwrap();
    let size = file.metadata().unwrap().len();
    let mut page = vec![0; 4096];
    let middle = (1..size / 4096).filter(|number| {
        file.read_exact_at(&mut page, number * 4096).unwrap();
        page[0] == 13 && page.windows(14).any(|window| window == b"reason reason ")
    });
    let pages: Vec<u64> = middle.collect();
    let damaged = pages[pages.len() / 2];
    file.write_all_at(&[0xa5; 4096], damaged * 4096).unwrap();
    drop(file);

    let store = journal.open().await;
    let error = store.quick_check().await.unwrap_err();
    assert!(matches!(error, Error::Corrupt(_)), "{error}");
    assert!(error.to_string().contains("journal export"));
    let mut lines = Vec::new();
    let report = export(&*store, &mut lines).await.unwrap();
    assert_eq!((report.streams, report.events + report.unreadable), (3, 123));
    assert!(report.unreadable > 0 && report.unreadable < 41, "{report:?}");
    let text = String::from_utf8(lines).unwrap();
    let unreadable = text.lines().filter(|line| line.contains(r#""line":"unreadable""#)).count();
    assert_eq!(unreadable as u64, report.unreadable);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_no_journal_is_refused_and_left_alone() {
    let journal = TestJournal::new(Kind::Sqlite).await.unwrap();
    let garbage = journal.folder.path().join("garbage.db");
    fs::write(&garbage, "This is a diary, not a database. ".repeat(200)).unwrap();
    let other = journal.folder.path().join("other.db");
    let mut connection =
        SqliteConnection::connect(&format!("sqlite://{}?mode=rwc", other.display())).await.unwrap();
    sqlx::raw_sql("CREATE TABLE diary (day TEXT)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    for path in [garbage, other] {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let before = fs::read(&path).unwrap();
        let error = SqliteStore::open(&path, journal.options()).await.unwrap_err();
        assert!(matches!(error, Error::NotAJournal(_)), "{error}");
        assert!(before == fs::read(&path).unwrap(), "{} was changed", path.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_processes_create_a_journal_at_once() {
    let journal = Arc::new(TestJournal::new(Kind::Sqlite).await.unwrap());
    let mut tasks = Vec::new();
    for _ in 0..8 {
        let journal = journal.clone();
        tasks.push(tokio::spawn(
            async move { journal.open().await.info().await.unwrap().journal_id },
        ));
    }
    let mut ids = Vec::new();
    for task in tasks {
        ids.push(task.await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
}
