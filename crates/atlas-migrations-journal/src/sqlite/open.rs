//! Opens a journal and brings its schema up to date.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use sqlx::{Connection as _, SqliteConnection, SqlitePool};
use uuid::Uuid;

use super::{
    SqliteStore,
    connection::{
        Sqlite, check_settings, classify, connect, copy_into, plain, pool, readable, writable,
    },
    file::prepare,
    runner_locks::RunnerLocks,
};
use crate::{
    error::{Error, Result},
    ids::JournalId,
    sql::{Core, Options, STEPS, SchemaState, Step, state_of},
};

/// Marks the file as a journal of live migrations.
const APPLICATION_ID: i64 = 1_096_043_082;

/// How many connections read at the same time.
const READERS: u32 = 4;

/// How often opening is tried while another process creates the journal.
const OPEN_ATTEMPTS: u32 = 20;

/// The versions that a file says.
pub(super) struct Versions {
    journal_id: JournalId,
    schema_version: i64,
    oldest_reader: i64,
}

impl SqliteStore {
    /// Opens the journal in a file, or creates it there.
    ///
    /// # Errors
    /// Fails when the file or its folder is not safe, is on a network disk, is something else, is damaged, or was made by a
    /// later version that this one cannot read.
    pub async fn open(path: &Path, options: Options) -> Result<Self> {
        open_with(path, options, STEPS).await
    }
}

/// Returns the place of the journal of this user: `$XDG_STATE_HOME/atlas-migrations/journal.db`, or the same in
/// `~/.local/state`.
///
/// # Errors
/// Fails when neither `XDG_STATE_HOME` nor `HOME` is an absolute path.
pub fn default_path() -> Result<PathBuf> {
    let absolute =
        |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
        .map(|state| state.join("atlas-migrations/journal.db"))
        .ok_or_else(|| {
            Error::Location("no folder for the journal: set HOME, or say where it is".to_owned())
        })
}

pub(super) async fn open_with(
    path: &Path,
    options: Options,
    steps: &'static [Step],
) -> Result<SqliteStore> {
    let started = options.clock.since_boot();
    let mut attempt = 0;
    loop {
        attempt += 1;
        let waited = options.clock.since_boot().saturating_sub(started);
        match open_once(path, options.clone(), steps).await {
            // Two processes that create a journal at the same moment get in each other's way.
            Err(Error::Busy(_)) if attempt < OPEN_ATTEMPTS && waited < options.timeout => {
                tokio::time::sleep(options.read_retry.pause(0)).await;
            }
            opened => return opened,
        }
    }
}

async fn open_once(path: &Path, options: Options, steps: &'static [Step]) -> Result<SqliteStore> {
    let prepared = prepare(path)?;
    let mut read_only = prepared.read_only;
    let versions = match &read_only {
        Some(why) => read_versions(&mut connect(&readable(path)).await?)
            .await?
            .ok_or_else(|| Error::ReadOnly(why.clone()))?,
        None => bring_up_to_date(path, &options, steps).await?,
    };
    if state_of(steps, versions.schema_version, versions.oldest_reader)? == SchemaState::ReadOnly
        && read_only.is_none()
    {
        let known = steps.last().map_or(0, |step| step.version);
        read_only = Some(
            Error::Newer { found: versions.schema_version, known, readable: true }.to_string(),
        );
    }
    let connections = if prepared_is_writable(read_only.as_deref(), path) {
        writable(path)
    } else {
        readable(path)
    };
    let is_checked = read_only.is_none();
    let timeout = options.timeout;
    let driver = Sqlite {
        path: prepared.path,
        warnings: prepared.warnings,
        clock: Arc::clone(&options.clock),
        timeout,
        writer: pool(connections.clone(), 1, is_checked, timeout),
        readers: pool(
            if is_checked { connections.pragma("query_only", "ON") } else { connections },
            READERS,
            is_checked,
            timeout,
        ),
        runners: RunnerLocks::new(prepared.folder.join("runners")),
        read_only,
    };
    Ok(SqliteStore::new(Core::new(driver, options, versions.journal_id, versions.schema_version)))
}

/// Returns whether connections may write the files beside the journal, which reading in WAL mode needs.
fn prepared_is_writable(read_only: Option<&str>, path: &Path) -> bool {
    read_only.is_none() || std::fs::OpenOptions::new().write(true).open(path).is_ok()
}

