//! A PostgreSQL server that goes away, comes back, or is not the right one.

use std::time::Duration;

use atlas_migrations_journal::{
    Error, Location, Options, PostgresStore, RetryPolicy, event::Operation, open, store::Append,
};
use sqlx::{Connection as _, PgConnection};

use crate::support::{events, journal::Worker, server::Server};

fn options(attempts: u32) -> Options {
    let mut options = Options::default();
    options.read_retry = RetryPolicy::never();
    options.read_retry.attempts = attempts;
    options.read_retry.first_pause = Duration::from_millis(20);
    options.timeout = Duration::from_secs(5);
    options
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_of_the_server_loses_nothing_and_work_goes_on_after_it() {
    let Some(mut server) = Server::start("").await else { return };
    let location = Location::Postgres(server.new_database().await);
    let store = open(&location, options(1)).await.unwrap();
    let worker = Worker::with_migration(&store, "orders").await;
    let create = worker.intent(events::intent(Operation::Create)).await.unwrap();
    server.crash();
    let outcome = events::accepted(create.seq, &events::id(1));
    let error = worker.fact(outcome.clone()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error}");
    assert!(store.read(worker.stream, 0).await.unwrap_err().is_temporary());
    server.run().await;
    // The same event again: whether the first try was stored does not matter.
    let stored = worker.fact(outcome).await.unwrap();
    assert_eq!(stored.seq, create.seq + 1);
    assert_eq!(worker.head().await, 3);
    assert!(store.verify().await.unwrap().problems.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_is_repeated_until_the_server_is_back() {
    let Some(mut server) = Server::start("-c fsync=off").await else { return };
    let location = Location::Postgres(server.new_database().await);
    let store = open(&location, options(200)).await.unwrap();
    assert!(store.info().await.unwrap().warnings[0].contains("fsync=off"));
    let worker = Worker::with_migration(&store, "orders").await;
    server.crash();
    let reader = tokio::spawn(async move { store.read(worker.stream, 0).await });
    server.run().await;
    assert_eq!(reader.await.unwrap().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_commit_is_found_out_under_the_lock() {
    let Some(server) = Server::start("-c fsync=off").await else { return };
    let url = server.new_database().await;
    let store = open(&Location::Postgres(url.clone()), options(1)).await.unwrap();
    let worker = Worker::with_migration(&store, "orders").await;
    // At each commit the server ends the connection after the work is done and before it says so: a constraint trigger runs
    // inside the commit.
    let mut admin = PgConnection::connect(&url).await.unwrap();
    let break_commit = "SET search_path = atlas_migrations; \
        CREATE FUNCTION break_commit() RETURNS trigger LANGUAGE plpgsql AS \
        $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END $$; \
        CREATE CONSTRAINT TRIGGER break_commit AFTER INSERT ON event DEFERRABLE INITIALLY DEFERRED \
        FOR EACH ROW EXECUTE FUNCTION break_commit()";
    sqlx::raw_sql(break_commit).execute(&mut admin).await.unwrap();
    let lost = events::ready();
    let error = worker.fact(lost.clone()).await.unwrap_err();
    assert!(
        matches!(error, Error::Unreachable(_)),
        "it is certain that nothing was stored: {error}"
    );
    sqlx::raw_sql("DROP TRIGGER break_commit ON event").execute(&mut admin).await.unwrap();
    let stored = worker.fact(lost).await.unwrap();
    assert!(!stored.repeated);
    assert_eq!(worker.head().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_is_refused() {
    let Some(mut server) = Server::start("-c fsync=off").await else { return };
    let url = server.new_database().await;
    PostgresStore::open(&url, options(1)).await.unwrap();
    server.crash();
    std::fs::write(server.data().join("standby.signal"), "").unwrap();
    server.run().await;
    let error = PostgresStore::open(&url, options(1)).await.unwrap_err();
    assert!(error.to_string().contains("standby"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_with_few_rights_appends_but_changes_nothing() {
    let Some(server) = crate::support::server::shared().await else { return };
    let url = server.new_database().await;
    let owner = open(&Location::Postgres(url.clone()), options(1)).await.unwrap();
    let witness = Worker::with_migration(&owner, "first").await;
    let database = url.rsplit('/').next().unwrap();
    let mut admin = PgConnection::connect(&url).await.unwrap();
    let grants = format!(
        "DROP ROLE IF EXISTS {database}_app; CREATE ROLE {database}_app LOGIN; {}",
        GRANTS.replace("ROLE", &format!("{database}_app"))
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(grants)).execute(&mut admin).await.unwrap();
    let app_url = url.replace("owner@", &format!("{database}_app@"));
    let store = open(&Location::Postgres(app_url.clone()), options(1)).await.unwrap();
    let worker = Worker::with_migration(&store, "orders").await;
    worker.intent(events::intent(Operation::Create)).await.unwrap();
    let stored = worker.fact(events::ready()).await.unwrap();
    let record = store.read_one(worker.stream, stored.seq).await.unwrap().unwrap();
    assert_eq!(record.db_user, Some(format!("{database}_app")));
    store.release(worker.runner(), None).await.unwrap();
    let mut app = PgConnection::connect(&app_url).await.unwrap();
    for sql in [
        "UPDATE atlas_migrations.event SET actor = 'eve'",
        "DELETE FROM atlas_migrations.event",
        "DELETE FROM atlas_migrations.stream",
    ] {
        assert!(
            sqlx::raw_sql(sql)
                .execute(&mut app)
                .await
                .unwrap_err()
                .to_string()
                .contains("permission denied"),
            "{sql}"
        );
    }
    // An import by anybody but the owner gets the server's time and user, whatever it brings.
    let mut lines = Vec::new();
    atlas_migrations_journal::export(&*owner, &mut lines).await.unwrap();
    assert!(owner.append(Append::fact(witness.stream, events::ready())).await.is_ok());
}

/// What the README says that a role of the team needs.
const GRANTS: &str = include_str!("../../src/postgres/grants.sql");
