//! [`WatchOutput`]: the outputs of a watch.

use std::io;
use std::time::Duration;

use super::chart::Chart;
use super::event_lines::{EventLines, WatchEvent};
use super::metrics::Metrics;
use super::state::WatchState;
use super::summary::summary;
use super::view::{self, Canvas};
use super::watched_migration::WatchedMigration;
use crate::cli::OutputFormat;
use crate::error::CliError;
use crate::interrupt;
use crate::terminal::{self, LiveView, Overflow, WriteError, WriteQueue};

/// How long to wait at the end for a stalled reader of stdout.
const STDOUT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait for a stalled reader of stderr during the watch.
const STDERR_TIMEOUT: Duration = Duration::from_millis(100);

/// Lines on stdout, a live view on stderr, and metrics, as far as they are enabled. None of them delays the watch.
pub struct WatchOutput {
    stdout: WriteQueue,
    lines: Option<EventLines>,
    view: Option<LiveView>,
    metrics: Option<Metrics>,
    chart: Option<Chart>,
    has_summary: bool,
    /// Whether stdout is for programs. A person at the terminal then finds the summary on stderr.
    has_events: bool,
}

impl WatchOutput {
    /// Enables the live view if stderr is a terminal, and the lines if they do not disturb it.
    ///
    /// # Errors
    ///
    /// The system cannot start a thread.
    pub fn new(
        format: OutputFormat,
        metrics: Option<Metrics>,
        state: &WatchState,
    ) -> io::Result<Self> {
        let stdout_is_terminal = terminal::stdout_is_terminal();
        let supports_view = terminal::stderr_supports_live_view();
        let has_lines = format == OutputFormat::Json || !(stdout_is_terminal && supports_view);
        let has_view = supports_view && !(has_lines && stdout_is_terminal);
        let stdout = WriteQueue::new(terminal::stdout())?;
        Ok(Self {
            lines: has_lines.then(|| EventLines::new(format, stdout.clone(), state)),
            stdout,
            view: has_view.then(LiveView::start).transpose()?,
            metrics,
            chart: None,
            has_summary: format == OutputFormat::Table,
            has_events: format == OutputFormat::Json,
        })
    }

    /// Writes a chart too.
    #[must_use]
    pub fn with_chart(mut self, chart: Option<Chart>) -> Self {
        self.chart = chart;
        self
    }

    /// Returns how often the chart is written, if there is one.
    pub fn chart_interval(&self) -> Option<Duration> {
        self.chart.as_ref().map(Chart::interval)
    }

    /// Starts to write the chart, if there is one.
    pub fn start_chart(&mut self, state: &WatchState) {
        if let Some(chart) = &mut self.chart {
            chart.start_writing(state);
        }
    }

    /// Writes the last chart, if there is one, or returns a warning.
    pub async fn finish_chart(&mut self, state: &WatchState) -> Result<(), String> {
        match self.chart.take() {
            Some(chart) => chart.finish(state).await,
            None => Ok(()),
        }
    }

    /// Waits until writing to stdout has failed.
    pub fn stdout_failed(&self) -> impl Future<Output = ()> + use<> {
        self.stdout.clone().failed()
    }

    /// Returns why writing to stdout failed, if it did.
    pub fn stdout_error(&self) -> Option<WriteError> {
        self.stdout.error()
    }

    pub fn has_view(&self) -> bool {
        self.view.is_some()
    }

    /// Prints an event.
    pub fn print(
        &mut self,
        migration: &WatchedMigration,
        event: &WatchEvent<'_>,
    ) -> Result<(), CliError> {
        self.lines.as_mut().map_or(Ok(()), |lines| lines.print(migration, event))
    }

    /// Updates the metrics of a migration.
    pub fn update_metrics(&self, migration: &WatchedMigration) {
        if let Some(metrics) = &self.metrics {
            metrics.update(migration);
        }
    }

    /// Draws a frame of the live view.
    pub fn draw(&self, state: &WatchState) {
        if let Some(view) = &self.view {
            let (width, height) = view.size();
            view.show(&view::render(state, Canvas { width, height }));
        }
    }

    /// Ends the live view and prints the final states.
    pub fn print_end(&mut self, state: &WatchState) -> Result<(), CliError> {
        drop(self.view.take());
        if self.has_summary {
            let mut lines = Vec::new();
            let dropped = self.stdout.total_dropped();
            if dropped > 0 {
                let noun = if dropped == 1 { "line was" } else { "lines were" };
                let text = format!("{dropped} {noun} dropped because stdout was not read in time");
                lines.push(text.into());
            }
            lines.extend(summary(state));
            self.stdout.push(terminal::text(&lines).into_bytes(), Overflow::Keep);
        }
        let ended = self.lines.as_mut().map_or(Ok(()), |lines| lines.end(state));
        if self.has_events && terminal::only_stderr_is_terminal() {
            terminal::note_lines_within(STDERR_TIMEOUT, &summary(state));
        }
        ended
    }

    /// Waits until everything is written to stdout. Gives up if its reader stalls, and on a signal.
    pub async fn finish(&self) -> Result<(), WriteError> {
        tokio::select! {
            result = self.stdout.finish(STDOUT_TIMEOUT) => result,
            () = interrupt::requested_again() => Err(WriteError::Stalled),
        }
    }
}

/// Prints a warning above the live view.
pub fn warn(text: &str) {
    terminal::suspend_view();
    terminal::warn_within(STDERR_TIMEOUT, text);
    terminal::resume_view();
}
