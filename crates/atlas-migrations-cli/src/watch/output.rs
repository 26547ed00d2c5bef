//! [`Outputs`]: where it is told how migrations go.

use std::io;
use std::time::{Duration, SystemTime};

use atlas_migrations::WatchError;

use super::board::Board;
use super::lines::{Lines, Step};
use super::metrics::Metrics;
use super::summary::summary;
use super::view::{self, Canvas};
use crate::arguments::Output;
use crate::failure::Failure;
use crate::interrupt::told_again_to_stop;
use crate::terminal::{self, Failed, Keep, LiveView, Queue};

/// How long a reader of stdout that does not read is waited for at the end.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one of stderr is waited for in between.
const WARNING: Duration = Duration::from_millis(100);

/// Lines on stdout, a live view on stderr, metrics: what there is of them. None of them keeps anything else
/// waiting.
pub struct Outputs {
    stdout: Queue,
    lines: Option<Lines>,
    view: Option<LiveView>,
    metrics: Option<Metrics>,
    has_summary: bool,
}

impl Outputs {
    /// A live view where stderr is a terminal, and lines where they do not get in its way.
    ///
    /// # Errors
    ///
    /// The system has no room for another thread.
    pub fn new(form: Output, metrics: Option<Metrics>) -> io::Result<Self> {
        let (stdout, stderr) = (terminal::stdout_is_terminal(), terminal::stderr_can_be_drawn_on());
        let has_lines = form == Output::Json || !(stdout && stderr);
        let queue = Queue::to(terminal::stdout())?;
        let has_view = stderr && !(has_lines && stdout);
        Ok(Self {
            lines: has_lines.then(|| Lines::new(form, queue.clone())),
            stdout: queue,
            view: has_view.then(LiveView::start).transpose()?,
            metrics,
            has_summary: form == Output::Table,
        })
    }

    /// Waits until stdout cannot be written any more.
    pub fn stdout_failed(&self) -> impl Future<Output = ()> + use<> {
        self.stdout.clone().failed()
    }

    /// Why stdout cannot be written any more, where that is so.
    pub fn failure(&self) -> Option<Failed> {
        self.stdout.failure()
    }

    /// Whether there is a live view.
    pub fn has_view(&self) -> bool {
        self.view.is_some()
    }

    /// Begins, before anything was seen.
    pub fn begin(&mut self, board: &Board) {
        if let Some(lines) = &mut self.lines {
            lines.begin(board);
        }
    }

    /// Tells what was seen of a migration.
    pub fn update(
        &mut self,
        board: &Board,
        index: usize,
        is_news: bool,
        now: SystemTime,
    ) -> Result<(), Failure> {
        let row = &board.rows[index];
        if let Some(metrics) = &self.metrics {
            metrics.update(row);
        }
        match (&mut self.lines, &row.seen) {
            (Some(lines), Some(update)) if is_news => lines.update(row, index, update, now),
            _ => Ok(()),
        }
    }

    /// Tells that a poll failed.
    pub fn failed_poll(
        &mut self,
        board: &Board,
        index: usize,
        error: &WatchError,
        is_news: bool,
        now: SystemTime,
    ) -> Result<(), Failure> {
        let row = &board.rows[index];
        if let Some(metrics) = &self.metrics {
            metrics.update(row);
        }
        match (&self.lines, &row.trouble) {
            (Some(lines), Some(trouble)) if is_news => {
                lines.failed_poll(row, index, trouble, error, now)
            }
            _ => Ok(()),
        }
    }

    /// Tells how a cutover goes.
    pub fn cutover(
        &mut self,
        board: &Board,
        index: usize,
        step: Step,
        why: Option<&str>,
        now: SystemTime,
    ) -> Result<(), Failure> {
        let row = &board.rows[index];
        self.lines.as_ref().map_or(Ok(()), |lines| lines.cutover(row, index, step, why, now))
    }

    /// Draws the live view.
    pub fn frame(&self, board: &Board) {
        if let Some(view) = &self.view {
            let (width, height) = view.size();
            view.show(&view::render(board, Canvas { width, height }));
        }
    }

    /// Tells where each migration stands, once all is over.
    pub fn end(&mut self, board: &Board, now: SystemTime) -> Result<(), Failure> {
        // Which leaves the terminal clean for what comes now.
        drop(self.view.take());
        if self.has_summary {
            let left_out = self.stdout.all_left_out();
            let mut lines = Vec::new();
            if left_out > 0 {
                let what = if left_out == 1 { "line was" } else { "lines were" };
                lines
                    .push(format!("{left_out} {what} left out: they were not read in time").into());
            }
            lines.extend(summary(board));
            self.stdout.push(terminal::text(&lines).into_bytes(), Keep::Always);
        }
        self.lines.as_ref().map_or(Ok(()), |lines| lines.end(board, now))
    }

    /// Waits until all is written, but for a reader that does not read only so long, and not after a signal.
    pub async fn finish(&self) -> Result<(), Failed> {
        tokio::select! {
            finished = self.stdout.finish(PATIENCE) => finished,
            () = told_again_to_stop() => Err(Failed::NotRead),
        }
    }
}

/// Tells on stderr what is not as it should be, above the view where there is one.
pub fn warn(text: &str) {
    terminal::leave_view();
    terminal::warn_within(WARNING, text);
    terminal::view_goes_on();
}
