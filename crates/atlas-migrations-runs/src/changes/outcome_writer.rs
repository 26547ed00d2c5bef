//! Records the outcome of a request, whatever happens to the journal.

use std::{
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use atlas_migrations::Clock;
use atlas_migrations_journal::{
    AtlasId, Error, JournalId, StreamId,
    event::{NewEvent, Operation},
    store::{Append, Appended, Store},
    write_outcome_file,
};

use super::notice::{Notice, Recorded};

/// After this time a person is told, although the journal may still answer.
const PATIENCE: Duration = Duration::from_secs(2);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// An outcome to record.
#[derive(Clone, Debug)]
pub(super) struct OutcomeEvent {
    pub(super) stream: StreamId,
    pub(super) operation: Operation,
    pub(super) id: Option<AtlasId>,
    /// In one word, for people.
    pub(super) word: &'static str,
    pub(super) event: NewEvent,
}

pub(super) struct OutcomeWriter {
    pub(super) store: Arc<dyn Store>,
    pub(super) journal: JournalId,
    pub(super) folders: Vec<PathBuf>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) notify: Arc<dyn Fn(Notice) + Send + Sync>,
}

impl OutcomeWriter {
    /// Writes an outcome. Calls `known` as soon as it is in the journal, or is held because the journal cannot be written.
    /// Returns when it is in the journal, or can never be.
    pub(super) async fn write(&self, outcome: &OutcomeEvent, known: impl FnOnce(Recorded)) {
        let mut first = pin!(self.append(outcome));
        let (why, file) = match tokio::time::timeout(PATIENCE, &mut first).await {
            Ok(Ok(appended)) => return known(Recorded::Written { seq: appended.seq }),
            Ok(Err(error)) => {
                let file = self.hold(outcome, &error.to_string(), known).await;
                (Some(error), file)
            }
            Err(_) => {
                let why = "it does not answer".to_owned();
                let file = self.hold(outcome, &why, known).await;
                (first.await.err(), file)
            }
        };
        self.persist(outcome, why, file).await;
    }

    async fn append(&self, outcome: &OutcomeEvent) -> Result<Appended, Error> {
        self.store.append(Append::fact(outcome.stream, outcome.event.clone())).await
    }

    /// Keeps the outcome in a file and tells a person.
    async fn hold(
        &self,
        outcome: &OutcomeEvent,
        why: &str,
        known: impl FnOnce(Recorded),
    ) -> Option<PathBuf> {
        let (folders, journal) = (self.folders.clone(), self.journal);
        let (stream, event) = (outcome.stream, outcome.event.clone());
        let written = tokio::task::spawn_blocking(move || {
            let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
            write_outcome_file(&folders, journal, stream, &event).map_err(|error| error.to_string())
        });
        let file = written.await.unwrap_or_else(|error| Err(error.to_string()));
        (self.notify)(Notice::OutcomeHeld {
            stream,
            operation: outcome.operation.clone(),
            id: outcome.id.clone(),
            outcome: outcome.word.to_owned(),
            file: file.clone(),
            why: why.to_owned(),
        });
        known(Recorded::Held { file: file.clone().ok(), why: why.to_owned() });
        file.ok()
    }

    /// Tries until the outcome is in the journal, or the journal refuses it for good.
    async fn persist(
        &self,
        outcome: &OutcomeEvent,
        mut last: Option<Error>,
        file: Option<PathBuf>,
    ) {
        let mut pause = FIRST_PAUSE;
        while let Some(error) = last {
            if is_final(&error) {
                return (self.notify)(Notice::OutcomeRefused {
                    stream: outcome.stream,
                    operation: outcome.operation.clone(),
                    id: outcome.id.clone(),
                    why: error.to_string(),
                });
            }
            // The real time: it is the database that needs it.
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
            last = self.append(outcome).await.err();
        }
        if let Some(file) = file {
            // If it stays, the next start imports it, which has no effect.
            let _ = tokio::task::spawn_blocking(move || std::fs::remove_file(file)).await;
        }
        (self.notify)(Notice::OutcomeWritten {
            stream: outcome.stream,
            operation: outcome.operation.clone(),
        });
    }
}

/// Returns whether the same outcome can never be stored in this journal.
fn is_final(error: &Error) -> bool {
    matches!(
        error,
        Error::Rejected(_)
            | Error::NoSuchStream(_)
            | Error::HistoryLost { .. }
            | Error::Newer { .. }
    )
}
