//! [`Recording`]: the changes that this process sends, and what is done when their outcomes cannot be written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use atlas_migrations::{Client, Settings};
use atlas_migrations_journal::store::{NewRunner, Store};
use atlas_migrations_runs::changes::{Changes, Notice};

use super::actor::{actor, host, os_user};
use super::outcome_folders::outcome_folders;
use super::secrets::secrets;
use crate::error::{CliError, Exit};
use crate::interrupt;
use crate::terminal::{note, warn};

/// How long the end of the command waits for the journal to take an outcome that a file keeps.
const PATIENCE: Duration = Duration::from_secs(5);

/// The changes that this process sends. Its runner is registered in the journal.
#[derive(Debug)]
pub struct Recording {
    changes: Changes,
    /// Whether an outcome is neither in the journal nor in a file.
    is_unwritten: Arc<AtomicBool>,
}

impl Recording {
    /// Registers this process in the journal.
    pub async fn start(
        store: Arc<dyn Store>,
        client: &Client,
        settings: &Settings,
    ) -> Result<Self, CliError> {
        let new = NewRunner::new(host(), std::process::id(), os_user(), env!("CARGO_PKG_VERSION"));
        let runner = store.register(new).await?;
        let is_unwritten = Arc::new(AtomicBool::new(false));
        let notices = Arc::clone(&is_unwritten);
        let changes = Changes::builder(store, client.clone(), runner, actor())
            .secrets(secrets(Some(settings)))
            .outcome_folders(outcome_folders())
            .on_notice(move |notice| on_notice(&notice, &notices));
        #[cfg(feature = "kill-points")]
        let changes = changes.probe(Some(atlas_migrations_runs::kill_points::probe));
        let changes = changes.build().await?;
        Ok(Self { changes, is_unwritten })
    }

    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Waits until the outcomes are written, and gives the streams back.
    ///
    /// An outcome that is in no file is waited for until a second signal.
    pub async fn finish(&self) {
        let settled = self.changes.settled();
        tokio::pin!(settled);
        let in_time = tokio::time::timeout(PATIENCE, &mut settled).await.is_ok();
        if !in_time && self.is_unwritten.load(Ordering::SeqCst) {
            tokio::select! {
                () = &mut settled => {}
                () = interrupt::requested() => {
                    note("an outcome is in no file yet; a second signal stops at once");
                    settled.await;
                }
            }
        }
        // The streams are free again when this process has ended.
        let _ = self.changes.store().release(self.changes.runner(), None).await;
    }
}

/// Tells a person what the journal cannot take.
fn on_notice(notice: &Notice, is_unwritten: &AtomicBool) {
    match notice {
        Notice::OutcomeHeld { operation, id, outcome, file, why, .. } => {
            let id = id.as_ref().map(|id| format!(", ID {id}")).unwrap_or_default();
            let (what, place) = match file {
                Ok(file) => (
                    format!("{operation} was {outcome}{id}"),
                    format!("{} keeps this until the next command imports it", file.display()),
                ),
                Err(problem) => {
                    is_unwritten.store(true, Ordering::SeqCst);
                    (
                        format!("{operation} was {outcome}{id}: write this down"),
                        format!("no file could be written either ({problem})"),
                    )
                }
            };
            warn(&format!("{what}; the journal cannot record it ({why}); {place}"));
            let error =
                CliError::new(format!("interrupted; {what}, and the journal did not record it"))
                    .exit(Exit::Interrupted);
            interrupt::exit_with_after_first(error);
        }
        Notice::OutcomeWritten { operation, .. } => {
            is_unwritten.store(false, Ordering::SeqCst);
            note(&format!("the outcome of {operation} is in the journal now"));
        }
        Notice::OutcomeRefused { operation, id, why, .. } => {
            is_unwritten.store(false, Ordering::SeqCst);
            let id = id.as_ref().map(|id| format!(" (ID {id})")).unwrap_or_default();
            warn(&format!("the journal refuses the outcome of {operation}{id}: {why}"));
        }
        _ => {}
    }
}
