//! The live view: one line a migration, as wide and as high as the terminal.

use std::time::Duration;

use anstyle::Style;
use atlas_migrations::{Trend, Update};
use console::{measure_text_width, truncate_str};
use humantime::format_duration;

use super::board::{Board, Cutover, Outcome, Phase, Row};
use super::history::{count, index};
use super::waiting::{TimeLeft, WaitingFor};
use crate::terminal::{self, CYAN, Cell, GREEN, Line, RED, YELLOW, optional};

/// Between two columns.
const GAP: usize = 2;
const STATUS: usize = 8;
const LAG: usize = 7;
const TREND: usize = 8;
/// The least and the most that the other columns take.
const NAME: (usize, usize) = (10, 24);
const BAR: (usize, usize) = (6, 20);
const CURVE: (usize, usize) = (8, 20);
const NEXT: (usize, usize) = (20, 30);

/// When the time to cut over is running out, and when it nearly has.
const SOON: Duration = Duration::from_secs(24 * 3600);
const VERY_SOON: Duration = Duration::from_secs(2 * 3600);

/// How large the terminal is.
#[derive(Clone, Copy, Debug)]
pub struct Canvas {
    pub width: usize,
    pub height: usize,
}

/// The lines of the view. None is wider than the terminal, and there are fewer than it is high.
pub fn render(board: &Board, canvas: Canvas) -> Vec<Line> {
    // The cursor stands below the last line, and in the last column nothing is written, for some terminals
    // begin a new line there.
    let (width, height) = (canvas.width.saturating_sub(1), canvas.height.saturating_sub(1));
    let columns = Columns::fitting(board, width);
    let line = |cells: &[Cell; 7]| columns.line(cells, width);
    let headings = ["MIGRATION", "STATUS", "DONE", "LAG", "HISTORY", "TREND", "NEXT"];
    let mut lines = vec![line(&headings.map(|heading| heading.to_owned().into()))];

    let mut rows: Vec<&Row> = board.rows.iter().collect();
    let room = height.saturating_sub(2).max(1);
    let mut left_out = Vec::new();
    if rows.len() > room {
        // Time passes while it sorts.
        rows.sort_by_cached_key(|row| urgency(row));
        left_out = rows.split_off(room.saturating_sub(1).max(1));
    }
    lines.extend(rows.into_iter().map(|row| line(&cells(row, &columns))));
    if !left_out.is_empty() {
        lines.push(Line::default().and_cell(&and_more(&left_out).into(), width));
    }
    lines.push(Line::default().and_cell(&footer(board).into(), width));
    // Of a terminal that has hardly any lines the last ones are left out.
    lines.truncate(height.max(1));
    lines.into_iter().map(Line::trimmed).collect()
}

/// How wide each column is; one that does not fit has no width.
#[derive(Clone, Copy, Debug)]
struct Columns {
    name: usize,
    bar: usize,
    curve: usize,
    trend: usize,
    next: usize,
}

impl Columns {
    fn fitting(board: &Board, width: usize) -> Self {
        let names = board.rows.iter().map(|row| Cell::from(row.target.name.clone()).width());
        let longest_name = names.max().unwrap_or_default().clamp(NAME.0, NAME.1);
        let needed = NAME.0 + STATUS + LAG + NEXT.0 + 3 * GAP;
        let mut left = width.saturating_sub(needed);
        // In the order of what is missed most.
        let bar = take(&mut left, BAR.0);
        let curve = take(&mut left, CURVE.0);
        let name = grow(&mut left, NAME.0, longest_name);
        let next = grow(&mut left, NEXT.0, NEXT.0.midpoint(NEXT.1));
        let trend = take(&mut left, TREND);
        let next = grow(&mut left, next, NEXT.1);
        let curve = grow(&mut left, curve, CURVE.1);
        let bar = grow(&mut left, bar, BAR.1);
        Self { name, bar, curve, trend, next }
    }