/// Creates the schema, or brings it up to date.
async fn bring_up_to_date(path: &Path, options: &Options, steps: &[Step]) -> Result<Versions> {
    // Before a setting is written into a file that is not a journal.
    let mut connection = connect(&plain(path)).await?;
    read_versions(&mut connection).await?;
    connection.close().await.map_err(classify)?;
    let mut connection = connect(&writable(path)).await?;
    // A pool hides why it cannot connect.
    check_settings(&mut connection).await.map_err(classify)?;
    if let Some(versions) = read_versions(&mut connection).await? {
        if state_of(steps, versions.schema_version, versions.oldest_reader)? != SchemaState::Older {
            connection.close().await.map_err(classify)?;
            return Ok(versions);
        }
        back_up(path, versions.schema_version, options).await?;
    }
    run(&mut connection, "BEGIN EXCLUSIVE").await?;
    let migrated = migrate(&mut connection, options, steps).await;
    match migrated {
        Ok(()) => run(&mut connection, "COMMIT").await?,
        Err(error) => {
            // Closing the connection rolls back too.
            let _ = run(&mut connection, "ROLLBACK").await;
            return Err(error);
        }
    }
    let versions = read_versions(&mut connection).await?;
    connection.close().await.map_err(classify)?;
    versions.ok_or_else(|| Error::NotAJournal(format!("{} has no schema", path.display())))
}

/// Writes a copy beside the journal before its schema changes. A copy that is there already is from an earlier try.
async fn back_up(path: &Path, version: i64, options: &Options) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".before-migration-from-{version}"));
    let copy = path.with_file_name(name);
    if copy.exists() {
        return Ok(());
    }
    let pool: SqlitePool = pool(writable(path), 1, true, options.timeout);
    let copied = copy_into(&pool, &copy).await;
    pool.close().await;
    if copied.is_err() {
        // What was written is of no use.
        let _ = std::fs::remove_file(&copy);
    }
    copied
}

/// Runs the missing steps inside the transaction, and looks again first: another process may have run them.
async fn migrate(
    connection: &mut SqliteConnection,
    options: &Options,
    steps: &[Step],
) -> Result<()> {
    let version = match read_versions(connection).await? {
        Some(versions) => versions.schema_version,
        None => 0,
    };
    for step in steps.iter().filter(|step| step.version > version) {
        run(connection, step.sqlite).await?;
        if step.version == 1 {
            sqlx::query("INSERT INTO meta (one, journal_id, schema_version, oldest_reader, created_ms) VALUES (1, $1, 1, 1, $2)")
                .bind(JournalId::new().as_uuid())
                .bind(options.clock.wall_ms())
                .execute(&mut *connection)
                .await
                .map_err(classify)?;
            run(connection, "PRAGMA application_id = 1096043082").await?;
        }
        sqlx::query("UPDATE meta SET schema_version = $1, oldest_reader = $2")
            .bind(step.version)
            .bind(step.oldest_reader)
            .execute(&mut *connection)
            .await
            .map_err(classify)?;
        run_owned(connection, format!("PRAGMA user_version = {}", step.version)).await?;
    }
    Ok(())
}

/// Reads the versions of a journal. Returns `None` for an empty file.
pub(super) async fn read_versions(connection: &mut SqliteConnection) -> Result<Option<Versions>> {
    // The tables first: another process may create the journal between the two statements, and it commits both at once.
    let tables: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_schema")
        .fetch_one(&mut *connection)
        .await
        .map_err(classify)?;
    let application_id: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *connection)
        .await
        .map_err(classify)?;
    if application_id == 0 && tables == 0 {
        return Ok(None);
    }
    if application_id != APPLICATION_ID {
        return Err(Error::NotAJournal(format!(
            "it is an SQLite file of another program ({application_id})"
        )));
    }
    let row: Option<(Uuid, i64, i64)> =
        sqlx::query_as("SELECT journal_id, schema_version, oldest_reader FROM meta")
            .fetch_optional(&mut *connection)
            .await
            .map_err(classify)?;
    let (journal_id, schema_version, oldest_reader) =
        row.ok_or_else(|| Error::Corrupt("the table `meta` is empty".to_owned()))?;
    Ok(Some(Versions { journal_id: journal_id.into(), schema_version, oldest_reader }))
}

async fn run(connection: &mut SqliteConnection, sql: &'static str) -> Result<()> {
    sqlx::raw_sql(sql).execute(connection).await.map_err(classify).map(drop)
}

/// Runs a statement that is made of constants and numbers.
async fn run_owned(connection: &mut SqliteConnection, sql: String) -> Result<()> {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(connection).await.map_err(classify).map(drop)
}
