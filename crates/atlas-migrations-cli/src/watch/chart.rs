//! [`Chart`]: the lags and events of all migrations as an SVG file.

use std::fmt::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use super::lag_history::Sample;
use super::outcome::Outcome;
use super::scale::{ratio, to_f64};
use super::state::WatchState;
use super::watched_migration::{Event, WatchedMigration};
use crate::error::CliError;
use crate::output_file::OutputFile;
use crate::time_text::{rfc3339, short};

const WIDTH: f64 = 960.0;
/// The edges of the drawing: left, top, right, bottom.
const EDGES: (f64, f64, f64, f64) = (72.0, 72.0, 936.0, 420.0);
/// The height of a line of text.
const LINE_HEIGHT: f64 = 18.0;
/// The maximum number of migrations in the legend.
const MAX_NAMED: usize = 24;
/// The maximum number of events with labels. Tooltips show all of them.
const MAX_LABELED: usize = 24;
/// The minimum distance of two labels.
const LABEL_DISTANCE: f64 = 14.0;
/// The maximum number of ticks of an axis.
const MAX_TICKS: u64 = 6;

/// Colors that are readable in light and dark mode.
const COLORS: [&str; 8] =
    ["#3b82f6", "#e5533d", "#2da44e", "#b8860b", "#a855f7", "#0e9aa7", "#db2777", "#7c8a99"];
