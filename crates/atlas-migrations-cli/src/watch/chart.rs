//! [`Chart`]: the lags and events of all watched migrations as an SVG file.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use atlas_migrations_chart::{self as lag_chart, Mark, Outage, Point, Series, Tone};
use jiff::tz::TimeZone;
use tokio::task::JoinHandle;

use super::outcome::Outcome;
use super::state::WatchState;
use super::watched_migration::{Phase, WatchedMigration};
use crate::error::CliError;
use crate::output_file::OutputFile;

/// The file that a chart is written to.
#[derive(Debug)]
pub struct Chart {
    file: Arc<OutputFile>,
    interval: Duration,
    /// The write that is under way.
    writing: Option<JoinHandle<Result<(), String>>>,
}

impl Chart {
    /// Checks that the file can be written, before the watch takes hours. It is written anew after each interval.
    pub fn at(path: &Path, interval: Duration) -> Result<Self, CliError> {
        let file = OutputFile::at(path).map_err(|error| {
            let message = format!("--chart: {} cannot be written", path.display());
            CliError::usage(message).caused_by(&error)
        })?;
        Ok(Self { file: Arc::new(file), interval, writing: None })
    }

    /// Returns how often it is written.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// Starts to write the chart, unless the write before takes that long. A disk that stalls does not delay the watch.
    pub fn start_writing(&mut self, state: &WatchState) {
        if self.writing.as_ref().is_some_and(|writing| !writing.is_finished()) {
            return;
        }
        let (file, svg) = (Arc::clone(&self.file), drawn(state).to_svg());
        self.writing = Some(tokio::task::spawn_blocking(move || write(&file, &svg)));
    }

    /// Writes the last chart, or returns a warning. On an error, the file is unchanged.
    pub async fn finish(mut self, state: &WatchState) -> Result<(), String> {
        if let Some(writing) = self.writing.take() {
            // The last write says what is wrong, if anything.
            let _ = writing.await;
        }
        write(&self.file, &drawn(state).to_svg())
    }
}

fn write(file: &OutputFile, svg: &str) -> Result<(), String> {
    file.write(svg.as_bytes()).map_err(|error| {
        format!("the chart {} could not be written: {error}", file.path().display())
    })
}

/// Returns the chart of a watch, in the time zone of this computer.
pub(super) fn drawn(state: &WatchState) -> lag_chart::Chart {
    let title = match &state.migrations[..] {
        [migration] => format!("Lag of {}", migration.target.name),
        all => format!("Lag of {} live migrations", all.len()),
    };
    let mut chart = lag_chart::Chart::new(title, TimeZone::system());
    if !state.is_finished() {
        chart = chart.as_of(state.wall_ms(state.now()));
    }
    let limits = state.migrations.iter().filter_map(|migration| migration.condition?.max_lag);
    if let Some(limit) = limits.max() {
        chart = chart.max_lag(limit.as_secs());
    }
    let series = state.migrations.iter().map(|migration| series(migration, state));
    series.fold(chart, lag_chart::Chart::series)
}

fn series(migration: &WatchedMigration, state: &WatchState) -> Series {
    let (tone, glyph, text) = status(migration);
    let points = migration.lags.samples().map(|sample| match sample.lag {
        Some(lag) => Point::new(state.wall_ms(sample.at), lag.as_secs()),
        None => Point::gap(state.wall_ms(sample.at)),
    });
    let mut series = Series::new(&migration.target.name, tone, text).glyph(glyph).points(points);
    for event in &migration.events {
        series = series.mark(Mark::new(state.wall_ms(event.at), event.kind).detail(&event.text));
    }
    for (from, to) in &migration.outages {
        let outage = Outage::new(state.wall_ms(*from), to.map(|to| state.wall_ms(to)));
        series = series.outage(outage);
    }
    if let (Some(left), Some(seen)) = (migration.time_left(), migration.last_seen)
        && migration.phase() != Phase::Over
    {
        let since = migration.since(seen);
        let deadline = seen.saturating_add(since).saturating_add(left.shortest());
        series = series.deadline(state.wall_ms(deadline));
    }
    series
}

/// Returns who acts next, the sign for it, and the state in words.
fn status(migration: &WatchedMigration) -> (Tone, char, String) {
    let (tone, glyph) = match (&migration.outcome, migration.phase()) {
        (Some(Outcome::Failed | Outcome::Expired), _) => (Tone::Broken, '✗'),
        (Some(Outcome::Complete), _) => (Tone::Done, '✓'),
        (Some(Outcome::Error { .. }), _) => (Tone::Broken, '?'),
        _ if migration.outage.is_some() => (Tone::Yours, '!'),
        (_, Phase::Ready) if migration.condition.is_none() => (Tone::Yours, '!'),
        (_, Phase::CuttingOver) => (Tone::Moving, '»'),
        (_, Phase::Unseen | Phase::New) => (Tone::Idle, '·'),
        _ => (Tone::Moving, '▸'),
    };
    let text = match &migration.outcome {
        Some(Outcome::Error { message, .. }) => message.clone(),
        // The state of the migration says more than that the watch of it ended.
        Some(Outcome::Interrupted) => format!("{}; watch interrupted", migration.phase_text()),
        Some(Outcome::TimedOut) => format!("{}; watch timed out", migration.phase_text()),
        Some(outcome) => outcome.as_str().to_owned(),
        None => migration.phase_text(),
    };
    (tone, glyph, text)
}
