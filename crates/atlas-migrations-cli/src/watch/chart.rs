//! [`Chart`]: the lags of all migrations, and what happened to each, as one SVG.

use std::fmt::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use super::board::{Board, Mark, Outcome, Row};
use super::history::{Sample, count, ratio};
use super::lines::at;
use super::view::short;
use crate::failure::{Exit, Failure};
use crate::output_file::OutputFile;

const WIDTH: f64 = 960.0;
/// The drawing's edges: left, top, right, bottom.
const EDGES: (f64, f64, f64, f64) = (72.0, 72.0, 936.0, 420.0);
/// From one line of text to the next.
const LINE: f64 = 18.0;
/// How many migrations are named, and how many events have their names beside them.
const NAMED: usize = 24;
const LABELLED: usize = 24;
/// How many ticks an axis has at the most.
const TICKS: u64 = 6;

/// Colours that are readable on white and on near-black.
const COLOURS: [&str; 8] =
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

/// A file that is to become a chart.
pub struct Chart(OutputFile);

impl Chart {
    /// Looks whether there can be such a file, before hours are spent on what is to be in it.
    pub fn at(path: &Path) -> Result<Self, Failure> {
        OutputFile::at(path).map(Self).map_err(|error| {
            let problem = format!("--chart: {} cannot be written", path.display());
            Failure::new(problem).because(&error).exit(Exit::Usage)
        })
    }

    /// Draws the chart, or says why it could not be. The file is there as a whole, or as it was before.
    pub fn write(&self, board: &Board) -> Result<(), String> {
        let failed = |error: &dyn std::error::Error| {
            format!("the chart {} was not written: {error}", self.0.path().display())
        };
        let mut svg = String::new();
        draw(&mut svg, board).map_err(|error| failed(&error))?;
        self.0.write(svg.as_bytes()).map_err(|error| failed(&error))
    }
}

/// From times and lags to places in the drawing.
struct Scale {
    from: Duration,
    span: Duration,
    peak: Duration,
}

impl Scale {
    fn of(board: &Board) -> Self {
        let times = board.rows.iter().flat_map(|row| {
            let samples = row.lags.samples().map(|sample| sample.at);
            samples.chain(row.marks.iter().map(|mark| mark.at)).chain(row.settled_at)
        });
        let last = times.max().unwrap_or(board.start);
        let span = last.saturating_sub(board.start);
        let peak = board.rows.iter().filter_map(|row| row.lags.peak()).max();
        let second = Duration::from_secs(1);
        let peak = peak.unwrap_or_default().max(second);
        Self { from: board.start, span: span.max(second), peak }
    }

    fn x(&self, at: Duration) -> f64 {
        EDGES.0 + ratio(at.saturating_sub(self.from), self.span) * (EDGES.2 - EDGES.0)
    }

    fn y(&self, lag: Duration) -> f64 {
        EDGES.3 - ratio(lag, self.peak) * (EDGES.3 - EDGES.1)
    }
}

pub(super) fn draw(svg: &mut String, board: &Board) -> fmt::Result {
    let scale = Scale::of(board);
    let named = board.rows.len().min(NAMED);
    let left_out = board.rows.len() - named;
    let height = EDGES.3 + 56.0 + LINE * count(named + usize::from(left_out > 0));
    writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n\
         <title>Lag of live migrations</title>\n<style>\n{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\"/>"
    )?;
    let began = at(board.began).unwrap_or_default();
    let migrations = match &board.rows[..] {
        [row] => escaped(&row.target.name),
        rows => format!("{} live migrations", rows.len()),
    };
    writeln!(svg, "<text x=\"24\" y=\"28\" font-size=\"16\">Lag of {migrations}</text>")?;
    let span = short(scale.span);
    writeln!(svg, "<text class=\"quiet\" x=\"24\" y=\"48\">from {began}, for {span}</text>")?;
    axes(svg, &scale)?;
    for (index, row) in board.rows.iter().enumerate() {
        curve(svg, &scale, row, COLOURS[index % COLOURS.len()])?;
    }
    let mut labels = Labels::default();
    let all: usize = board.rows.iter().map(|row| row.marks.len()).sum();
    for (index, row) in board.rows.iter().enumerate() {
        for mark in &row.marks {
            let has_label = all <= LABELLED && labels.has_room(scale.x(mark.at));
            event(svg, &scale, row, mark, COLOURS[index % COLOURS.len()], has_label)?;
        }
    }
    legend(svg, &board.rows[..named], left_out)?;
    svg.push_str("</svg>\n");
    Ok(())
}

fn axes(svg: &mut String, scale: &Scale) -> fmt::Result {
    let (left, top, right, bottom) = EDGES;
    for lag in ticks(scale.peak) {
        let y = scale.y(lag);
        writeln!(
            svg,
            "<line class=\"grid\" x1=\"{left}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\"/>\
             <text class=\"quiet\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            left - 8.0,
            y + 4.0,
            round(lag),
        )?;
    }
    for since in ticks(scale.span) {
        let x = left + ratio(since, scale.span) * (right - left);
        writeln!(
            svg,
            "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{top}\" x2=\"{x:.1}\" y2=\"{bottom}\"/>\
             <text class=\"quiet\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            bottom + LINE,
            round(since),
        )?;
    }
    Ok(())
}

