//! The live view: one line for each migration, within the size of the terminal.

use std::time::Duration;

use atlas_migrations::{Trend, Update};
use console::{measure_text_width, truncate_str};
use humantime::format_duration;

use super::cutover_condition::{TimeLeft, WaitingFor};
use super::outcome::Outcome;
use super::scale::{to_f64, to_index};
use super::state::WatchState;
use super::watched_migration::{CutoverState, Phase, WatchedMigration};
use crate::terminal::{self, CYAN, Cell, GREEN, Line, RED, YELLOW, columns, optional};
use crate::time_text::short;

/// The gap between two columns.
const GAP: usize = 2;
const STATUS_WIDTH: usize = 8;
const LAG_WIDTH: usize = 7;
const TREND_WIDTH: usize = 8;
/// The minimum and maximum widths of the other columns.
const NAME_WIDTH: (usize, usize) = (10, 24);
const BAR_WIDTH: (usize, usize) = (6, 20);
const CURVE_WIDTH: (usize, usize) = (8, 20);
const NEXT_WIDTH: (usize, usize) = (20, 30);

/// The time left for a cutover at which it is shown as a warning, and as an alarm.
const WARNING_TIME: Duration = Duration::from_hours(24);
const ALARM_TIME: Duration = Duration::from_hours(2);

/// The size of the terminal.
#[derive(Clone, Copy, Debug)]
pub struct Canvas {
    pub width: usize,
    pub height: usize,
}

/// Returns the lines of the view. They are narrower than the terminal, and fewer than its lines.
pub fn render(state: &WatchState, canvas: Canvas) -> Vec<Line> {
    // The cursor is below the last line. The last column stays empty, because some terminals wrap there.
    let (width, height) = (canvas.width.saturating_sub(1), canvas.height.saturating_sub(1));
    let widths = Widths::fitting(state, width);
    let headings = ["MIGRATION", "STATUS", "DONE", "LAG", "HISTORY", "TREND", "NEXT"];
    let mut lines = vec![widths.line(&headings.map(Cell::from), width)];

    let mut shown: Vec<&WatchedMigration> = state.migrations.iter().collect();
    let room = height.saturating_sub(2).max(1);
    let mut hidden = Vec::new();
    if shown.len() > room {
        // The keys are cached because they change with time, even while sorting.
        shown.sort_by_cached_key(|migration| urgency(migration));
        hidden = shown.split_off(room.saturating_sub(1).max(1));
    }
    lines.extend(shown.iter().map(|migration| widths.line(&cells(migration, &widths), width)));
    let full_line = |text: String| columns([(&text.into(), width)], 0, width);
    if !hidden.is_empty() {
        lines.push(full_line(hidden_summary(&hidden)));
    }
    lines.push(full_line(footer(state)));
    lines.truncate(height.max(1));
    lines
}

/// The widths of the columns. A column that does not fit has width 0.
#[derive(Clone, Copy, Debug)]
struct Widths {
    name: usize,
    bar: usize,
    curve: usize,
    trend: usize,
    next: usize,
}

impl Widths {
    fn fitting(state: &WatchState, width: usize) -> Self {
        let names = state.migrations.iter().map(|migration| &migration.target.name);
        let longest = names.map(|name| Cell::from(name).width()).max().unwrap_or_default();
        let longest = longest.clamp(NAME_WIDTH.0, NAME_WIDTH.1);
        let needed = NAME_WIDTH.0 + STATUS_WIDTH + LAG_WIDTH + NEXT_WIDTH.0 + 3 * GAP;
        let mut left = width.saturating_sub(needed);
        // The most useful columns come first.
        let bar = take(&mut left, BAR_WIDTH.0);
        let curve = take(&mut left, CURVE_WIDTH.0);
        let name = grow(&mut left, NAME_WIDTH.0, longest);
        let next = grow(&mut left, NEXT_WIDTH.0, NEXT_WIDTH.0.midpoint(NEXT_WIDTH.1));
        let trend = take(&mut left, TREND_WIDTH);
        let next = grow(&mut left, next, NEXT_WIDTH.1);
        let curve = grow(&mut left, curve, CURVE_WIDTH.1);
        let bar = grow(&mut left, bar, BAR_WIDTH.1);
        Self { name, bar, curve, trend, next }
    }

