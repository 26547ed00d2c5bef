//! [`Recorder`]: sends a change through the journal.

use std::time::Duration;

use atlas_migrations::{Client, Settings, Validation};
use atlas_migrations_journal::StreamId;
use atlas_migrations_runs::changes::{Accepted, Basis, Change, ChangeError, Changes, Target};
use tokio::time::Instant;

use super::explain::explain;
use crate::change;
use crate::cli::GlobalOptions;
use crate::error::{CliError, Exit};
use crate::interrupt;
use crate::journal::{OpenJournal, record_validation};
use crate::terminal::warn;

const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Sends changes through the journal: each intent before, each outcome after.
pub struct Recorder<'a> {
    journal: &'a OpenJournal,
    changes: &'a Changes,
    attempts: u32,
    time: Duration,
}

impl<'a> Recorder<'a> {
    /// Registers this process in the journal, if there is one.
    pub async fn start(
        global: &GlobalOptions,
        journal: Option<&'a OpenJournal>,
        client: &Client,
        settings: &Settings,
    ) -> Result<Option<Self>, CliError> {
        let Some(journal) = journal else { return Ok(None) };
        let changes = journal.changes(client, settings).await.map_err(CliError::nothing_sent)?;
        let time = Duration::from_secs(global.call_timeout);
        Ok(Some(Self { journal, changes, attempts: global.attempts, time }))
    }

    pub fn journal(&self) -> &'a OpenJournal {
        self.journal
    }

    pub fn changes(&self) -> &'a Changes {
        self.changes
    }

    /// Sends a change. One that the rate limit refused, or that did not leave, is sent again with a new intent, within the
    /// limits of the command line.
    ///
    /// The first signal does not interrupt this; the second one does. After it returns, the caller has to call another
    /// function of [`interrupt`] before it waits for anything.
    pub async fn send(
        &self,
        text: &change::Change,
        name: &str,
        target: Target,
        what: Change,
        basis: Basis,
    ) -> Result<Accepted, CliError> {
        text.set_in_flight();
        let stream = target.stream();
        let error = match self.attempt(target, &what, &basis).await {
            Ok(accepted) => return Ok(accepted),
            Err(error) => error,
        };
        let error = explain(&*self.journal.store, stream, name, error).await;
        Err(if interrupt::is_requested() { error.exit(Exit::Interrupted) } else { error })
    }

    /// Records how a validation ended, unless it runs. A journal that does not take it is a warning.
    pub async fn record_validation(&self, stream: StreamId, validation: &Validation) {
        let recorded =
            record_validation(self.journal, self.changes.actor(), stream, validation).await;
        if let Err(error) = recorded {
            warn(&format!("the result of the validation is not recorded: {error}"));
        }
    }

    async fn attempt(
        &self,
        target: Target,
        what: &Change,
        basis: &Basis,
    ) -> Result<Accepted, ChangeError> {
        let began = Instant::now();
        let mut pause = FIRST_PAUSE;
        for _ in 1..self.attempts {
            let error = match self.changes.send(target.clone(), what.clone(), basis.clone()).await {
                Err(error) if is_repeated(&error) => error,
                other => return other,
            };
            let asked = error.client_error().and_then(atlas_migrations::Error::retry_after);
            let wait = asked.unwrap_or(pause);
            if began.elapsed().saturating_add(wait) > self.time {
                return Err(error);
            }
            // A signal during this pause ends the program.
            self.changes.client().transport().clock().sleep(wait).await;
            pause = pause.saturating_mul(2);
        }
        self.changes.send(target, what.clone(), basis.clone()).await
    }
}

/// Returns whether a change is sent again: it had no effect, and that of the next attempt may differ.
fn is_repeated(error: &ChangeError) -> bool {
    match error {
        ChangeError::Refused { error, .. } => error.is_rate_limited(),
        ChangeError::NotSent { error, .. } => error.is_transport(),
        _ => false,
    }
}