    fn line(&self, cells: &[Cell; 7], width: usize) -> Line {
        let widths = [self.name, STATUS, self.bar, LAG, self.curve, self.trend, self.next];
        let (mut line, mut left) = (Line::default(), width);
        for (cell, width) in cells.iter().zip(widths).filter(|(_, width)| *width > 0) {
            line = line.and_cell(cell, width.min(left));
            left = left.saturating_sub(width);
            line = line.and(&" ".repeat(GAP.min(left)), Style::new());
            left = left.saturating_sub(GAP);
        }
        line
    }
}

/// A column of that width, where there is room for it and its gap.
fn take(left: &mut usize, width: usize) -> usize {
    let Some(rest) = left.checked_sub(width + GAP) else {
        return 0;
    };
    *left = rest;
    width
}

/// A column that is there, made wider.
fn grow(left: &mut usize, width: usize, most: usize) -> usize {
    let more = if width == 0 { 0 } else { most.saturating_sub(width).min(*left) };
    *left -= more;
    width + more
}

fn cells(row: &Row, columns: &Columns) -> [Cell; 7] {
    let update = row.seen.as_ref();
    let color = match row.phase() {
        Phase::Over => match row.outcome {
            Some(Outcome::Failed | Outcome::Expired) => RED,
            _ => GREEN,
        },
        Phase::Ready | Phase::CuttingOver => GREEN,
        _ => CYAN,
    };
    let lag = update.and_then(|update| update.lag);
    // Of what is ready it tells of the past.
    let trend = update.filter(|_| row.phase() == Phase::Replicating);
    let trend = trend.and_then(|update| update.trend);
    [
        shortened(&row.target.name, columns.name).into(),
        terminal::status(row.job().and_then(|job| job.status.as_ref())),
        Cell::from(bar(row.progress(), columns.bar)).styled(color),
        optional(lag.map(short)),
        Cell::from(row.lags.sparkline(columns.curve)).styled(CYAN),
        optional(trend.map(slope)),
        next(row),
    ]
}

/// A name in so many columns: of a long one its middle is left out, for ids differ most at their ends.
fn shortened(name: &str, width: usize) -> String {
    if measure_text_width(name) <= width {
        return name.to_owned();
    }
    let head = truncate_str(name, width.saturating_sub(1) / 2, "");
    let room = width.saturating_sub(1 + measure_text_width(&head));
    let tails = name.char_indices().map(|(at, _)| &name[at..]);
    let tail = tails.into_iter().find(|tail| measure_text_width(tail) <= room).unwrap_or_default();
    format!("{head}…{tail}")
}

/// A bar that is so full, in steps of an eighth of a character.
fn bar(progress: Option<f64>, width: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = index(progress.unwrap_or(0.0) * count(width) * 8.0).min(width * 8);
    let part = PARTS[eighths % 8];
    let empty = width - eighths / 8 - usize::from(!part.is_empty());
    format!("{}{part}{}", "█".repeat(eighths / 8), "░".repeat(empty))
}

/// Seconds of lag a second, and whether they get fewer or more.
fn slope(trend: Trend) -> String {
    let speed = trend.catch_up_rate.abs();
    let arrow = match trend.catch_up_rate {
        _ if trend.low <= 0.0 && trend.high >= 0.0 => "→",
        shed if shed > 0.0 => "↘",
        _ => "↗",
    };
    let digits = if speed < 9.995 { 2 } else { usize::from(speed < 99.95) };
    format!("{arrow} {speed:.digits$}/s")
}

/// What is to come, or what has become of it.
pub fn next(row: &Row) -> Cell {
    if let Some(outcome) = &row.outcome
        && !matches!(outcome, Outcome::Ready)
    {
        let took = row.first_seen.zip(row.settled_at);
        let took = took.map(|(first, last)| short(last.saturating_sub(first)));
        let took = took.map(|took| format!(" after {took}")).unwrap_or_default();
        let color = match outcome {
            Outcome::Complete => GREEN,
            Outcome::TimedOut | Outcome::Interrupted => YELLOW,
            _ => RED,
        };
        return Cell::from(format!("{}{took}", outcome.as_str())).styled(color);
    }
    if let Some(trouble) = &row.trouble {
        let silence = short(row.since(trouble.since));
        let text = format!("no answer for {silence}, {}", polls(trouble.polls.into()));
        return Cell::from(text).styled(YELLOW);
    }
    if row.cutover == Cutover::Sending {
        return Cell::from("sending the cutover".to_owned()).styled(YELLOW);
    }
    let Some(update) = &row.seen else {
        return "asking".to_owned().into();
    };
    match row.phase() {
        Phase::Ready => ready(row),
        Phase::Replicating => coming(update, row.age()).into(),
        Phase::Other => "a status not known here".to_owned().into(),
        _ => row.stage().into(),
    }
}

