//! [`Outputs`]: where it is told how migrations go.

use std::io::{self, IsTerminal as _};
use std::time::SystemTime;

use atlas_migrations::WatchError;

use super::board::{Board, Row};
use super::lines::{Lines, Step};
use super::metrics::Metrics;
use super::screen::Screen;
use super::summary::summary;
use crate::arguments::Output;
use crate::failure::Failure;
use crate::terminal::{has_colour, print};

/// Lines on stdout, a live view on stderr, metrics: what there is of them.
pub struct Outputs {
    lines: Option<Lines>,
    screen: Option<Screen>,
    metrics: Option<Metrics>,
    has_summary: bool,
}

impl Outputs {
    /// A live view where stderr is a terminal, and lines where they do not get in its way.
    pub fn new(form: Output, metrics: Option<Metrics>) -> Self {
        let (stdout, stderr) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let has_lines = form == Output::Json || !(stdout && stderr);
        Self {
            lines: has_lines.then(|| Lines::new(form)),
            screen: (stderr && !(has_lines && stdout)).then(Screen::new),
            metrics,
            has_summary: form == Output::Table,
        }
    }

    /// Whether somebody still wants to be told.
    pub fn is_wanted(&self) -> bool {
        self.lines.as_ref().is_none_or(Lines::is_read)
    }

    /// Whether there is a live view.
    pub fn has_view(&self) -> bool {
        self.screen.is_some()
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
        row: &Row,
        index: usize,
        is_news: bool,
        now: SystemTime,
    ) -> Result<(), Failure> {
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
        row: &Row,
        error: &WatchError,
        is_news: bool,
        now: SystemTime,
    ) -> Result<(), Failure> {
        if let Some(metrics) = &self.metrics {
            metrics.update(row);
        }
        match (&mut self.lines, &row.trouble) {
            (Some(lines), Some(trouble)) if is_news => lines.failed_poll(row, trouble, error, now),
            _ => Ok(()),
        }
    }

    /// Tells how a cutover goes.
    pub fn cutover(
        &mut self,
        row: &Row,
        step: Step,
        why: Option<&str>,
        now: SystemTime,
    ) -> Result<(), Failure> {
        self.lines.as_mut().map_or(Ok(()), |lines| lines.cutover(row, step, why, now))
    }

    /// Draws the live view.
    pub fn frame(&mut self, board: &Board) -> Result<(), Failure> {
        Ok(self.screen.as_mut().map_or(Ok(()), |screen| screen.draw(board))?)
    }

    /// Tells where each migration stands, once all is over.
    pub fn end(&mut self, board: &Board, now: SystemTime) -> Result<(), Failure> {
        if let Some(screen) = self.screen.take() {
            screen.clear()?;
        }
        if self.has_summary {
            print(summary(board, has_colour()).as_bytes())?;
        }
        self.lines.as_mut().map_or(Ok(()), |lines| lines.end(board, now))
    }
}
