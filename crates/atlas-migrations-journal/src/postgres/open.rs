//! Opens a journal and brings its schema up to date.

use sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions};
use uuid::Uuid;

use super::{
    connection::{Postgres, PostgresStore, check_server, classify, pool},
    url::parse,
};
use crate::{
    error::{Error, Result},
    ids::JournalId,
    sql::{Core, Options, STEPS, SchemaState, Step, in_time, state_of},
};

/// How often opening is tried while another process creates the journal.
const OPEN_ATTEMPTS: u32 = 5;

const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit = on; \
     SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = '30s'";

struct Versions {
    journal_id: JournalId,
    schema_version: i64,
    oldest_reader: i64,
}

impl PostgresStore {
    /// Opens the journal in a database, or creates the schema `atlas_migrations` there.
    ///
    /// The URL has no password: it comes from `PGPASSWORD`, `PGPASSFILE` or `~/.pgpass`. `PGSERVICE` is not supported. TLS is
    /// verified unless the host is local or the URL or `PGSSLMODE` says otherwise.
    ///
    /// # Errors
    /// Fails when the URL has a password, the database cannot be reached, is a standby or too old, or was made by a later
    /// version that this one cannot read.
    pub async fn open(url: &str, options: Options) -> Result<Self> {
        open_with(url, options, STEPS).await
    }
}

async fn open_with(url: &str, options: Options, steps: &'static [Step]) -> Result<PostgresStore> {
    let connect = parse(url)?;
    let database = connect.get_database().unwrap_or_else(|| connect.get_username());
    let host = connect
        .get_socket()
        .map_or_else(|| connect.get_host().to_owned(), |path| path.display().to_string());
    let location = format!("{host}:{}/{database}", connect.get_port());
    let (versions, warnings) = prepare(&connect, &options, steps).await?;
    let pool = pool(connect, options.timeout);
    let read_only = match state_of(steps, versions.schema_version, versions.oldest_reader)? {
        SchemaState::ReadOnly => {
            let known = steps.last().map_or(0, |step| step.version);
            Some(Error::Newer { found: versions.schema_version, known, readable: true }.to_string())
        }
        _ => None,
    };
    let driver = Postgres {
        pool,
        location,
        read_only,
        warnings,
        lease: options.lease,
        timeout: options.timeout,
    };
    Ok(PostgresStore::new(Core::new(driver, options, versions.journal_id, versions.schema_version)))
}

/// Checks the server and brings the schema up to date, on a separate connection: a pool hides why it cannot connect.
async fn prepare(
    connect: &PgConnectOptions,
    options: &Options,
    steps: &[Step],
) -> Result<(Versions, Vec<String>)> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match in_time(options.timeout, prepare_once(connect, steps)).await? {
            Err(error) if attempt < OPEN_ATTEMPTS && is_race(&error) => {}
            Err(error) if attempt < options.read_retry.attempts && error.is_temporary() => {
                tokio::time::sleep(options.read_retry.pause(attempt - 1)).await;
            }
            prepared => return prepared,
        }
    }
}

/// Returns whether another process created the schema at the same moment.
fn is_race(error: &Error) -> bool {
    let Error::Database(error) = error else { return false };
    let code = error
        .downcast_ref::<sqlx::Error>()
        .and_then(sqlx::Error::as_database_error)
        .and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("42P06" | "42P07" | "23505"))
}

async fn prepare_once(
    connect: &PgConnectOptions,
    steps: &[Step],
) -> Result<(Versions, Vec<String>)> {
    let mut connection = PgConnection::connect_with(connect).await.map_err(classify)?;
    check_server(&mut connection).await.map_err(classify)?;
    let mut versions = read_versions(&mut connection).await?;
    let needs_steps = match &versions {
        None => true,
        Some(versions) => {
            state_of(steps, versions.schema_version, versions.oldest_reader)? == SchemaState::Older
        }
    };
    if needs_steps {
        run(&mut connection, BEGIN).await?;
        // On an error the connection closes, and the server rolls back.
        migrate(&mut connection, steps).await?;
        run(&mut connection, "COMMIT").await?;
        versions = read_versions(&mut connection).await?;
    }
    let versions = versions.ok_or_else(|| {
        Error::NotAJournal("the schema `atlas_migrations` has no tables".to_owned())
    })?;
    let fsync: String = sqlx::query_scalar("SELECT current_setting('fsync')")
        .persistent(false)
        .fetch_one(&mut connection)
        .await
        .map_err(classify)?;
    connection.close().await.map_err(classify)?;
    let warnings = if fsync == "on" {
        Vec::new()
    } else {
        vec!["the server runs with `fsync=off`: it loses events when its machine fails".to_owned()]
    };
    Ok((versions, warnings))
}

/// Runs the missing steps inside the transaction, and looks again first: another process may have run them.
async fn migrate(connection: &mut PgConnection, steps: &[Step]) -> Result<()> {
    let exists = has_tables(connection).await?;
    let version = if exists {
        run(connection, "LOCK TABLE atlas_migrations.meta IN ACCESS EXCLUSIVE MODE").await?;
        read_versions(connection).await?.map_or(0, |versions| versions.schema_version)
    } else {
        0
    };
    for step in steps.iter().filter(|step| step.version > version) {
        run(connection, step.postgres).await.map_err(|error| match error {
            Error::ReadOnly(text) => Error::Unsuitable(format!(
                "the schema `atlas_migrations` cannot be created ({text}): let its owner run the program once, then grant the role \
                 what the documentation lists"
            )),
            error => error,
        })?;
        if step.version == 1 {
            let sql = "INSERT INTO atlas_migrations.meta (one, journal_id, schema_version, oldest_reader, created_ms) \
                       VALUES (1, $1, 1, 1, atlas_migrations.now_ms())";
            sqlx::query(sql)
                .bind(JournalId::new().as_uuid())
                .persistent(false)
                .execute(&mut *connection)
                .await
                .map_err(classify)?;
        }
        sqlx::query("UPDATE atlas_migrations.meta SET schema_version = $1, oldest_reader = $2")
            .bind(step.version)
            .bind(step.oldest_reader)
            .persistent(false)
            .execute(&mut *connection)
            .await
            .map_err(classify)?;
    }
    Ok(())
}

async fn has_tables(connection: &mut PgConnection) -> Result<bool> {
    sqlx::query_scalar("SELECT to_regclass('atlas_migrations.meta') IS NOT NULL")
        .persistent(false)
        .fetch_one(connection)
        .await
        .map_err(classify)
}

async fn read_versions(connection: &mut PgConnection) -> Result<Option<Versions>> {
    if !has_tables(connection).await? {
        return Ok(None);
    }
    let row: Option<(Uuid, i64, i64)> = sqlx::query_as(
        "SELECT journal_id, schema_version, oldest_reader FROM atlas_migrations.meta",
    )
    .persistent(false)
    .fetch_optional(connection)
    .await
    .map_err(classify)?;
    let (journal_id, schema_version, oldest_reader) =
        row.ok_or_else(|| Error::Corrupt("the table `meta` is empty".to_owned()))?;
    Ok(Some(Versions { journal_id: journal_id.into(), schema_version, oldest_reader }))
}

async fn run(connection: &mut PgConnection, sql: &'static str) -> Result<()> {
    sqlx::raw_sql(sql).execute(connection).await.map_err(classify).map(drop)
}
