//! Figures, printed: `cargo test -p atlas-migrations-journal --test journal measure -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use atlas_migrations_journal::{Options, event::Operation, open, store::Append};

use crate::support::{
    events,
    journal::{Kind, TestJournal, Worker},
};

const APPENDS: usize = 1000;

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    format!("p50 {:?}, p99 {:?}", times[times.len() / 2], times[times.len() * 99 / 100])
}

async fn measure(name: &str, location: &atlas_migrations_journal::Location) {
    let store = open(location, Options::default()).await.unwrap();
    let worker = Worker::with_migration(&store, "orders").await;
    let mut times = Vec::new();
    for _ in 0..APPENDS {
        let started = Instant::now();
        worker.fact(events::ready()).await.unwrap();
        times.push(started.elapsed());
    }
    eprintln!("{name}: append of a fact {}", percentiles(times));
    let mut times = Vec::new();
    for number in 0..200 {
        let worker = Worker::with_migration(&store, &format!("m{number}")).await;
        let intent =
            Append::intent(worker.stream, 1, worker.fence, events::intent(Operation::Create));
        let started = Instant::now();
        store.append(intent).await.unwrap();
        times.push(started.elapsed());
    }
    eprintln!("{name}: append of an intent {}", percentiles(times));
    let started = Instant::now();
    let report = store.verify().await.unwrap();
    eprintln!("{name}: verify {} events {:?}", report.events, started.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints figures"]
async fn append_latency_on_sqlite() {
    let journal = TestJournal::new(Kind::Sqlite).await.unwrap();
    measure("SQLite", &journal.location).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints figures"]
async fn append_latency_on_postgres() {
    let Some(server) = atlas_test_postgres::Server::start("").await else { return };
    let location = atlas_migrations_journal::Location::Postgres(server.new_database().await);
    measure("PostgreSQL", &location).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints figures"]
async fn size_of_a_thousand_migrations_on_sqlite() {
    let journal = TestJournal::new(Kind::Sqlite).await.unwrap();
    let store = journal.open().await;
    for number in 0..1000 {
        let (stream, first) = events::migration(&format!("m{number}"));
        let id = stream.id;
        store.create(stream, first).await.unwrap();
        for _ in 0..24 {
            let mut held = atlas_migrations_journal::event::Held::new();
            held.reason =
                Some(atlas_migrations_journal::Redactor::default().text(&"x".repeat(385)));
            store.append(Append::fact(id, events::event(held))).await.unwrap();
        }
    }
    let started = Instant::now();
    store.quick_check().await.unwrap();
    let quick_check = started.elapsed();
    let started = Instant::now();
    let report = store.verify().await.unwrap();
    let verify = started.elapsed();
    store.close().await;
    let bytes = journal.path().metadata().unwrap().len();
    eprintln!(
        "{} events: {bytes} bytes, quick_check {quick_check:?}, verify {verify:?}",
        report.events
    );
}
