//! A plan with one migration in a journal, and hooks in a folder.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use atlas_migrations_journal::{
    Location, Options, Redactor, StreamId,
    event::{Actor, Event, EventRecord, HookEnded, HookStarted, NewEvent, StreamKind},
    open,
    store::{Append, NewStream, Store},
};
use atlas_migrations_plan::{HookAction, HookConfig, HookEvent, SecretSource, WebhookFormat};
use atlas_migrations_runs::hooks::{Hook, HookSettings, Hooks};
use tempfile::TempDir;

use super::{clock::ManualClock, events};

pub struct TestPlan {
    pub folder: TempDir,
    pub store: Arc<dyn Store>,
    pub clock: Arc<ManualClock>,
    pub plan: StreamId,
    pub redactor: Redactor,
}

impl TestPlan {
    pub async fn new() -> Self {
        Self::with_redactor(Redactor::default()).await
    }

    pub async fn with_redactor(redactor: Redactor) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<ManualClock> = Arc::default();
        let mut options = Options::default();
        options.clock = clock.clone();
        options.redactor = redactor.clone();
        let location = Location::File(folder.path().join("state/journal.db"));
        let store = open(&location, options).await.unwrap();
        let stream = NewStream::new(StreamKind::Plan, "", "weekend".parse().unwrap());
        let plan = stream.id;
        store.create(stream, event(events::plan_started())).await.unwrap();
        Self { folder, store, clock, plan, redactor }
    }

    /// Creates a migration that replicates.
    pub async fn migration(&self, name: &str) -> StreamId {
        self.migration_of(name, events::MIGRATION, 0).await
    }

    pub async fn migration_of(&self, name: &str, id: &str, approvers: u32) -> StreamId {
        let stream = NewStream::new(StreamKind::Migration, "weekend", name.parse().unwrap())
            .in_plan(self.plan);
        let stream_id = stream.id;
        self.store.create(stream, event(events::planned(name, approvers))).await.unwrap();
        self.append(stream_id, events::adopted(id, approvers)).await;
        stream_id
    }

    pub async fn append(&self, stream: StreamId, body: Event) -> u64 {
        self.store.append(Append::fact(stream, event(body))).await.unwrap().seq
    }

    pub fn hooks(&self, configs: &[HookConfig]) -> Hooks {
        let hook = |config| Hook::new(config, self.folder.path()).unwrap();
        self.hooks_of(configs.iter().map(hook))
    }

    pub fn hooks_of(&self, hooks: impl IntoIterator<Item = Hook>) -> Hooks {
        let settings = HookSettings::new(self.store.clone(), self.plan, "weekend", actor())
            .with_redactor(self.redactor.clone());
        Hooks::new(settings, hooks)
    }

    /// Writes a shell script and returns a hook that runs it. In the script `$OUT` is the folder of the plan.
    pub fn script(&self, name: &str, on: &[HookEvent], text: &str) -> HookConfig {
        let path = self.path(name);
        fs::write(&path, format!("OUT={}\n{text}\n", self.folder.path().display())).unwrap();
        HookConfig::new(name, on.iter().copied(), HookAction::exec(["sh", path.to_str().unwrap()]))
    }

    pub fn webhook(&self, name: &str, on: &[HookEvent], url: &str) -> HookConfig {
        let file = format!("{name}.url");
        fs::write(self.path(&file), url).unwrap();
        let action = HookAction::webhook(SecretSource::File(file), WebhookFormat::Json);
        HookConfig::new(name, on.iter().copied(), action)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the lines of a file that a script writes; none if it is not there.
    pub fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.path(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    pub async fn records(&self, stream: StreamId) -> Vec<EventRecord> {
        self.store.read(stream, 0).await.unwrap()
    }

    pub async fn started(&self, stream: StreamId) -> Vec<HookStarted> {
        let records = self.records(stream).await.into_iter();
        records
            .filter_map(|record| match record.event {
                Event::HookStarted(started) => Some(started),
                _ => None,
            })
            .collect()
    }

    pub async fn ended(&self, stream: StreamId) -> Vec<HookEnded> {
        let records = self.records(stream).await.into_iter();
        records
            .filter_map(|record| match record.event {
                Event::HookEnded(ended) => Some(ended),
                _ => None,
            })
            .collect()
    }
}

pub fn actor() -> Actor {
    Actor::new("ana", "ops1")
}

pub fn event(body: impl Into<Event>) -> NewEvent {
    NewEvent::new(actor(), body)
}

/// Waits until a condition of a real process holds.
pub async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    for _ in 0..1500 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("waited too long: {what}");
}

pub fn exists(path: &Path) -> bool {
    path.exists()
}
