//! A journal on either store, alone in its file or database.

use std::{path::PathBuf, sync::Arc, time::Duration};

use atlas_migrations_journal::event::NewEvent;
use atlas_migrations_journal::{
    Location, Options, RetryPolicy, RunnerId, StreamId, open,
    store::{Append, Appended, Claim, Expected, Fence, Store},
};
use sqlx::{Connection as _, SqliteConnection};
use tempfile::TempDir;

use super::{clock::ManualClock, events};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

pub struct TestJournal {
    pub kind: Kind,
    pub location: Location,
    pub clock: Arc<ManualClock>,
    pub folder: TempDir,
}

impl TestJournal {
    /// Returns `None`, loudly, where there is no PostgreSQL.
    pub async fn new(kind: Kind) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let location = match kind {
            Kind::Sqlite => Location::File(folder.path().join("state/journal.db")),
            Kind::Postgres => postgres_location().await?,
        };
        Some(Self { kind, location, clock: Arc::default(), folder })
    }

    pub fn options(&self) -> Options {
        let mut options = Options::default();
        options.clock = self.clock.clone();
        options.read_retry = RetryPolicy::never();
        options
    }

    pub async fn open(&self) -> Arc<dyn Store> {
        open(&self.location, self.options()).await.unwrap()
    }

    pub fn path(&self) -> PathBuf {
        match &self.location {
            Location::File(path) => path.clone(),
            _ => panic!("not a file"),
        }
    }

    /// Lets time pass, on the server too.
    pub async fn pass(&self, time: Duration) {
        self.clock.pass(time);
        if self.kind == Kind::Postgres {
            let passed = self.clock.passed_ms();
            self.sql(&format!(
                "CREATE OR REPLACE FUNCTION atlas_migrations.now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS \
                 $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint + {passed} $$"
            ))
            .await
            .unwrap();
        }
    }

    /// Runs SQL beside the journal.
    pub async fn sql(&self, sql: &str) -> sqlx::Result<()> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match &self.location {
            Location::File(path) => {
                let url = format!("sqlite://{}", path.display());
                let mut connection = SqliteConnection::connect(&url).await?;
                sqlx::raw_sql(sql).execute(&mut connection).await?;
                connection.close().await
            }
            #[cfg(feature = "postgres")]
            Location::Postgres(url) => {
                let mut connection = sqlx::PgConnection::connect(url).await?;
                sqlx::raw_sql("SET search_path = atlas_migrations")
                    .execute(&mut connection)
                    .await?;
                sqlx::raw_sql(sql).execute(&mut connection).await?;
                connection.close().await
            }
            _ => unreachable!("a location without a store"),
        }
    }
}

#[cfg(feature = "postgres")]
async fn postgres_location() -> Option<Location> {
    let server = atlas_test_postgres::shared().await?;
    Some(Location::Postgres(server.new_database().await))
}

#[cfg(not(feature = "postgres"))]
#[allow(clippy::unused_async)]
async fn postgres_location() -> Option<Location> {
    eprintln!("SKIPPED: built without PostgreSQL");
    None
}

/// A runner that works on one stream.
#[derive(Clone)]
pub struct Worker {
    pub store: Arc<dyn Store>,
    pub stream: StreamId,
    pub fence: Fence,
}

impl Worker {
    /// Creates a migration and claims it.
    pub async fn with_migration(store: &Arc<dyn Store>, name: &str) -> Self {
        let (stream, first) = events::migration(name);
        Self::with_stream(store, stream, first).await
    }

    pub async fn with_stream(
        store: &Arc<dyn Store>,
        stream: atlas_migrations_journal::store::NewStream,
        first: NewEvent,
    ) -> Self {
        let id = stream.id;
        store.create(stream, first).await.unwrap();
        Self::claiming(store, id, false).await
    }

    pub async fn claiming(store: &Arc<dyn Store>, stream: StreamId, take_over: bool) -> Self {
        let runner = store.register(events::runner()).await.unwrap();
        let claim = Claim::these(runner, [stream]);
        let claim = if take_over { claim.taking_over() } else { claim };
        let fence = store.claim(claim).await.unwrap().fence(stream).expect("the stream is claimed");
        Self { store: store.clone(), stream, fence: Fence { runner, fence } }
    }

    pub fn runner(&self) -> RunnerId {
        self.fence.runner
    }

    pub async fn head(&self) -> u64 {
        self.store.state(self.stream).await.unwrap().0.head
    }

    /// Appends an intent after the last event.
    pub async fn intent(&self, event: NewEvent) -> atlas_migrations_journal::Result<Appended> {
        let head = self.head().await;
        self.store.append(Append::intent(self.stream, head, self.fence, event)).await
    }

    pub async fn fact(&self, event: NewEvent) -> atlas_migrations_journal::Result<Appended> {
        let append = Append::fact(self.stream, event);
        assert_eq!(append.expected, Expected::End);
        self.store.append(append).await
    }
}
