//! A journal that the commands of one test share.

use std::path::PathBuf;
use std::process::{Command, Output};

use atlas_migrations_journal::event::{
    Actor, Adopted, Event, EventRecord, NewEvent, PlanStarted, StreamKind,
};
use atlas_migrations_journal::store::{Append, NewStream, Store, StreamFilter, StreamRow};
use atlas_migrations_journal::{Options, SqliteStore, StreamId};
use atlas_migrations_plan::Plan;
use atlas_simulator::Simulator;

use crate::atlas::GROUP;
use crate::process::{configured, new_state_folder};

/// A folder of state for commands, in which the journal is.
pub struct TestJournal {
    pub state_folder: PathBuf,
}

impl TestJournal {
    /// Returns a folder without a journal.
    pub fn new() -> Self {
        Self { state_folder: new_state_folder() }
    }

    /// Returns the path at which commands find the journal by default.
    pub fn path(&self) -> PathBuf {
        self.state_folder.join("atlas-migrations/journal.db")
    }

    /// Returns a configured command that uses the journal.
    pub fn command(&self, simulator: &Simulator, arguments: &[&str]) -> Command {
        self.command_at(simulator.base_url(), arguments)
    }

    pub fn command_at(&self, url: &str, arguments: &[&str]) -> Command {
        let mut command = configured(url, arguments);
        command.env("XDG_STATE_HOME", &self.state_folder);
        command
    }

    /// Runs a command with the journal.
    pub fn run(&self, simulator: &Simulator, arguments: &[&str]) -> Output {
        self.command(simulator, arguments).output().unwrap()
    }

    pub async fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.path(), Options::default()).await.unwrap()
    }

    /// Adds a migration that was started elsewhere.
    pub async fn adopt(&self, scope: &str, name: &str, id: &str) -> StreamId {
        let adopted =
            Adopted::new(GROUP.parse().unwrap(), id.parse().unwrap(), "WORKING".to_owned());
        self.add(scope, name, adopted).await
    }

    /// Adds a migration with its first event.
    pub async fn add(&self, scope: &str, name: &str, first: impl Into<Event>) -> StreamId {
        self.create(NewStream::new(StreamKind::Migration, scope, name.parse().unwrap()), first)
            .await
    }

    /// Adds a plan that was started, from a plan file, and returns its stream.
    pub async fn start_plan(&self, yaml: &str) -> StreamId {
        let file = self.state_folder.join("plan.yaml");
        std::fs::create_dir_all(&self.state_folder).unwrap();
        std::fs::write(&file, yaml).unwrap();
        let plan = Plan::read(&file).unwrap();
        let started = PlanStarted::new("plan.yaml".to_owned(), plan.hash(), plan.canonical());
        let stream = NewStream::new(StreamKind::Plan, plan.name.as_str(), plan.name.clone());
        self.create(stream, started).await
    }

    /// Adds a migration of a plan that was started elsewhere.
    pub async fn adopt_in_plan(&self, plan: StreamId, name: &str, id: &str) -> StreamId {
        let adopted =
            Adopted::new(GROUP.parse().unwrap(), id.parse().unwrap(), "WORKING".to_owned());
        let stream = NewStream::new(StreamKind::Migration, "weekend", name.parse().unwrap());
        self.create(stream.in_plan(plan), adopted).await
    }

    async fn create(&self, stream: NewStream, first: impl Into<Event>) -> StreamId {
        let id = stream.id;
        let store = self.store().await;
        store.create(stream, new_event(first)).await.unwrap();
        store.close().await;
        id
    }

    /// Adds an event to a migration.
    pub async fn append(&self, stream: StreamId, event: impl Into<Event>) {
        let store = self.store().await;
        store.append(Append::fact(stream, new_event(event))).await.unwrap();
        store.close().await;
    }

    /// Returns all streams, also archived ones.
    pub async fn streams(&self) -> Vec<StreamRow> {
        let store = self.store().await;
        let mut filter = StreamFilter::default();
        filter.archived = true;
        let rows = store.streams(filter).await.unwrap();
        store.close().await;
        rows
    }

    /// Returns the events of the only stream with a name.
    pub async fn events(&self, name: &str) -> Vec<EventRecord> {
        let rows = self.streams().await;
        let [row] = &rows.iter().filter(|row| row.name == name).collect::<Vec<_>>()[..] else {
            panic!("one stream is named {name}: {rows:?}");
        };
        let store = self.store().await;
        let events = store.read(row.id, 0).await.unwrap();
        store.close().await;
        events
    }

    /// Returns the types of the events of the only stream with a name.
    pub async fn event_types(&self, name: &str) -> Vec<String> {
        let events = self.events(name).await;
        events.iter().map(|record| record.event.event_type().to_owned()).collect()
    }
}

fn new_event(event: impl Into<Event>) -> NewEvent {
    NewEvent::new(Actor::new("ana", "ops1"), event)
}
