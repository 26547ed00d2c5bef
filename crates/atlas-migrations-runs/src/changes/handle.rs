//! [`Changes`]: the handle of a caller.

use std::{fmt, path::PathBuf, sync::Arc};

use atlas_migrations::{Client, LiveMigrationId, Secret};
use atlas_migrations_journal::{
    Error as JournalError, OutcomeFiles, Probe, RunnerId, StreamId,
    event::Actor,
    import_outcome_files,
    store::{Claim, Fence, Store},
};
use tokio::sync::{oneshot, watch};

use super::{
    basis::{Basis, Target},
    change::Change,
    error::ChangeError,
    notice::Notice,
    outcome_writer::OutcomeWriter,
    perform::Accepted,
    pipeline::{Open, Pipeline},
};

/// No migration has this ID.
const NO_ID: &str = "000000000000000000000000";

/// Sends requests that change something: records the intent, sends once, records the outcome.
///
/// Clones share the journal and the client.
#[derive(Clone)]
pub struct Changes(Arc<Pipeline>);

/// Sets up [`Changes`].
pub struct ChangesBuilder {
    store: Arc<dyn Store>,
    client: Client,
    runner: RunnerId,
    actor: Actor,
    secrets: Vec<Secret>,
    folders: Vec<PathBuf>,
    probe: Option<Probe>,
    notify: Arc<dyn Fn(Notice) + Send + Sync>,
}

impl ChangesBuilder {
    /// Sets the secrets that are replaced in texts from Atlas, beside the password of a request.
    #[must_use]
    pub fn secrets(mut self, secrets: impl IntoIterator<Item = Secret>) -> Self {
        self.secrets.extend(secrets);
        self
    }

    /// Sets the folders for outcomes that the journal cannot take, the first that can be written: the state folder, then
    /// the working folder.
    #[must_use]
    pub fn outcome_folders(mut self, folders: impl IntoIterator<Item = PathBuf>) -> Self {
        self.folders.extend(folders);
        self
    }

    /// Sets who is told at once what a person must know, such as an ID that the journal cannot take.
    #[must_use]
    pub fn on_notice(mut self, notify: impl Fn(Notice) + Send + Sync + 'static) -> Self {
        self.notify = Arc::new(notify);
        self
    }

    /// Sets the function that is called at named points. Tests end the process there.
    #[must_use]
    pub fn probe(mut self, probe: Option<Probe>) -> Self {
        self.probe = probe;
        self
    }

    /// Reads what the journal is.
    ///
    /// # Errors
    /// Fails when the journal cannot be read.
    pub async fn build(self) -> Result<Changes, JournalError> {
        let journal = self.store.info().await?.journal_id;
        let writer = OutcomeWriter {
            store: Arc::clone(&self.store),
            journal,
            folders: self.folders,
            clock: Arc::clone(self.client.transport().clock()),
            notify: self.notify,
        };
        Ok(Changes(Arc::new(Pipeline {
            store: self.store,
            client: self.client,
            runner: self.runner,
            actor: self.actor,
            secrets: self.secrets,
            probe: self.probe,
            writer,
            open: watch::Sender::new(0),
        })))
    }
}

impl fmt::Debug for ChangesBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ChangesBuilder")
            .field("runner", &self.runner)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Changes").field("runner", &self.0.runner).finish_non_exhaustive()
    }
}

impl Changes {
    /// Starts to set up the changes of a runner that is registered in the journal.
    pub fn builder(
        store: Arc<dyn Store>,
        client: Client,
        runner: RunnerId,
        actor: Actor,
    ) -> ChangesBuilder {
        ChangesBuilder {
            store,
            client,
            runner,
            actor,
            secrets: Vec::new(),
            folders: Vec::new(),
            probe: None,
            notify: Arc::new(|notice| tracing::error!(?notice, "an outcome is not in the journal")),
        }
    }