    fn line(&self, cells: &[Cell; 7], max: usize) -> Line {
        let Self { name, bar, curve, trend, next } = *self;
        let widths = [name, STATUS_WIDTH, bar, LAG_WIDTH, curve, trend, next];
        columns(cells.iter().zip(widths), GAP, max)
    }
}

/// Returns the width of a new column, or 0 if there is no room for it and its gap.
fn take(left: &mut usize, width: usize) -> usize {
    let Some(rest) = left.checked_sub(width + GAP) else {
        return 0;
    };
    *left = rest;
    width
}

/// Returns a larger width for a column, unless its width is 0.
fn grow(left: &mut usize, width: usize, max: usize) -> usize {
    let more = if width == 0 { 0 } else { max.saturating_sub(width).min(*left) };
    *left -= more;
    width + more
}

fn cells(migration: &WatchedMigration, widths: &Widths) -> [Cell; 7] {
    let color = match migration.phase() {
        Phase::Over if matches!(migration.outcome, Some(Outcome::Failed | Outcome::Expired)) => RED,
        Phase::Over | Phase::Ready | Phase::CuttingOver => GREEN,
        _ => CYAN,
    };
    let update = migration.latest.as_ref();
    // Once a migration is ready, the trend is meaningless.
    let trend = update.filter(|_| migration.phase() == Phase::Replicating);
    [
        shorten(&migration.target.name, widths.name).into(),
        terminal::status(migration.status()),
        Cell::from(bar(migration.progress(), widths.bar)).styled(color),
        optional(update.and_then(|update| update.lag).map(short)),
        Cell::from(migration.lags.sparkline(widths.curve)).styled(CYAN),
        optional(trend.and_then(|update| update.trend).map(trend_text)),
        next_cell(migration),
    ]
}

/// Shortens a name in the middle, because IDs differ most at their ends.
fn shorten(name: &str, width: usize) -> String {
    if measure_text_width(name) <= width {
        return name.to_owned();
    }
    let head = truncate_str(name, width.saturating_sub(1) / 2, "");
    let room = width.saturating_sub(1 + measure_text_width(&head));
    let tails = name.char_indices().map(|(at, _)| &name[at..]);
    let tail = tails.into_iter().find(|tail| measure_text_width(tail) <= room).unwrap_or_default();
    format!("{head}…{tail}")
}

/// Draws a progress bar in steps of an eighth of a character.
fn bar(progress: Option<f64>, width: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = to_index(progress.unwrap_or(0.0) * to_f64(width) * 8.0).min(width * 8);
    let part = PARTS[eighths % 8];
    let empty = width - eighths / 8 - usize::from(!part.is_empty());
    format!("{}{part}{}", "█".repeat(eighths / 8), "░".repeat(empty))
}

/// Returns how many seconds of lag are caught up per second, with an arrow for the direction.
fn trend_text(trend: Trend) -> String {
    let rate = trend.catch_up_rate.abs();
    let arrow = match trend.catch_up_rate {
        _ if trend.low <= 0.0 && trend.high >= 0.0 => "→",
        shed if shed > 0.0 => "↘",
        _ => "↗",
    };
    let digits = if rate < 9.995 { 2 } else { usize::from(rate < 99.95) };
    format!("{arrow} {rate:.digits$}/s")
}

