//! Connections, their settings, and what the errors of SQLite mean.

use std::{path::Path, sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _, Row as _, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{file::create_private, runner_locks::RunnerLocks};
use crate::{
    clock::Clock,
    error::{Error, Result},
    ids::RunnerId,
    sql::{Access, Driver, Leases, SqlStore, transaction},
    store::StoreKind,
};

const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Earlier versions can damage a journal that two processes use.
const OLDEST_VERSION: [u32; 3] = [3, 51, 3];

/// Each pragma that must hold on each connection, as it reads back.
const SETTINGS: &[(&str, &str)] = &[
    ("PRAGMA journal_mode", "wal"),
    ("PRAGMA synchronous", "2"),
    ("PRAGMA foreign_keys", "1"),
    ("PRAGMA trusted_schema", "0"),
    ("PRAGMA busy_timeout", "10000"),
    ("PRAGMA mmap_size", "0"),
];

/// Statements are prepared once: there is no pooler between the program and the file.
const PERSISTENT: bool = true;

transaction!(
    SqliteTx,
    SqliteRow,
    sqlx::Sqlite,
    sqlx::sqlite::SqliteRow,
    sqlx::sqlite::SqliteArguments,
    classify
);

/// An SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    pub(super) path: std::path::PathBuf,
    pub(super) read_only: Option<String>,
    pub(super) warnings: Vec<String>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) timeout: Duration,
    /// One connection: writers of one process wait here, not in SQLite.
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
    pub(super) runners: RunnerLocks,
}

/// Returns the settings of a connection that changes nothing about the file by itself.
pub(super) fn plain(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging()
}

/// Returns the settings of a connection that reads and writes.
pub(super) fn writable(path: &Path) -> SqliteConnectOptions {
    plain(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("trusted_schema", "OFF")
        .pragma("mmap_size", "0")
}

/// Returns the settings of a connection to a file that cannot be written.
pub(super) fn readable(path: &Path) -> SqliteConnectOptions {
    let wal = path
        .with_file_name(format!("{}-wal", path.file_name().unwrap_or_default().to_string_lossy()));
    // Without a WAL nothing is missing from the file, and SQLite need not create the files that go with one.
    let has_wal = wal.metadata().is_ok_and(|wal| wal.len() > 0);
    plain(path).read_only(true).immutable(!has_wal).pragma("trusted_schema", "OFF")
}

/// A journal in an SQLite file.
pub type SqliteStore = SqlStore<Sqlite>;

/// Creates a pool whose connections are checked when they are made.
pub(super) fn pool(
    options: SqliteConnectOptions,
    connections: u32,
    is_checked: bool,
    timeout: Duration,
) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            Box::pin(
                async move { if is_checked { check_settings(connection).await } else { Ok(()) } },
            )
        })
        .connect_lazy_with(options)
}

/// Reads the settings back: a setting that SQLite does not take is not an error to it.
pub(super) async fn check_settings(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    for (sql, expected) in SETTINGS {
        let row = sqlx::query(*sql).fetch_optional(&mut *connection).await?;
        let found = match &row {
            Some(row) => row
                .try_get::<String, _>(0)
                .or_else(|_| row.try_get::<i64, _>(0).map(|number| number.to_string()))?,
            // Built without memory mapping.
            None => "0".to_owned(),
        };
        if found != *expected {
            let why = Error::Unsuitable(format!("`{sql}` gives {found}, not {expected}"));
            return Err(sqlx::Error::Configuration(why.into()));
        }
    }
    let version: String =
        sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut *connection).await?;
    let numbers: Vec<u32> = version.split('.').map_while(|part| part.parse().ok()).collect();
    if numbers.as_slice() < OLDEST_VERSION.as_slice() {
        let why = Error::Unsuitable(format!(
            "SQLite {version} can damage a journal that two processes use"
        ));
        return Err(sqlx::Error::Configuration(why.into()));
    }
    Ok(())
}