/// A few round durations from zero on.
fn ticks(to: Duration) -> impl Iterator<Item = Duration> {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 3600;
    const DAY: u64 = 86_400;
    const STEPS: [u64; 19] = [
        1,
        2,
        5,
        10,
        15,
        30,
        MINUTE,
        2 * MINUTE,
        5 * MINUTE,
        10 * MINUTE,
        15 * MINUTE,
        30 * MINUTE,
        HOUR,
        2 * HOUR,
        3 * HOUR,
        6 * HOUR,
        12 * HOUR,
        DAY,
        2 * DAY,
    ];
    let fits = |step: &&u64| to.as_secs() / **step < TICKS;
    let days = || to.as_secs().div_ceil(DAY).div_ceil(TICKS - 1) * DAY;
    let step = STEPS.iter().find(fits).copied().unwrap_or_else(days);
    (0..TICKS)
        .map(move |tick| Duration::from_secs(tick.saturating_mul(step)))
        .take_while(move |tick| *tick <= to)
}

/// A tick's duration without what is zero in it.
fn round(duration: Duration) -> String {
    let text = short(duration);
    match text.split_once(' ') {
        Some((large, "00s" | "00m" | "00h")) => large.to_owned(),
        _ => text,
    }
}

fn curve(svg: &mut String, scale: &Scale, row: &Row, colour: &str) -> fmt::Result {
    let samples: Vec<Sample> = row.lags.samples().collect();
    let pieces = samples.split(|sample| sample.lag.is_none());
    for piece in pieces.filter(|piece| !piece.is_empty()) {
        write!(svg, "<polyline stroke=\"{colour}\" points=\"")?;
        for sample in piece {
            let lag = sample.lag.unwrap_or_default();
            write!(svg, "{:.1},{:.1} ", scale.x(sample.at), scale.y(lag))?;
        }
        writeln!(svg, "\"><title>{}</title></polyline>", escaped(&row.target.name))?;
    }
    Ok(())
}

/// Where there is still room for a label above the drawing.
#[derive(Default)]
struct Labels(Vec<f64>);

impl Labels {
    fn has_room(&mut self, x: f64) -> bool {
        let has_room = self.0.iter().all(|other| (other - x).abs() >= 14.0);
        if has_room {
            self.0.push(x);
        }
        has_room
    }
}

fn event(
    svg: &mut String,
    scale: &Scale,
    row: &Row,
    mark: &Mark,
    colour: &str,
    has_label: bool,
) -> fmt::Result {
    let (x, (_, top, _, bottom)) = (scale.x(mark.at), EDGES);
    let (name, what) = (escaped(&row.target.name), escaped(&mark.what));
    let since = short(mark.at.saturating_sub(scale.from));
    writeln!(
        svg,
        "<g><title>{name}: {what}, after {since}</title>\
         <line x1=\"{x:.1}\" y1=\"{top}\" x2=\"{x:.1}\" y2=\"{bottom}\" stroke=\"{colour}\" \
         stroke-dasharray=\"2 4\"/><circle cx=\"{x:.1}\" cy=\"{bottom}\" r=\"4\" fill=\"{colour}\"/>"
    )?;
    if has_label {
        let (x, y) = (x - 4.0, top + 4.0);
        writeln!(
            svg,
            "<text class=\"quiet\" x=\"{x:.1}\" y=\"{y}\" font-size=\"11\" text-anchor=\"end\" \
             transform=\"rotate(-90 {x:.1} {y})\">{what}</text>"
        )?;
    }
    svg.push_str("</g>\n");
    Ok(())
}

fn legend(svg: &mut String, rows: &[Row], left_out: usize) -> fmt::Result {
    let (x, y) = (EDGES.0, EDGES.3 + 48.0);
    for (index, row) in rows.iter().enumerate() {
        let y = y + LINE * count(index);
        let outcome = row.outcome.as_ref().map_or_else(|| row.stage(), |o| outcome(o).to_owned());
        writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{:.1}\" width=\"12\" height=\"4\" fill=\"{}\"/>\
             <text x=\"{}\" y=\"{y:.1}\">{}: {}</text>",
            y - 6.0,
            COLOURS[index % COLOURS.len()],
            x + 20.0,
            escaped(&row.target.name),
            escaped(&outcome),
        )?;
    }
    if left_out > 0 {
        let y = y + LINE * count(rows.len());
        writeln!(svg, "<text class=\"quiet\" x=\"{x}\" y=\"{y:.1}\">and {left_out} more</text>")?;
    }
    Ok(())
}

fn outcome(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Error { why, .. } => why,
        other => other.as_str(),
    }
}

/// A text as XML has it, without the characters that XML cannot have.
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
        let texts =
            |seconds| -> Vec<String> { ticks(Duration::from_secs(seconds)).map(round).collect() };
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
    fn what_xml_cannot_have_is_left_out() {
        assert_eq!(escaped("a<b>&\"c\u{0}\u{1b}\u{fffe}d"), "a&lt;b&gt;&amp;&quot;cd");
    }
}
