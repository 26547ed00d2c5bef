//! Starts a plan while another run starts it too.

use std::{fmt::Write as _, path::Path, sync::Arc};

use atlas_migrations_journal::{
    Error, Location, Options, RunnerId, StreamId,
    event::{Actor, EventRecord, NewEvent, StreamKind},
    open,
    state::StreamState,
    store::{
        Append, Appended, Claim, Claimed, Delivery, ExportedStream, JournalInfo, Lease, NewRunner,
        NewStream, Store, StreamFilter, StreamRow, VerifyReport,
    },
};
use atlas_migrations_plan::Plan;
use futures_util::future::BoxFuture;

use crate::runner::start::Starter;

/// More migrations than a start tolerates conflicts.
const MIGRATIONS: usize = 20;

type Result<T> = std::result::Result<T, Error>;

/// A journal in which another run writes each migration just before this one does.
#[derive(Debug)]
struct WithRival(Arc<dyn Store>);

impl Store for WithRival {
    fn create(&self, stream: NewStream, first: NewEvent) -> BoxFuture<'_, Result<Appended>> {
        Box::pin(async move {
            if stream.kind == StreamKind::Migration {
                let mut rival = stream.clone();
                rival.id = StreamId::new();
                let event = NewEvent::new(Actor::new("bob", "ops2"), first.event.clone());
                self.0.create(rival, event).await?;
            }
            self.0.create(stream, first).await
        })
    }

    fn info(&self) -> BoxFuture<'_, Result<JournalInfo>> {
        self.0.info()
    }

    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended>> {
        self.0.append(append)
    }

    fn read(&self, stream: StreamId, after_seq: u64) -> BoxFuture<'_, Result<Vec<EventRecord>>> {
        self.0.read(stream, after_seq)
    }

    fn read_one(&self, stream: StreamId, seq: u64) -> BoxFuture<'_, Result<Option<EventRecord>>> {
        self.0.read_one(stream, seq)
    }

    fn state(&self, stream: StreamId) -> BoxFuture<'_, Result<(StreamRow, StreamState)>> {
        self.0.state(stream)
    }

    fn streams(&self, filter: StreamFilter) -> BoxFuture<'_, Result<Vec<StreamRow>>> {
        self.0.streams(filter)
    }

    fn changes(&self, after_position: u64) -> BoxFuture<'_, Result<Vec<EventRecord>>> {
        self.0.changes(after_position)
    }

    fn register(&self, runner: NewRunner) -> BoxFuture<'_, Result<RunnerId>> {
        self.0.register(runner)
    }

    fn renew(&self, runner: RunnerId) -> BoxFuture<'_, Result<Lease>> {
        self.0.renew(runner)
    }

    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<Claimed>> {
        self.0.claim(claim)
    }

    fn release(
        &self,
        runner: RunnerId,
        streams: Option<Vec<StreamId>>,
    ) -> BoxFuture<'_, Result<()>> {
        self.0.release(runner, streams)
    }

    fn due_deliveries(
        &self,
        plan: Option<StreamId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Delivery>>> {
        self.0.due_deliveries(plan, limit)
    }

    fn put_delivery(&self, delivery: Delivery) -> BoxFuture<'_, Result<bool>> {
        self.0.put_delivery(delivery)
    }

    fn end_delivery(&self, delivery: Delivery) -> BoxFuture<'_, Result<bool>> {
        self.0.end_delivery(delivery)
    }

    fn forget_deliveries(&self, ended_before_ms: i64) -> BoxFuture<'_, Result<u64>> {
        self.0.forget_deliveries(ended_before_ms)
    }

    fn archive(&self, stream: StreamId) -> BoxFuture<'_, Result<()>> {
        self.0.archive(stream)
    }

    fn import(&self, stream: ExportedStream) -> BoxFuture<'_, Result<u64>> {
        self.0.import(stream)
    }

    fn verify(&self) -> BoxFuture<'_, Result<VerifyReport>> {
        self.0.verify()
    }

    fn quick_check(&self) -> BoxFuture<'_, Result<()>> {
        self.0.quick_check()
    }

    fn backup<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<()>> {
        self.0.backup(path)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.0.close()
    }
}

fn plan() -> Plan {
    let mut text =
        "version: 1\nname: weekend\nproject: 32b6e34b3d91647abb20e7b8\ndefaults:\n  source: \
                    {project: 5f0a1b2c3d4e5f6071829304, authentication: managed}\n  \
                    migration_host: vm001.example.com\nmigrations:\n"
            .to_owned();
    for number in 0..MIGRATIONS {
        writeln!(
            text,
            "  - {{name: m{number}, source: {{cluster: s{number}}}, destination: {{cluster: d{number}}}}}"
        )
        .unwrap();
    }
    Plan::parse("weekend.yaml", &text).unwrap()
}

/// The bug: each migration that the other run writes first counts as a conflict, and the start of a large plan fails.
#[tokio::test]
async fn a_run_starts_a_large_plan_although_another_one_writes_each_migration_first() {
    let folder = tempfile::tempdir().unwrap();
    let location: Location = folder.path().join("journal.db").to_str().unwrap().parse().unwrap();
    let store = open(&location, Options::default()).await.unwrap();
    let starter = Starter { store: Arc::new(WithRival(store)), actor: Actor::new("ana", "ops1") };
    let opened = starter.open(&plan(), true).await.unwrap();
    assert_eq!(opened.model.members.len(), MIGRATIONS);
    starter.store.close().await;
}