/// Translates an error of SQLite.
pub(super) fn classify(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Configuration(why) => match why.downcast::<Error>() {
            Ok(why) => *why,
            Err(why) => Error::Unsuitable(why.to_string()),
        },
        sqlx::Error::PoolTimedOut => Error::Busy("no free connection in time".to_owned()),
        sqlx::Error::PoolClosed => Error::Unreachable("the journal is closed".to_owned()),
        sqlx::Error::Database(error) => {
            let code: i32 = error.code().and_then(|code| code.parse().ok()).unwrap_or(1);
            let text = error.to_string();
            // The low byte is the kind; the rest says more.
            match code & 0xff {
                5 | 6 => Error::Busy(text),
                8 => Error::ReadOnly(text),
                11 => Error::Corrupt(text),
                13 => Error::DiskFull(text),
                26 => Error::NotAJournal(text),
                10 | 14 => Error::Unreachable(text),
                _ => Error::Database(Box::new(sqlx::Error::Database(error))),
            }
        }
        error => Error::Database(Box::new(error)),
    }
}

impl Driver for Sqlite {
    type Tx = SqliteTx;

    const BEGIN_IMPORT: Option<&'static str> = None;

    const COUNT_EVENT: &'static str =
        "UPDATE meta SET events = events + 1 WHERE one = 1 RETURNING events, NULL";

    async fn begin(&self, access: Access) -> Result<SqliteTx> {
        match access {
            Access::Read => SqliteTx::begin(&self.readers, "BEGIN DEFERRED", self.timeout).await,
            // A deferred transaction that becomes a writing one fails at once if another writes.
            Access::Write => SqliteTx::begin(&self.writer, "BEGIN IMMEDIATE", self.timeout).await,
        }
    }

    async fn now_ms(&self, _: &mut SqliteTx) -> Result<i64> {
        Ok(self.clock.wall_ms())
    }

    fn kind(&self) -> StoreKind {
        StoreKind::Sqlite
    }

    fn location(&self) -> String {
        self.path.display().to_string()
    }

    fn read_only(&self) -> Option<String> {
        self.read_only.clone()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn leases(&self) -> Leases {
        Leases::Locks
    }

    fn lock_runner(&self, runner: RunnerId) -> Result<()> {
        match &self.read_only {
            Some(why) => Err(Error::ReadOnly(why.clone())),
            None => self.runners.lock(runner),
        }
    }

    fn holds_runner(&self, runner: RunnerId) -> bool {
        self.runners.holds(runner)
    }

    fn runner_is_gone(&self, runner: RunnerId) -> Result<bool> {
        self.runners.is_free(runner)
    }

    fn forget_runner(&self, runner: RunnerId) {
        self.runners.remove(runner);
    }

    fn unlock_runner(&self, runner: RunnerId) {
        self.runners.unlock(runner);
    }

    async fn quick_check(&self) -> Result<()> {
        let found: String = sqlx::query_scalar("PRAGMA quick_check(1)")
            .fetch_one(&self.readers)
            .await
            .map_err(classify)?;
        if found == "ok" { Ok(()) } else { Err(Error::Corrupt(found)) }
    }

    async fn backup(&self, path: &Path) -> Result<()> {
        // Connections that only read refuse this statement.
        copy_into(&self.writer, path).await
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
        self.runners.unlock_all();
    }
}

/// Writes a copy into a new file that only this user can read.
pub(super) async fn copy_into(pool: &SqlitePool, path: &Path) -> Result<()> {
    let file = create_private(path).map_err(|error| Error::file("create", path, error))?;
    let name =
        path.to_str().ok_or_else(|| Error::Location(format!("{} is not UTF-8", path.display())))?;
    // SQLite writes into a file that is there if it is empty, and keeps its mode.
    sqlx::query("VACUUM INTO $1").bind(name.to_owned()).execute(pool).await.map_err(classify)?;
    file.sync_all().map_err(|error| Error::file("write", path, error))
}

/// Opens one connection apart from the pools.
pub(super) async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection> {
    SqliteConnection::connect_with(options).await.map_err(classify)
}
