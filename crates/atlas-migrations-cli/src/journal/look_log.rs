//! [`LookLog`]: records what a watch sees, without delaying it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atlas_migrations::{LiveMigration, LiveMigrationId};
use atlas_migrations_journal::store::Store;
use atlas_migrations_journal::{Error, Redactor, StreamId};
use atlas_migrations_metrics::JournalMeter;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::actor::actor;
use super::directory::Directory;
use super::look::record_look;
use super::open::OpenJournal;
use crate::error::CliError;
use crate::terminal::warn;

/// How long the end of a watch waits for the last looks to be recorded.
const LIMIT: Duration = Duration::from_secs(5);

/// How often the journal is asked whether the lag is worth an event, if nothing else changes.
const LAG_INTERVAL: Duration = Duration::from_mins(10);

/// Records in the journal what a watch sees of the migrations that the journal knows.
#[derive(Debug)]
pub struct LookLog {
    looks: UnboundedSender<(LiveMigrationId, LiveMigration)>,
    /// When a look was added last.
    added: Mutex<HashMap<LiveMigrationId, Instant>>,
    task: JoinHandle<()>,
    store: Arc<dyn Store>,
    meter: JournalMeter,
}

impl LookLog {
    /// Starts to record, unless the journal can only be read.
    pub fn start(journal: &OpenJournal) -> Option<Self> {
        if journal.info.read_only.is_some() {
            return None;
        }
        let (looks, received) = unbounded_channel();
        let writer = Writer {
            store: Arc::clone(&journal.store),
            redactor: journal.redactor.clone(),
            streams: HashMap::new(),
        };
        let (store, task) = (Arc::clone(&journal.store), tokio::spawn(writer.run(received)));
        let meter = journal.meter.clone();
        Some(Self { looks, added: Mutex::default(), task, store, meter })
    }

    /// Returns the journal.
    pub fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    /// Returns what measures the appends to the journal.
    pub fn meter(&self) -> JournalMeter {
        self.meter.clone()
    }

    /// Records what Atlas shows of a migration, soon.
    pub fn add(&self, id: LiveMigrationId, job: &LiveMigration) {
        self.added.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Instant::now());
        // The task ends early only with the program.
        let _ = self.looks.send((id, job.clone()));
    }

    /// Returns whether it is time to ask whether the lag is worth an event, if nothing else changes.
    pub fn is_lag_due(&self, id: LiveMigrationId) -> bool {
        let added = self.added.lock().unwrap_or_else(PoisonError::into_inner);
        added.get(&id).is_none_or(|at| at.elapsed() >= LAG_INTERVAL)
    }

    /// Waits until everything is recorded, within a limit.
    pub async fn finish(self) {
        let Self { looks, task, .. } = self;
        drop(looks);
        if timeout(LIMIT, task).await.is_err() {
            warn("what the watch saw last is not recorded: the journal does not answer");
        }
    }
}

struct Writer {
    store: Arc<dyn Store>,
    redactor: Redactor,
    /// The streams of the migrations that the journal knew when it was asked last.
    streams: HashMap<String, StreamId>,
}

impl Writer {
    async fn run(mut self, mut looks: UnboundedReceiver<(LiveMigrationId, LiveMigration)>) {
        let mut is_failing = false;
        while let Some((id, job)) = looks.recv().await {
            // What the watch does next, such as a cutover, comes first.
            tokio::task::yield_now().await;
            match self.record(id, &job).await {
                Ok(()) => is_failing = false,
                Err(error) if !is_failing => {
                    is_failing = true;
                    warn(&format!("what the watch sees is not recorded: {}", error.message()));
                }
                Err(_) => {}
            }
        }
    }

    async fn record(&mut self, id: LiveMigrationId, job: &LiveMigration) -> Result<(), CliError> {
        let id = id.to_string();
        if !self.streams.contains_key(&id) {
            // A migration may be adopted while it is watched.
            let directory = Directory::read_from(&*self.store).await?;
            let known = directory.rows().iter();
            let known = known.filter_map(|row| Some((row.migration_id.clone()?, row.id)));
            self.streams = known.collect();
        }
        let Some(stream) = self.streams.get(&id) else { return Ok(()) };
        match record_look(&*self.store, &self.redactor, &actor(), *stream, job).await {
            Ok(_) | Err(Error::Rejected(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