const STYLE: &str = "\
:root { color-scheme: light dark }
svg { font: 12px system-ui, sans-serif }
.paper { fill: #fff }
text { fill: #1f2328 }
.quiet { fill: #59636e }
.grid { stroke: #d1d9e0 }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round }
@media (prefers-color-scheme: dark) {
.paper { fill: #0d1117 }
text { fill: #f0f6fc }
.quiet { fill: #9198a1 }
.grid { stroke: #3d444d }
}
";

/// The file that a chart is written to.
pub struct Chart(OutputFile);

impl Chart {
    /// Checks that the file can be written, before the watch takes hours.
    pub fn at(path: &Path) -> Result<Self, CliError> {
        OutputFile::at(path).map(Self).map_err(|error| {
            let message = format!("--chart: {} cannot be written", path.display());
            CliError::usage(message).caused_by(&error)
        })
    }

    /// Draws and writes the chart, or returns a warning. On an error, the file is unchanged.
    pub fn write(&self, state: &WatchState) -> Result<(), String> {
        let failed = |error: &dyn std::error::Error| {
            format!("the chart {} could not be written: {error}", self.0.path().display())
        };
        let mut svg = String::new();
        draw(&mut svg, state).map_err(|error| failed(&error))?;
        self.0.write(svg.as_bytes()).map_err(|error| failed(&error))
    }
}

/// Converts times and lags to coordinates.
struct Scale {
    from: Duration,
    span: Duration,
    peak: Duration,
}

impl Scale {
    fn of(state: &WatchState) -> Self {
        let times = state.migrations.iter().flat_map(|migration| {
            let samples = migration.lags.samples().map(|sample| sample.at);
            let events = migration.events.iter().map(|event| event.at);
            samples.chain(events).chain(migration.finished_at)
        });
        let last = times.max().unwrap_or(state.start);
        let span = last.saturating_sub(state.start);
        let peak = state.migrations.iter().filter_map(|migration| migration.lags.peak()).max();
        let second = Duration::from_secs(1);
        let peak = peak.unwrap_or_default().max(second);
        Self { from: state.start, span: span.max(second), peak }
    }

    fn x(&self, at: Duration) -> f64 {
        EDGES.0 + ratio(at.saturating_sub(self.from), self.span) * (EDGES.2 - EDGES.0)
    }

    fn y(&self, lag: Duration) -> f64 {
        EDGES.3 - ratio(lag, self.peak) * (EDGES.3 - EDGES.1)
    }
}

pub(super) fn draw(svg: &mut String, state: &WatchState) -> fmt::Result {
    let scale = Scale::of(state);
    let named = state.migrations.len().min(MAX_NAMED);
    let unnamed = state.migrations.len() - named;
    let height = EDGES.3 + 56.0 + LINE_HEIGHT * to_f64(named + usize::from(unnamed > 0));
    writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n\
         <title>Lag of live migrations</title>\n<style>\n{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\"/>"
    )?;
    let start = rfc3339(state.start_time).unwrap_or_default();
    let migrations = match &state.migrations[..] {
        [migration] => escaped(&migration.target.name),
        all => format!("{} live migrations", all.len()),
    };
    writeln!(svg, "<text x=\"24\" y=\"28\" font-size=\"16\">Lag of {migrations}</text>")?;
    let span = short(scale.span);
    writeln!(svg, "<text class=\"quiet\" x=\"24\" y=\"48\">from {start}, for {span}</text>")?;
    draw_axes(svg, &scale)?;
    for migration in &state.migrations {
        draw_lags(svg, &scale, migration)?;
    }
    let mut labeled: Vec<f64> = Vec::new();
    let events: usize = state.migrations.iter().map(|migration| migration.events.len()).sum();
    for migration in &state.migrations {
        for event in &migration.events {
            let x = scale.x(event.at);
            let has_room = labeled.iter().all(|other| (other - x).abs() >= LABEL_DISTANCE);
            let has_label = has_room && events <= MAX_LABELED;
            labeled.extend(has_label.then_some(x));
            draw_event(svg, &scale, migration, event, has_label)?;
        }
    }
    draw_legend(svg, &state.migrations[..named], unnamed)?;
    svg.push_str("</svg>\n");
    Ok(())
}

fn draw_axes(svg: &mut String, scale: &Scale) -> fmt::Result {
    let (left, top, right, bottom) = EDGES;
    for lag in ticks(scale.peak) {
        let y = scale.y(lag);
        writeln!(
            svg,
            "<line class=\"grid\" x1=\"{left}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\"/>\
             <text class=\"quiet\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            left - 8.0,
            y + 4.0,
            tick_text(lag),
        )?;
    }
    for since in ticks(scale.span) {
        let x = left + ratio(since, scale.span) * (right - left);
        writeln!(
            svg,
            "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{top}\" x2=\"{x:.1}\" y2=\"{bottom}\"/>\
             <text class=\"quiet\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            bottom + LINE_HEIGHT,
            tick_text(since),
        )?;
    }
    Ok(())
}

/// Returns round durations for the ticks of an axis, starting with zero.
fn ticks(to: Duration) -> impl Iterator<Item = Duration> {
    const DAY: u64 = 86_400;
    // Seconds, minutes, hours and days.
    const STEPS: [u64; 19] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200,
        86_400, 172_800,
    ];
    let fits = |step: &&u64| to.as_secs() / **step < MAX_TICKS;
    let days = || to.as_secs().div_ceil(DAY).div_ceil(MAX_TICKS - 1) * DAY;
    let step = STEPS.iter().find(fits).copied().unwrap_or_else(days);
    (0..MAX_TICKS)
        .map(move |tick| Duration::from_secs(tick.saturating_mul(step)))
        .take_while(move |tick| *tick <= to)
}

/// Formats the duration of a tick without a second unit that is zero.
fn tick_text(duration: Duration) -> String {
    let text = short(duration);
    match text.split_once(' ') {
        Some((large, "00s" | "00m" | "00h")) => large.to_owned(),
        _ => text,
    }
}

fn color(migration: &WatchedMigration) -> &'static str {
    COLORS[migration.index % COLORS.len()]
}

fn draw_lags(svg: &mut String, scale: &Scale, migration: &WatchedMigration) -> fmt::Result {
    let samples: Vec<Sample> = migration.lags.samples().collect();
    let pieces = samples.split(|sample| sample.lag.is_none());
    let color = color(migration);
    for piece in pieces.filter(|piece| !piece.is_empty()) {
        write!(svg, "<polyline stroke=\"{color}\" points=\"")?;
        for sample in piece {
            let lag = sample.lag.unwrap_or_default();
            write!(svg, "{:.1},{:.1} ", scale.x(sample.at), scale.y(lag))?;
        }
        writeln!(svg, "\"><title>{}</title></polyline>", escaped(&migration.target.name))?;
    }
    Ok(())
}

fn draw_event(
    svg: &mut String,
    scale: &Scale,
    migration: &WatchedMigration,
    event: &Event,
    has_label: bool,
) -> fmt::Result {
    let (x, (_, top, _, bottom)) = (scale.x(event.at), EDGES);
    let (name, text) = (escaped(&migration.target.name), escaped(&event.text));
    let since = short(event.at.saturating_sub(scale.from));
    let color = color(migration);
    writeln!(
        svg,
        "<g><title>{name}: {text}, after {since}</title>\
         <line x1=\"{x:.1}\" y1=\"{top}\" x2=\"{x:.1}\" y2=\"{bottom}\" stroke=\"{color}\" \
         stroke-dasharray=\"2 4\"/><circle cx=\"{x:.1}\" cy=\"{bottom}\" r=\"4\" fill=\"{color}\"/>"
    )?;
    if has_label {
        let (x, y) = (x - 4.0, top + 4.0);
        writeln!(
            svg,
            "<text class=\"quiet\" x=\"{x:.1}\" y=\"{y}\" font-size=\"11\" text-anchor=\"end\" \
             transform=\"rotate(-90 {x:.1} {y})\">{text}</text>"
        )?;
    }
    svg.push_str("</g>\n");
    Ok(())
}

fn draw_legend(svg: &mut String, migrations: &[WatchedMigration], unnamed: usize) -> fmt::Result {
    let (x, y) = (EDGES.0, EDGES.3 + 48.0);
    for migration in migrations {
        let y = y + LINE_HEIGHT * to_f64(migration.index);
        let outcome = match &migration.outcome {
            Some(Outcome::Error { message, .. }) => message.clone(),
            Some(outcome) => outcome.as_str().to_owned(),
            None => migration.phase_text(),
        };
        writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{:.1}\" width=\"12\" height=\"4\" fill=\"{}\"/>\
             <text x=\"{}\" y=\"{y:.1}\">{}: {}</text>",
            y - 6.0,
            color(migration),
            x + 20.0,
            escaped(&migration.target.name),
            escaped(&outcome),
        )?;
    }
    if unnamed > 0 {
        let y = y + LINE_HEIGHT * to_f64(migrations.len());
        writeln!(svg, "<text class=\"quiet\" x=\"{x}\" y=\"{y:.1}\">and {unnamed} more</text>")?;
    }
    Ok(())
}

/// Escapes text for XML, and removes the characters that XML does not allow.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        let texts = |seconds| -> Vec<String> {
            ticks(Duration::from_secs(seconds)).map(tick_text).collect()
        };
        assert_eq!(texts(1), ["0s", "1s"]);
        assert_eq!(texts(150), ["0s", "30s", "1m", "1m 30s", "2m", "2m 30s"]);
        assert_eq!(texts(9_000), ["0s", "30m", "1h", "1h 30m", "2h", "2h 30m"]);
        assert_eq!(texts(86_400 * 30), ["0s", "6d", "12d", "18d", "24d", "30d"]);
        for seconds in (0..100_000_000).step_by(77_777).chain([u64::MAX]) {
            let ticks = texts(seconds).len();
            assert!((2..=6).contains(&ticks) || seconds == 0, "{ticks} of {seconds}");
        }
    }

    #[test]
    fn characters_that_xml_does_not_allow_are_removed() {
        assert_eq!(escaped("a<b>&\"c\u{0}\u{1b}\u{fffe}d"), "a&lt;b&gt;&amp;&quot;cd");
    }
}
