//! The little that differs between the databases.

use std::{fmt, future::Future, path::Path, time::Duration};

use uuid::Uuid;

use crate::{error::Result, ids::RunnerId, store::StoreKind};

/// A value in a statement.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Int(i64),
    OptionalInt(Option<i64>),
    Text(String),
    OptionalText(Option<String>),
    Uuid(Uuid),
    OptionalUuid(Option<Uuid>),
}

macro_rules! into_value {
    ($($type:ty => $variant:ident,)*) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        })*
    };
}

into_value! {
    i64 => Int,
    Option<i64> => OptionalInt,
    String => Text,
    Option<String> => OptionalText,
    Uuid => Uuid,
    Option<Uuid> => OptionalUuid,
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<u64> for Value {
    /// Sequences and positions come from the database and never reach the limit.
    fn from(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

/// Whether a transaction writes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Access {
    /// It only reads, and sees one state of the journal.
    Read,
    /// It writes.
    Write,
}

/// How the store knows that a runner is gone.
#[derive(Clone, Copy, Debug)]
pub enum Leases {
    /// By the database's time.
    Time(Duration),
    /// By a lock of the operating system.
    Locks,
}

/// A database.
pub trait Driver: fmt::Debug + Send + Sync + Sized + 'static {
    /// Its transactions.
    type Tx: Tx;

    /// The statement after which events keep the time and the user that an import brings.
    const BEGIN_IMPORT: Option<&'static str>;

    /// Counts an event, which locks the row of `meta`. Returns the number of events and, where the database tells it, the
    /// time: each statement is a round trip or two.
    const COUNT_EVENT: &'static str;

    /// Begins a transaction.
    fn begin(&self, access: Access) -> impl Future<Output = Result<Self::Tx>> + Send;

    /// Returns the time: the server's on PostgreSQL, the local one on SQLite.
    fn now_ms(&self, tx: &mut Self::Tx) -> impl Future<Output = Result<i64>> + Send;

    fn kind(&self) -> StoreKind;
    fn location(&self) -> String;
    fn read_only(&self) -> Option<String>;
    fn warnings(&self) -> Vec<String>;
    fn leases(&self) -> Leases;

    /// Takes the lock of a new runner of this process.
    fn lock_runner(&self, runner: RunnerId) -> Result<()>;
    /// Returns whether this process holds the lock of a runner.
    fn holds_runner(&self, runner: RunnerId) -> bool;
    /// Returns whether the lock of a runner shows that it is gone.
    fn runner_is_gone(&self, runner: RunnerId) -> Result<bool>;
    /// Removes the lock file of a runner that is gone.
    fn forget_runner(&self, runner: RunnerId);
    /// Gives the lock of a runner of this process back.
    fn unlock_runner(&self, runner: RunnerId);

    fn quick_check(&self) -> impl Future<Output = Result<()>> + Send;
    fn backup(&self, path: &Path) -> impl Future<Output = Result<()>> + Send;
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// A transaction. Dropped before its end, it closes its connection, and the database rolls it back.
pub trait Tx: Send {
    /// Its rows.
    type Row: Row;

    /// Runs a statement and returns how many rows it changed.
    #[allow(private_interfaces)]
    fn execute(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> impl Future<Output = Result<u64>> + Send;

    /// Runs a statement and returns its rows.
    #[allow(private_interfaces)]
    fn rows(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<Self::Row>>> + Send;

    fn commit(self) -> impl Future<Output = Result<()>> + Send;
    fn rollback(self) -> impl Future<Output = ()> + Send;
}

/// A row. Columns are counted from 0.
pub trait Row: Send {
    fn int(&self, column: usize) -> Result<i64>;
    fn optional_int(&self, column: usize) -> Result<Option<i64>>;
    fn text(&self, column: usize) -> Result<String>;
    fn optional_text(&self, column: usize) -> Result<Option<String>>;
    fn uuid(&self, column: usize) -> Result<Uuid>;
    fn optional_uuid(&self, column: usize) -> Result<Option<Uuid>>;

    /// Returns a number that is never negative.
    fn count(&self, column: usize) -> Result<u64> {
        let value = self.int(column)?;
        u64::try_from(value)
            .map_err(|_| crate::Error::Corrupt(format!("expected a count, found {value}")))
    }
}

/// Implements [`Tx`] and [`Row`] for a database: `transaction!(Database, Row, Arguments, classify)`.
macro_rules! transaction {
    ($tx:ident, $row:ident, $database:ty, $database_row:ty, $arguments:ty, $classify:path) => {
        /// A transaction.
        pub struct $tx {
            /// Present until the end.
            connection: Option<sqlx::pool::PoolConnection<$database>>,
            timeout: std::time::Duration,
        }

        /// A row.
        pub struct $row($database_row);

        impl $tx {
            pub(crate) async fn begin(
                pool: &sqlx::Pool<$database>,
                begin: &'static str,
                timeout: std::time::Duration,
            ) -> $crate::Result<Self> {
                let connection = pool.acquire().await.map_err($classify)?;
                let mut tx = Self { connection: Some(connection), timeout };
                tx.raw(begin).await?;
                Ok(tx)
            }

            async fn raw(&mut self, sql: &'static str) -> $crate::Result<()> {
                let timeout = self.timeout;
                let run = sqlx::raw_sql(sql).execute(&mut **self.connection()?);
                $crate::sql::in_time(timeout, run).await?.map_err($classify).map(drop)
            }

            fn connection(&mut self) -> $crate::Result<&mut sqlx::pool::PoolConnection<$database>> {
                self.connection
                    .as_mut()
                    .ok_or_else(|| $crate::Error::Unreachable("the transaction is over".to_owned()))
            }
        }

        impl Drop for $tx {
            fn drop(&mut self) {
                if let Some(connection) = &mut self.connection {
                    connection.close_on_drop();
                }
            }
        }

        impl $crate::sql::Tx for $tx {
            type Row = $row;

            #[allow(private_interfaces)]
            async fn execute(
                &mut self,
                sql: &'static str,
                values: Vec<$crate::sql::Value>,
            ) -> $crate::Result<u64> {
                let timeout = self.timeout;
                let run = bind(sql, values).execute(&mut **self.connection()?);
                Ok($crate::sql::in_time(timeout, run).await?.map_err($classify)?.rows_affected())
            }

            #[allow(private_interfaces)]
            async fn rows(
                &mut self,
                sql: &'static str,
                values: Vec<$crate::sql::Value>,
            ) -> $crate::Result<Vec<$row>> {
                let timeout = self.timeout;
                let run = bind(sql, values).fetch_all(&mut **self.connection()?);
                let rows = $crate::sql::in_time(timeout, run).await?.map_err($classify)?;
                Ok(rows.into_iter().map($row).collect())
            }

            async fn commit(mut self) -> $crate::Result<()> {
                self.raw("COMMIT").await?;
                self.connection = None;
                Ok(())
            }

            async fn rollback(mut self) {
                if self.raw("ROLLBACK").await.is_ok() {
                    self.connection = None;
                }
            }
        }

        fn bind(
            sql: &'static str,
            values: Vec<$crate::sql::Value>,
        ) -> sqlx::query::Query<'static, $database, $arguments> {
            use $crate::sql::Value;
            // An unnamed statement: a named one does not survive a pooler between the program and the server.
            values.into_iter().fold(sqlx::query(sql).persistent(PERSISTENT), |query, value| {
                match value {
                    Value::Int(value) => query.bind(value),
                    Value::OptionalInt(value) => query.bind(value),
                    Value::Text(value) => query.bind(value),
                    Value::OptionalText(value) => query.bind(value),
                    Value::Uuid(value) => query.bind(value),
                    Value::OptionalUuid(value) => query.bind(value),
                }
            })
        }

        impl $row {
            fn get<'r, T>(&'r self, column: usize) -> $crate::Result<T>
            where
                T: sqlx::Decode<'r, $database> + sqlx::Type<$database>,
            {
                use sqlx::Row as _;
                self.0.try_get(column).map_err(|error| $crate::Error::Corrupt(error.to_string()))
            }
        }

        impl $crate::sql::Row for $row {
            fn int(&self, column: usize) -> $crate::Result<i64> {
                self.get(column)
            }

            fn optional_int(&self, column: usize) -> $crate::Result<Option<i64>> {
                self.get(column)
            }

            fn text(&self, column: usize) -> $crate::Result<String> {
                self.get(column)
            }

            fn optional_text(&self, column: usize) -> $crate::Result<Option<String>> {
                self.get(column)
            }

            fn uuid(&self, column: usize) -> $crate::Result<uuid::Uuid> {
                self.get(column)
            }

            fn optional_uuid(&self, column: usize) -> $crate::Result<Option<uuid::Uuid>> {
                self.get(column)
            }
        }
    };
}
pub(crate) use transaction;

/// Waits for a database with a time limit: a dead connection may give no sign.
pub(crate) async fn in_time<T>(limit: Duration, future: impl Future<Output = T>) -> Result<T> {
    tokio::time::timeout(limit, future).await.map_err(|_| {
        crate::Error::Unreachable(format!(
            "no response from the database within {} s",
            limit.as_secs()
        ))
    })
}
