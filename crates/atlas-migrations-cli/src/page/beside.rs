//! [`PageBeside`]: a page that is served beside a run or a watch.

use std::sync::Arc;

use atlas_migrations::LiveMigrationRef;
use atlas_migrations_page::PageServer;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::settings::{explain, settings};
use crate::cli::ServeBeside;
use crate::error::CliError;
use crate::interrupt;
use crate::journal::OpenJournal;
use crate::terminal::note;

/// What a page beside a command shows.
pub enum Shown {
    /// The plan with this name.
    Plan(String),
    /// The migrations that are watched, as far as the journal has them.
    Migrations(Vec<LiveMigrationRef>),
}

/// A page that is served beside a run or a watch, over the same journal.
pub struct PageBeside {
    url: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl PageBeside {
    /// Serves the page, if the options say so, and says where. It shows one plan or some migrations only.
    ///
    /// # Errors
    ///
    /// The page cannot be served, or options of the page are given without --serve.
    pub async fn start(
        options: &ServeBeside,
        journal: &OpenJournal,
        shown: Shown,
    ) -> Result<Option<Self>, CliError> {
        let Some(listen) = options.serve else {
            check(options)?;
            return Ok(None);
        };
        let mut settings = settings(listen, &options.readers, journal)?;
        match shown {
            Shown::Plan(name) => settings.plan = Some(name),
            Shown::Migrations(watched) => {
                let key = |one: LiveMigrationRef| (one.group.to_string(), one.id.to_string());
                settings.migrations = Some(watched.into_iter().map(key).collect());
            }
        }
        let server = PageServer::bind(Arc::clone(&journal.store), settings).await;
        let server = server.map_err(explain)?;
        let (url, (stop, stopped)) = (server.url(), oneshot::channel::<()>());
        note(&format!("the page is at {url}"));
        let task = tokio::spawn(server.run(async { drop(stopped.await) }));
        Ok(Some(Self { url, stop, task }))
    }

    /// Keeps the page up until a signal comes, and says so.
    pub async fn stay(self) {
        if !interrupt::is_requested() {
            note(&format!("the page stays at {}; Ctrl-C ends it", self.url));
            interrupt::requested().await;
        }
        self.stop().await;
    }

    /// Ends the page.
    pub async fn stop(self) {
        // Without a receiver it has ended.
        let _ = self.stop.send(());
        drop(self.task.await);
    }
}

/// Refuses options of the page without the page.
///
/// # Errors
///
/// An option of the page is given without --serve.
fn check(options: &ServeBeside) -> Result<(), CliError> {
    match options.readers.first_given() {
        Some(option) => Err(CliError::usage(format!("{option} needs --serve"))),
        None => Ok(()),
    }
}
