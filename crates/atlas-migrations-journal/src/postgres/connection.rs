//! Connections, their settings, and what the errors of PostgreSQL mean.

use std::{path::Path, time::Duration};

use sqlx::{
    PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    error::{Error, Result},
    ids::RunnerId,
    sql::{Access, Driver, Leases, Row as _, SqlStore, Tx as _, transaction},
    store::StoreKind,
};

/// The oldest server that the journal is made for.
const OLDEST_SERVER: i32 = 130_000;

/// How many connections a process has at most.
const CONNECTIONS: u32 = 4;

/// Settings hold for one transaction: behind a pooler the connection belongs to others too.
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = atlas_migrations; \
     SET LOCAL statement_timeout = '10s'; SET LOCAL idle_in_transaction_session_timeout = '10s'";
const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL search_path = atlas_migrations; \
     SET LOCAL synchronous_commit = on; SET LOCAL statement_timeout = '10s'; SET LOCAL lock_timeout = '5s'; \
     SET LOCAL idle_in_transaction_session_timeout = '10s'";

/// Unnamed statements: a named one does not survive a pooler.
const PERSISTENT: bool = false;

transaction!(
    PostgresTx,
    PostgresRow,
    sqlx::Postgres,
    sqlx::postgres::PgRow,
    sqlx::postgres::PgArguments,
    classify
);

/// A PostgreSQL database.
#[derive(Debug)]
pub struct Postgres {
    pub(super) pool: PgPool,
    pub(super) location: String,
    pub(super) read_only: Option<String>,
    pub(super) warnings: Vec<String>,
    pub(super) lease: Duration,
    pub(super) timeout: Duration,
}

/// A journal in a PostgreSQL database.
pub type PostgresStore = SqlStore<Postgres>;

/// Creates a pool whose connections are checked when they are made.
pub(super) fn pool(options: PgConnectOptions, timeout: Duration) -> PgPool {
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(timeout)
        .idle_timeout(Duration::from_mins(1))
        .test_before_acquire(true)
        .after_connect(|connection, _| Box::pin(check_server(connection)))
        .connect_lazy_with(options)
}

pub(super) async fn check_server(connection: &mut PgConnection) -> sqlx::Result<()> {
    let sql = "SELECT current_setting('server_version_num')::int, pg_is_in_recovery(), current_setting('server_encoding')";
    let (version, is_standby, encoding): (i32, bool, String) =
        sqlx::query_as(sql).persistent(false).fetch_one(connection).await?;
    let why = if version < OLDEST_SERVER {
        format!("server version {version} is too old: PostgreSQL 13 is needed")
    } else if is_standby {
        "it is a standby: name the primary server".to_owned()
    } else if encoding != "UTF8" {
        format!("its encoding is {encoding}: UTF8 is needed")
    } else {
        return Ok(());
    };
    Err(sqlx::Error::Configuration(Error::Unsuitable(why).into()))
}

/// Translates an error of PostgreSQL.
pub(super) fn classify(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Configuration(why) => match why.downcast::<Error>() {
            Ok(why) => *why,
            Err(why) => Error::Unsuitable(why.to_string()),
        },
        sqlx::Error::Database(error) => {
            let text = error.to_string();
            match error.code().as_deref() {
                // Deadlock, serialization failure, lock timeout, statement timeout.
                Some("40P01" | "40001" | "55P03" | "57014") => Error::Busy(text),
                Some("53100") => Error::DiskFull(text),
                Some("25006" | "42501") => Error::ReadOnly(text),
                Some("XX001" | "XX002") => Error::Corrupt(text),
                // Shut down, starting up, too many connections.
                Some(code)
                    if code.starts_with("57P")
                        || code.starts_with("08")
                        || code.starts_with("53") =>
                {
                    Error::Unreachable(text)
                }
                Some(code) if code.starts_with("28") || code == "3D000" => Error::Unsuitable(text),
                _ => Error::Database(Box::new(sqlx::Error::Database(error))),
            }
        }
        sqlx::Error::PoolClosed => Error::Unreachable("the journal is closed".to_owned()),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            Error::Corrupt(error.to_string())
        }
        error => Error::Unreachable(error.to_string()),
    }
}

impl Driver for Postgres {
    type Tx = PostgresTx;

    const BEGIN_IMPORT: Option<&'static str> =
        Some("SELECT set_config('atlas_migrations.import', 'on', true)");

    const COUNT_EVENT: &'static str = "UPDATE meta SET events = events + 1 WHERE one = 1 RETURNING events, atlas_migrations.now_ms()";

    async fn begin(&self, access: Access) -> Result<PostgresTx> {
        let begin = match access {
            Access::Read => BEGIN_READ,
            Access::Write => BEGIN_WRITE,
        };
        PostgresTx::begin(&self.pool, begin, self.timeout).await
    }

    async fn now_ms(&self, tx: &mut PostgresTx) -> Result<i64> {
        let rows = tx.rows("SELECT atlas_migrations.now_ms()", Vec::new()).await?;
        rows.first()
            .ok_or_else(|| Error::Unreachable("the server does not tell the time".to_owned()))?
            .int(0)
    }

    fn kind(&self) -> StoreKind {
        StoreKind::Postgres
    }

    fn location(&self) -> String {
        self.location.clone()
    }

    fn read_only(&self) -> Option<String> {
        self.read_only.clone()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn leases(&self) -> Leases {
        Leases::Time(self.lease)
    }

    fn lock_runner(&self, _: RunnerId) -> Result<()> {
        Ok(())
    }

    fn holds_runner(&self, _: RunnerId) -> bool {
        false
    }

    fn runner_is_gone(&self, _: RunnerId) -> Result<bool> {
        Ok(false)
    }

    fn forget_runner(&self, _: RunnerId) {}

    fn unlock_runner(&self, _: RunnerId) {}

    async fn quick_check(&self) -> Result<()> {
        let mut tx = self.begin(Access::Read).await?;
        let read = tx.rows("SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM stream), events FROM meta", Vec::new()).await;
        tx.rollback().await;
        let rows = read?;
        let row =
            rows.first().ok_or_else(|| Error::Corrupt("the table `meta` is empty".to_owned()))?;
        let (found, counted) = (row.int(0)?, row.int(2)?);
        if found == counted {
            Ok(())
        } else {
            Err(Error::Corrupt(format!("{found} events of {counted} are there")))
        }
    }

    async fn backup(&self, _: &Path) -> Result<()> {
        Err(Error::Unsuitable(
            "a PostgreSQL database is backed up by `pg_dump --schema atlas_migrations`".to_owned(),
        ))
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