/// Returns what is expected next, or the outcome.
pub fn next_cell(migration: &WatchedMigration) -> Cell {
    if let Some(outcome) = &migration.outcome
        && !matches!(outcome, Outcome::Ready)
    {
        let times = migration.first_seen.zip(migration.finished_at);
        let duration = times.map(|(first, last)| short(last.saturating_sub(first)));
        let after = duration.map(|duration| format!(" after {duration}")).unwrap_or_default();
        let color = match outcome {
            Outcome::Complete => GREEN,
            Outcome::TimedOut | Outcome::Interrupted => YELLOW,
            _ => RED,
        };
        return Cell::from(format!("{}{after}", outcome.as_str())).styled(color);
    }
    if let Some(outage) = &migration.outage {
        let duration = short(migration.since(outage.since));
        let text = format!("no response {duration}, {}", polls(outage.failed_polls.into()));
        return Cell::from(text).styled(YELLOW);
    }
    if migration.cutover == CutoverState::Sending {
        return Cell::from("sending the cutover").styled(YELLOW);
    }
    let Some(update) = &migration.latest else {
        return "first poll".into();
    };
    match migration.phase() {
        Phase::Ready => ready_cell(migration),
        Phase::Replicating => estimate_text(update, migration.time_since_poll()).into(),
        Phase::Unknown => "unknown status".into(),
        _ => migration.phase_text().into(),
    }
}

/// Returns what a cutover waits for, and the time that is left for it.
fn ready_cell(migration: &WatchedMigration) -> Cell {
    let missing = match migration.waiting_for() {
        Some(WaitingFor::Lag { lag: Some(_), max }) => {
            format!(", lag above {}", format_duration(max))
        }
        Some(WaitingFor::Lag { lag: None, .. }) => ", lag unknown".to_owned(),
        Some(WaitingFor::Readiness) | None => String::new(),
    };
    let Some(left) = migration.time_left() else {
        let text = if missing.is_empty() { " for cutover" } else { &missing };
        return Cell::from(format!("ready{text}")).styled(GREEN);
    };
    let at_most = if left.at_least.is_none() { "<" } else { "" };
    let left = left.shortest();
    let text = format!("ready{missing}, {at_most}{} left", short(left));
    match left {
        _ if left < ALARM_TIME => Cell::from(format!("!! {text}")).styled(RED),
        _ if left < WARNING_TIME => Cell::from(format!("! {text}")).styled(YELLOW),
        _ => Cell::from(text).styled(GREEN),
    }
}

/// Returns when the migration is expected to be ready.
fn estimate_text(update: &Update, age: Duration) -> String {
    let Some(estimate) = update.estimate else {
        return match update.trend {
            Some(trend) if trend.low > 0.0 => "far from ready",
            Some(trend) if trend.high < 0.0 => "the lag grows",
            Some(_) => "the lag is constant",
            None => "too early to tell",
        }
        .to_owned();
    };
    let left = estimate.expected.saturating_sub(age);
    let margin = estimate.latest.saturating_sub(estimate.earliest) / 2;
    format!("ready in ~{} ±{}", short(left), short(margin))
}

/// Returns a sort key, most urgent first: little time left, cutting over, outages, ready, replicating, the rest, and
/// finished last.
fn urgency(migration: &WatchedMigration) -> (u8, Duration) {
    let left = migration.time_left().map(TimeLeft::shortest);
    let estimate = migration.latest.as_ref().and_then(|update| update.estimate);
    let expected = estimate.map_or(Duration::MAX, |estimate| estimate.expected);
    match (&migration.outcome, migration.phase()) {
        (Some(Outcome::Ready | Outcome::Complete), _) => (7, Duration::ZERO),
        (Some(_), _) => (6, Duration::ZERO),
        (None, Phase::Ready) if left.is_some_and(|left| left < WARNING_TIME) => {
            (0, left.unwrap_or_default())
        }
        (None, Phase::CuttingOver) => (1, Duration::ZERO),
        (None, _) if migration.outage.is_some() => (2, Duration::ZERO),
        (None, Phase::Ready) => (3, left.unwrap_or_default()),
        (None, Phase::Replicating) => (4, expected),
        (None, Phase::Unseen | Phase::New | Phase::Over | Phase::Unknown) => (5, Duration::ZERO),
    }
}

/// Counts the migrations that do not fit by phase.
fn hidden_summary(migrations: &[&WatchedMigration]) -> String {
    let mut phases: Vec<(String, usize)> = Vec::new();
    for phase in migrations.iter().map(|migration| migration.phase_text()) {
        match phases.iter_mut().find(|(known, _)| *known == phase) {
            Some((_, count)) => *count += 1,
            None => phases.push((phase, 1)),
        }
    }
    let phases: Vec<_> = phases.iter().map(|(phase, count)| format!("{count} {phase}")).collect();
    format!("and {} more: {}", migrations.len(), phases.join(", "))
}