    /// Returns the journal.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.0.store
    }

    /// Returns the client.
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// Returns the runner.
    pub fn runner(&self) -> RunnerId {
        self.0.runner
    }

    /// Returns who writes the events.
    pub fn actor(&self) -> &Actor {
        &self.0.actor
    }

    pub(crate) fn secrets(&self) -> &[Secret] {
        &self.0.secrets
    }

    /// Passes a named point, at which a test may end the process.
    pub(crate) fn probe(&self, point: &'static str) {
        self.0.probe(point);
    }

    /// Claims a stream for one change. The runner keeps it until it is released.
    ///
    /// # Errors
    /// Fails when another process works on the stream, or the journal cannot be written.
    pub async fn claim(&self, stream: StreamId) -> Result<Target, ChangeError> {
        let runner = self.0.runner;
        let claimed = self.0.store.claim(Claim::these(runner, [stream])).await?;
        match claimed.fence(stream) {
            Some(fence) => Ok(Target::Claimed { stream, fence: Fence { runner, fence } }),
            None => {
                let (row, _) = self.0.store.state(stream).await?;
                Err(JournalError::FenceLost { owner: row.owner, fence: row.fence }.into())
            }
        }
    }

    /// Appends the outcomes that earlier processes left in files.
    ///
    /// # Errors
    /// Fails when a folder or the journal cannot be read.
    pub async fn import_outcomes(&self) -> Result<Vec<OutcomeFiles>, JournalError> {
        let mut reports = Vec::new();
        for folder in &self.0.writer.folders {
            reports.push(import_outcome_files(&*self.0.store, folder).await?);
        }
        Ok(reports)
    }

    /// Returns how many changes may have been sent and have no recorded outcome.
    pub fn open(&self) -> usize {
        *self.0.open.borrow()
    }

    /// Waits until every change that may have been sent has an outcome in the journal, or a file that can never be
    /// imported. A program waits for this before it ends.
    pub async fn settled(&self) {
        // It fails if the sender is gone, which `self` holds.
        let _ = self.0.open.subscribe().wait_for(|open| *open == 0).await;
    }

    /// Records the intent, sends the request once, and records its outcome.
    ///
    /// The work goes on if the returned future is dropped; [`settled`](Self::settled) waits for it.
    ///
    /// # Errors
    /// Says whether the request was sent and may have taken effect: see [`ChangeError`].
    pub async fn send(
        &self,
        target: Target,
        change: Change,
        basis: Basis,
    ) -> Result<Accepted, ChangeError> {
        change.check().map_err(ChangeError::Unready)?;
        self.make_credential_ready(&change).await?;
        let (sender, receiver) = oneshot::channel();
        let open = Open::new(&self.0.open);
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move {
            inner.run(target, change, basis, sender).await;
            drop(open);
        });
        receiver.await.unwrap_or(Err(ChangeError::ShutDown))
    }

    /// Answers a challenge of the service with a request that has no effect, so that the one attempt is not spent on it.
    async fn make_credential_ready(&self, change: &Change) -> Result<(), ChangeError> {
        let client = &self.0.client;
        if client.transport().is_credential_ready() {
            return Ok(());
        }
        let look = match change {
            Change::Validate { group, .. } | Change::Create { group, .. } => {
                let Ok(id) = NO_ID.parse::<LiveMigrationId>() else { return Ok(()) };
                client.live_migration(*group, id).await.map(|_| ())
            }
            Change::Cutover { group, id } => client.live_migration(*group, *id).await.map(|_| ()),
            Change::LinkCreate { org, .. } | Change::LinkDelete { org } => {
                client.available_projects(*org).await.map(|_| ())
            }
        };
        match look {
            // Any response to a request with a credential leaves the credential ready, such as 404.
            Err(error) if client.transport().is_credential_ready() => {
                tracing::debug!(%error, "the request before the change failed");
                Ok(())
            }
            Err(error) => Err(ChangeError::Unready(error)),
            Ok(()) => Ok(()),
        }
    }
}