/// What is still missing for a cutover, and how much time is left for it.
fn ready(row: &Row) -> Cell {
    let missing = match row.waiting_for() {
        Some(WaitingFor::Lag { lag: Some(_), most }) => {
            format!(", lag above {}", format_duration(most))
        }
        Some(WaitingFor::Lag { lag: None, .. }) => ", lag not known".to_owned(),
        Some(WaitingFor::Readiness) | None => String::new(),
    };
    let Some(left) = row.time_left() else {
        let text = if missing.is_empty() { " for cutover" } else { &missing };
        return Cell::from(format!("ready{text}")).styled(GREEN);
    };
    let at_most = if left.at_least.is_none() { "<" } else { "" };
    let left = left.shortest();
    let text = format!("ready{missing}, {at_most}{} left", short(left));
    match left {
        _ if left < VERY_SOON => Cell::from(format!("!! {text}")).styled(RED),
        _ if left < SOON => Cell::from(format!("! {text}")).styled(YELLOW),
        _ => Cell::from(text).styled(GREEN),
    }
}

/// When the lag is expected to be worked off.
fn coming(update: &Update, age: Duration) -> String {
    let Some(estimate) = update.estimate else {
        return match update.trend {
            Some(trend) if trend.low > 0.0 => "far from ready",
            Some(trend) if trend.high < 0.0 => "the lag grows",
            Some(_) => "the lag stands still",
            None => "too early to tell",
        }
        .to_owned();
    };
    let left = estimate.expected.saturating_sub(age);
    let either_way = estimate.latest.saturating_sub(estimate.earliest) / 2;
    format!("ready in ~{} ±{}", short(left), short(either_way))
}

/// The smaller, the more it has to be seen: time that runs out, cutovers, what is about to be ready, what
/// does not answer, and last what is over.
fn urgency(row: &Row) -> (u8, Duration) {
    let left = row.time_left().map(TimeLeft::shortest);
    let estimate = row.seen.as_ref().and_then(|update| update.estimate);
    let expected = estimate.map_or(Duration::MAX, |estimate| estimate.expected);
    match row.phase() {
        _ if row.outcome.is_some() => {
            let is_good = matches!(row.outcome, Some(Outcome::Ready | Outcome::Complete));
            (if is_good { 7 } else { 6 }, Duration::ZERO)
        }
        Phase::Ready if left.is_some_and(|left| left < SOON) => (0, left.unwrap_or_default()),
        Phase::CuttingOver => (1, Duration::ZERO),
        _ if row.trouble.is_some() => (2, Duration::ZERO),
        Phase::Ready => (3, left.unwrap_or_default()),
        Phase::Replicating => (4, expected),
        Phase::Unseen | Phase::New | Phase::Over | Phase::Other => (5, Duration::ZERO),
    }
}

/// What those are of whom there is no line.
fn and_more(rows: &[&Row]) -> String {
    let mut stages: Vec<(String, usize)> = Vec::new();
    for stage in rows.iter().map(|row| row.stage()) {
        match stages.iter_mut().find(|(known, _)| *known == stage) {
            Some((_, times)) => *times += 1,
            None => stages.push((stage, 1)),
        }
    }
    let stages: Vec<_> = stages.iter().map(|(stage, times)| format!("{times} {stage}")).collect();
    format!("and {} more: {}", rows.len(), stages.join(", "))
}