fn footer(state: &WatchState) -> String {
    let migrations = &state.migrations;
    let open = migrations.iter().filter(|migration| migration.outcome.is_none()).count();
    let all: u64 = migrations.iter().map(|migration| migration.polls).sum();
    let failed: u64 = migrations.iter().map(|migration| migration.failed_polls).sum();
    let failed = if failed == 0 { String::new() } else { format!(", {failed} failed") };
    let (watched, elapsed, polls) = (migrations.len(), short(state.elapsed()), polls(all));
    format!("{open} of {watched} to go · {elapsed} · {polls}{failed} · Ctrl-C stops watching only")
}

fn polls(count: u64) -> String {
    format!("{count} poll{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Until;
    use crate::watch::tests::simulated_watch::{SimulatedWatch, hours};

    fn rendered(watch: &SimulatedWatch, width: usize, height: usize, color: bool) -> String {
        let lines = render(&watch.state, Canvas { width, height });
        for line in &lines {
            assert!(measure_text_width(&line.to_text(false)) < width, "{line:?}");
        }
        assert!(lines.len() < height.max(2), "{lines:#?}");
        let lines: Vec<_> = lines.iter().map(|line| line.to_text(color)).collect();
        lines.join("\n") + "\n"
    }

    /// Compares text, and prints both readably.
    fn assert_same(text: &str, stored: &str) {
        assert!(text == stored, "rendered:\n{text}\nstored:\n{stored}");
    }

    #[tokio::test]
    async fn the_view_at_three_widths() {
        let watch = SimulatedWatch::in_all_phases().await;
        assert_same(&rendered(&watch, 60, 24, false), include_str!("tests/snapshots/60.txt"));
        assert_same(&rendered(&watch, 80, 24, false), include_str!("tests/snapshots/80.txt"));
        assert_same(&rendered(&watch, 120, 24, false), include_str!("tests/snapshots/120.txt"));
    }

    #[tokio::test]
    async fn without_room_for_all_the_most_urgent_come_first_and_the_rest_is_counted() {
        let watch = SimulatedWatch::in_all_phases().await;
        assert_same(&rendered(&watch, 80, 7, false), include_str!("tests/snapshots/80-by-7.txt"));
        for (width, height) in [(0, 0), (1, 1), (5, 2), (20, 3), (37, 4), (500, 9)] {
            rendered(&watch, width.max(1), height, true);
        }
    }

    #[tokio::test]
    async fn the_countdown_becomes_a_warning_near_the_deadline() {
        let timeline = atlas_simulator::Timeline { replication_seconds: 60, ..Default::default() };
        let mut watch = SimulatedWatch::new(&[("orders", timeline)], Until::Terminal).await;
        watch.poll_after(Duration::ZERO).await;
        for (seconds, expected) in [
            (120, "\u{1b}[32mready, 4d 23h left\u{1b}[0m"),
            (98 * 3600, "\u{1b}[33m! ready, 21h 58m left\u{1b}[0m"),
            (20 * 3600 + 1800, "\u{1b}[31m!! ready, 1h 28m left\u{1b}[0m"),
        ] {
            watch.poll_after(Duration::from_secs(seconds)).await;
            let text = rendered(&watch, 80, 24, true);
            assert!(text.contains(expected), "{text}");
        }
        watch.poll_after(hours(2)).await;
        let text = rendered(&watch, 80, 24, true);
        assert!(text.contains("\u{1b}[31mexpired after "), "{text}");
    }

    #[test]
    fn a_long_name_keeps_its_ends() {
        assert_eq!(shorten("6296fb4c7c7aa997cf94e9a8", 11), "6296f…4e9a8");
        assert_eq!(shorten("orders", 6), "orders");
        assert_eq!(shorten("注文データベース", 9), "注文…ース");
        assert_eq!(shorten("orders", 0), "…");
    }
}
