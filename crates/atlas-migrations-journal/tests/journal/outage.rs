//! A PostgreSQL server that goes away, comes back, or is not the right one.

use std::time::Duration;

use atlas_migrations_journal::{
    Error, Location, Options, PostgresStore, Result, RetryPolicy,
    event::{Action, Event, Operation},
    export, import, open,
    store::{Append, Appended},
};
use atlas_test_postgres::Server;
use sqlx::{Connection as _, PgConnection};
use tokio::sync::Semaphore;

use crate::support::{
    events,
    journal::Worker,
    proxy::{Loss, Proxy},
};

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

/// The bug: a write that another one keeps waiting for longer than the server allows is given up at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_is_repeated_while_another_transaction_has_the_lock() {
    // One permit for each try.
    static BEGUN: Semaphore = Semaphore::const_new(0);
    let Some(server) = Server::start("-c fsync=off").await else { return };
    let url = server.new_database().await;
    let mut options = options(1);
    options.timeout = Duration::from_secs(30);
    options.probe = Some(|point| {
        BEGUN.add_permits(usize::from(point == "append.begin"));
    });
    let store = open(&Location::Postgres(url.clone()), options).await.unwrap();
    let worker = Worker::with_migration(&store, "orders").await;
    BEGUN.forget_permits(usize::MAX);
    let mut other = PgConnection::connect(&url).await.unwrap();
    let lock = "BEGIN; UPDATE atlas_migrations.stream SET head = head";
    sqlx::raw_sql(lock).execute(&mut other).await.unwrap();
    let writer = worker.clone();
    let append = tokio::spawn(async move { writer.fact(events::ready()).await });
    let claim = tokio::spawn(async move { worker.store.release(worker.runner(), None).await });
    BEGUN.acquire_many(3).await.unwrap().forget();
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    assert_eq!(append.await.unwrap().unwrap().seq, 2);
    claim.await.unwrap().unwrap();
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

/// Loses the connection around the commit of an intent. Returns what the caller is told, and the events that are stored.
async fn intent_with_lost_commit(loss: Loss) -> Option<(Result<Appended>, u64)> {
    let server = atlas_test_postgres::shared().await?;
    let url = server.new_database().await;
    let proxy = Proxy::start(server.socket_folder(), loss);
    let store = open(&Location::Postgres(proxy.url(&url)), options(1)).await.unwrap();
    let worker = Worker::with_migration(&store, "orders").await;
    proxy.arm();
    let told = worker.intent(events::intent(Operation::Create)).await;
    assert!(store.verify().await.unwrap().problems.is_empty());
    Some((told, worker.head().await))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_response_is_lost_is_found() {
    let Some((told, head)) = intent_with_lost_commit(Loss::Response).await else { return };
    let told = told.unwrap();
    assert_eq!((told.seq, head, told.repeated), (2, 2, false));
    assert!(told.permit.unwrap().may_send(), "this call stored it, and the send window is open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_arrives_after_the_connection_was_lost_is_found_under_the_lock() {
    let Some((told, head)) = intent_with_lost_commit(Loss::Late).await else { return };
    assert_eq!((told.unwrap().seq, head), (2, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_never_arrives_is_an_error_and_nothing_is_stored() {
    let Some((told, head)) = intent_with_lost_commit(Loss::Request).await else { return };
    assert!(matches!(told, Err(Error::Unreachable(_))), "{told:?}");
    assert_eq!(head, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_intent_whose_fate_cannot_be_found_out_gives_no_right_to_send() {
    let Some(server) = atlas_test_postgres::shared().await else { return };
    let url = server.new_database().await;
    let proxy = Proxy::start(server.socket_folder(), Loss::ResponseAndMore);
    let mut options = options(1);
    options.timeout = Duration::from_secs(1);
    let store = open(&Location::Postgres(proxy.url(&url)), options).await.unwrap();
    let worker = Worker::with_migration(&store, "orders").await;
    let intent = Append::intent(worker.stream, 1, worker.fence, events::intent(Operation::Create));
    proxy.arm();
    let error = store.append(intent.clone()).await.unwrap_err();
    assert!(matches!(error, Error::Ambiguous { .. }), "{error}");
    proxy.open_again();
    let again = store.append(intent).await.unwrap();
    assert!(again.repeated && again.permit.is_none());
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
    let Some(server) = atlas_test_postgres::shared().await else { return };
    let url = server.new_database().await;
    let owner = open(&Location::Postgres(url.clone()), options(1)).await.unwrap();
    Worker::with_migration(&owner, "first").await;
    let database = url.rsplit('/').next().unwrap();
    let mut admin = PgConnection::connect(&url).await.unwrap();
    let grants = format!(
        "DROP ROLE IF EXISTS {database}_app; CREATE ROLE {database}_app LOGIN; {}",
        grants(&format!("{database}_app"))
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

    // Two database users are two people.
    let (stream, mut first) = events::migration("two");
    if let Event::Planned(planned) = &mut first.event {
        planned.approvers = 2;
    }
    let worker = Worker::with_stream(&store, stream, first).await;
    let create = worker.intent(events::intent(Operation::Create)).await.unwrap();
    worker.fact(events::accepted(create.seq, &events::id(2))).await.unwrap();
    worker.fact(events::ready()).await.unwrap();
    worker.fact(events::approved(Action::Cutover)).await.unwrap();
    assert!(worker.intent(events::intent(Operation::Cutover)).await.is_err());
    owner.append(Append::fact(worker.stream, events::approved(Action::Cutover))).await.unwrap();
    worker.intent(events::intent(Operation::Cutover)).await.unwrap();

    // An import by anybody but the owner gets the server's user, whatever it brings.
    let elsewhere =
        open(&Location::Postgres(server.new_database().await), options(1)).await.unwrap();
    let imported = Worker::with_migration(&elsewhere, "imported").await.stream;
    let mut lines = Vec::new();
    export(&*elsewhere, &mut lines).await.unwrap();
    import(&*store, &mut lines.as_slice()).await.unwrap();
    let record = store.read_one(imported, 1).await.unwrap().unwrap();
    assert_eq!(record.db_user, Some(format!("{database}_app")));
    assert!(owner.verify().await.unwrap().problems.is_empty());
}

/// Returns the statements that the README lists for a role of the team.
fn grants(role: &str) -> String {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once("```sql\n").unwrap();
    rest.split_once("```").unwrap().0.replace("ROLE", role)
}