fn footer(board: &Board) -> String {
    let watched = board.rows.len();
    let going = board.rows.iter().filter(|row| row.outcome.is_none()).count();
    let all: u64 = board.rows.iter().map(|row| row.polls).sum();
    let failed: u64 = board.rows.iter().map(|row| row.failed_polls).sum();
    let took = short(board.age());
    let failed = if failed == 0 { String::new() } else { format!(", {failed} failed") };
    let polls = polls(all);
    format!("{going} of {watched} to go · {took} · {polls}{failed} · Ctrl-C stops watching only")
}

fn polls(number: u64) -> String {
    format!("{number} poll{}", if number == 1 { "" } else { "s" })
}

/// A duration in its two largest units, in at most seven characters for what is shorter than 27 years.
pub fn short(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{minutes}m {:02}s", seconds % 60),
        3600..86_400 => format!("{hours}h {:02}m", minutes % 60),
        _ if days < 1000 => format!("{days}d {:02}h", hours % 24),
        _ => format!("{days}d"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::stage::{Stage, hours};

    fn seen(stage: &Stage, width: usize, height: usize, color: bool) -> String {
        let lines = render(&stage.board, Canvas { width, height });
        for line in &lines {
            assert!(measure_text_width(&line.to_text(false)) < width, "{line:?}");
        }
        assert!(lines.len() < height.max(2), "{lines:#?}");
        let lines: Vec<_> = lines.iter().map(|line| line.to_text(color)).collect();
        lines.join("\n") + "\n"
    }

    /// What is drawn and what is stored side by side, so that the one can be taken for the other.
    fn same(seen: &str, stored: &str) {
        assert!(seen == stored, "seen:\n{seen}\nstored:\n{stored}");
    }

    #[tokio::test]
    async fn the_view_at_three_widths() {
        let stage = Stage::of_all_fates().await;
        same(&seen(&stage, 60, 24, false), include_str!("snapshots/60.txt"));
        same(&seen(&stage, 80, 24, false), include_str!("snapshots/80.txt"));
        same(&seen(&stage, 120, 24, false), include_str!("snapshots/120.txt"));
    }

    #[tokio::test]
    async fn where_there_is_no_room_the_most_urgent_come_first_and_the_rest_is_counted() {
        let stage = Stage::of_all_fates().await;
        same(&seen(&stage, 80, 7, false), include_str!("snapshots/80-by-7.txt"));
        for (width, height) in [(0, 0), (1, 1), (5, 2), (20, 3), (37, 4), (500, 9)] {
            seen(&stage, width.max(1), height, true);
        }
    }

    #[tokio::test]
    async fn the_countdown_turns_to_a_warning_as_the_end_nears() {
        let timeline = atlas_simulator::Timeline { replication_seconds: 60, ..Default::default() };
        let mut stage =
            Stage::new(&[("orders", timeline)], crate::arguments::Until::Terminal).await;
        stage.look_after(Duration::ZERO).await;
        for (later, said) in [
            (120, "\u{1b}[32mready, 4d 23h left\u{1b}[0m"),
            (98 * 3600, "\u{1b}[33m! ready, 21h 58m left\u{1b}[0m"),
            (20 * 3600 + 1800, "\u{1b}[31m!! ready, 1h 28m left\u{1b}[0m"),
        ] {
            stage.look_after(Duration::from_secs(later)).await;
            let seen = seen(&stage, 80, 24, true);
            assert!(seen.contains(said), "{seen}");
        }
        stage.look_after(hours(2)).await;
        let seen = seen(&stage, 80, 24, true);
        assert!(seen.contains("\u{1b}[31mexpired after "), "{seen}");
    }

    #[test]
    fn durations_are_short() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m 00s"),
            (3_599, "59m 59s"),
            (3_600, "1h 00m"),
            (86_399, "23h 59m"),
            (432_000, "5d 00h"),
            (86_400 * 999, "999d 00h"),
            (86_400 * 12_345, "12345d"),
        ] {
            assert_eq!(short(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn a_long_name_keeps_its_ends() {
        assert_eq!(shortened("6296fb4c7c7aa997cf94e9a8", 11), "6296f…4e9a8");
        assert_eq!(shortened("orders", 6), "orders");
        assert_eq!(shortened("注文データベース", 9), "注文…ース");
        assert_eq!(shortened("orders", 0), "…");
    }
}
