//! [`WatchOutput`]: the outputs of a watch.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use atlas_migrations_board::Published;
use atlas_migrations_journal::store::Store;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::chart::Chart;
use super::event_lines::{EventLines, WatchEvent};
use super::exit_error::cutover_note;
use super::metrics::Metrics;
use super::state::WatchState;
use super::summary::summary;
use super::view_input;
use super::watched_migration::WatchedMigration;
use crate::cli::OutputFormat;
use crate::error::CliError;
use crate::follow_view::{self, FollowView, JournalReads};
use crate::interrupt;
use crate::terminal::{self, Line, Overflow, WriteError, WriteQueue};

/// How long to wait at the end for a stalled reader of stdout.
const STDOUT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait for a stalled reader of stderr during the watch.
const STDERR_TIMEOUT: Duration = Duration::from_millis(100);
/// The time between two frames without news: the clock and lags on the screen get old.
const FRAME_AGE: Duration = Duration::from_secs(1);
/// The time between two frames of many migrations.
const MANY_FRAME_AGE: Duration = Duration::from_millis(500);
const MANY: usize = 100;
/// The time between two reads of the journal.
const JOURNAL_INTERVAL: Duration = Duration::from_secs(1);

/// Lines on stdout, a live view on stderr, and metrics, as far as they are enabled. None of them delays the watch.
pub struct WatchOutput {
    stdout: WriteQueue,
    lines: Option<EventLines>,
    view: Option<FollowView>,
    /// What the journal says, while the view needs it.
    journal: Option<watch::Receiver<Option<Published>>>,
    /// Whether there is something that the view does not show yet.
    is_stale: bool,
    drawn_at: Option<Instant>,
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
        journal: Option<Arc<dyn Store>>,
        state: &WatchState,
    ) -> io::Result<Self> {
        let stdout_is_terminal = terminal::stdout_is_terminal();
        let supports_view = follow_view::is_possible();
        let has_lines = format == OutputFormat::Json || !(stdout_is_terminal && supports_view);
        let has_view = supports_view && !(has_lines && stdout_is_terminal);
        let stdout = WriteQueue::new(terminal::stdout())?;
        Ok(Self {
            lines: has_lines.then(|| EventLines::new(format, stdout.clone(), state)),
            stdout,
            view: has_view.then(|| FollowView::start(false)).transpose()?,
            journal: journal.filter(|_| has_view).map(follow_journal),
            is_stale: true,
            drawn_at: None,
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
        self.is_stale = true;
        self.lines.as_mut().map_or(Ok(()), |lines| lines.print(migration, event))
    }

    /// Updates the metrics of a migration.
    pub fn update_metrics(&mut self, migration: &WatchedMigration) {
        self.is_stale = true;
        if let Some(metrics) = &self.metrics {
            metrics.update(migration);
        }
    }

    /// Draws a frame of the live view, if there is news or the last one is old.
    pub fn draw(&mut self, state: &WatchState) {
        let Some(view) = &self.view else { return };
        let now = Instant::now();
        let age = self.drawn_at.map_or(Duration::MAX, |at| now.saturating_duration_since(at));
        let least = if state.migrations.len() > MANY { MANY_FRAME_AGE } else { Duration::ZERO };
        if age >= FRAME_AGE || (self.is_stale && age >= least) {
            view.show(input(state, self.journal.as_ref()));
            self.is_stale = false;
            self.drawn_at = Some(now);
        }
    }

    /// Ends the live view and prints the final states: those of the view if there was one.
    pub fn print_end(&mut self, state: &WatchState) -> Result<(), CliError> {
        let ended = self.view.take().and_then(|view| {
            view.show(input(state, self.journal.as_ref()));
            view.end()
        });
        let mut lines = Vec::new();
        let dropped = self.stdout.total_dropped();
        if dropped > 0 {
            let noun = if dropped == 1 { "line was" } else { "lines were" };
            let text = format!("{dropped} {noun} dropped because stdout was not read in time");
            lines.push(text.into());
        }
        match ended {
            Some(ended) if self.lines.is_none() => {
                lines.extend(ended.lines());
                let notes = state.migrations.iter().filter_map(|migration| {
                    Some(format!("{}: {}", migration.target.name, cutover_note(migration)?))
                });
                lines.extend(notes.map(Line::from));
            }
            Some(ended) => {
                // Lines on stdout are for a program or a file; the terminal keeps what a person saw.
                terminal::note_lines(&ended.lines());
                lines.extend(summary(state));
            }
            None => lines.extend(summary(state)),
        }
        if self.has_summary {
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

fn input(
    state: &WatchState,
    journal: Option<&watch::Receiver<Option<Published>>>,
) -> follow_view::Input {
    let published = journal.and_then(|journal| journal.borrow().clone());
    view_input::input(state, published.as_ref())
}

/// Reads the journal until nobody needs it. It delays neither polls nor frames.
fn follow_journal(store: Arc<dyn Store>) -> watch::Receiver<Option<Published>> {
    let (sender, receiver) = watch::channel(None);
    tokio::spawn(async move {
        let mut reads = JournalReads::new(&store);
        while !sender.is_closed() {
            let published = reads.read().await;
            sender.send_replace(published);
            sleep(JOURNAL_INTERVAL).await;
        }
    });
    receiver
}

/// Prints a warning, which the live view does not hide.
pub fn warn(text: &str) {
    terminal::warn_within(STDERR_TIMEOUT, text);
}
