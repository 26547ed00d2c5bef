//! [`ReportFile`]: the report of a run, which is written anew while the run goes on.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::sleep;

use crate::commands::report::html_of_plan;
use crate::error::CliError;
use crate::journal::OpenJournal;
use crate::output_file::OutputFile;
use crate::terminal::warn;

/// A program that is killed loses at most this much of the report.
const INTERVAL: Duration = Duration::from_mins(1);

/// The report of a run.
pub struct ReportFile<'a> {
    file: Arc<OutputFile>,
    interval: Duration,
    journal: &'a OpenJournal,
    plan: String,
    /// The write that was begun last. A report that is written later must not be replaced by it.
    writing: Mutex<Option<JoinHandle<std::io::Result<()>>>>,
}

impl<'a> ReportFile<'a> {
    /// Checks that the file can be written, before the run takes hours.
    pub fn at(
        path: &Path,
        interval: Option<Duration>,
        journal: &'a OpenJournal,
        plan: &str,
    ) -> Result<Self, CliError> {
        let file = OutputFile::at(path).map_err(|error| {
            let message = format!("--report: {} cannot be written", path.display());
            CliError::usage(message).caused_by(&error)
        })?;
        let interval = interval.unwrap_or(INTERVAL);
        let (file, plan) = (Arc::new(file), plan.to_owned());
        Ok(Self { file, interval, journal, plan, writing: Mutex::default() })
    }

    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Writes the report again and again. A disk that stalls does not delay the run.
    pub async fn keep_writing(&self) -> Infallible {
        let mut is_failing = false;
        loop {
            sleep(self.interval).await;
            match self.write().await {
                Ok(()) => is_failing = false,
                Err(problem) if !is_failing => {
                    is_failing = true;
                    warn(&problem);
                }
                Err(_) => {}
            }
        }
    }

    /// Writes the report.
    ///
    /// # Errors
    ///
    /// The journal cannot be read, or the file cannot be written. Then the file is unchanged. The error is a warning for the
    /// user.
    pub async fn write(&self) -> Result<(), String> {
        let path = self.path().display().to_string();
        let html = html_of_plan(self.journal, &self.plan).await;
        let html = html.map_err(|error| format!("the report {path}: {}", error.message()))?;
        let Some(html) = html else { return Ok(()) };
        let mut writing = self.writing.lock().await;
        if let Some(before) = writing.as_mut() {
            // Its result was reported, or is that of a write whose run has ended.
            drop(before.await);
        }
        let file = Arc::clone(&self.file);
        let task = writing.insert(spawn_blocking(move || file.write(html.as_bytes())));
        let written = task.await;
        *writing = None;
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("the report {path} could not be written: {error}")),
            Err(_) => Err(format!("the report {path} could not be written")),
        }
    }
}
