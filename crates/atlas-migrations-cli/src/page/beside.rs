//! [`PageBeside`]: a page that is served beside a run or a watch.

use std::sync::Arc;

use atlas_migrations_page::PageServer;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::settings::{explain, settings};
use crate::cli::ServeBeside;
use crate::error::CliError;
use crate::interrupt;
use crate::journal::OpenJournal;
use crate::terminal::note;

/// A page that is served beside a run or a watch, over the same journal.
pub struct PageBeside {
    url: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl PageBeside {
    /// Serves the page, if the options say so, and says where. With the name of a plan, it shows that plan only.
    ///
    /// # Errors
    ///
    /// The page cannot be served, or options of the page are given without --serve.
    pub async fn start(
        options: &ServeBeside,
        journal: &OpenJournal,
        plan: Option<String>,
    ) -> Result<Option<Self>, CliError> {
        let Some(listen) = options.serve else {
            check(options)?;
            return Ok(None);
        };
        let mut settings = settings(listen, &options.readers, journal)?;
        settings.plan = plan;
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
