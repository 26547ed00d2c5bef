//! The labels at the ends of the curves.

use crate::canvas::{Canvas, Label, Rect};
use crate::marks::end_of;
use crate::model::{Chart, Series};
use crate::palette::DASHES;
use crate::scale::LagScale;
use crate::text::{cut, fitted};
use crate::time::day_time_text;

/// The width of the column of labels, right of a plot.
pub(crate) const COLUMN: f64 = 300.0;
const LEADER: f64 = 30.0;
const SWATCH: f64 = 30.0;
const LINE: f64 = 16.0;
/// The space between two labels.
const GAP: f64 = 8.0;

struct EndLabel<'a> {
    index: usize,
    series: &'a Series,
    /// Where the curve ends; absent without a curve.
    end: Option<(f64, f64)>,
    height: f64,
    top: f64,
}

/// Draws the labels in a column right of the plot, each near the end of its curve. `x_of` converts times.
pub(crate) fn beside(
    canvas: &mut Canvas,
    chart: &Chart,
    lag: &LagScale,
    x_of: impl Fn(i64) -> f64,
    plot: &Rect,
) {
    let mut labels: Vec<EndLabel<'_>> = chart
        .series
        .iter()
        .enumerate()
        .map(|(index, series)| {
            let end = end_of(series).map(|(at_ms, seconds)| (x_of(at_ms), lag.y(seconds)));
            let height = height(series);
            let top = end.map_or(plot.top, |(_, y)| y - LINE / 2.0 - 2.0);
            EndLabel { index, series, end, height, top }
        })
        .collect();
    // At the same height, the most urgent is first.
    labels.sort_by(|one, other| {
        one.top.total_cmp(&other.top).then(one.series.tone.cmp(&other.series.tone))
    });
    let mut next = plot.top - 8.0;
    for label in &mut labels {
        label.top = label.top.max(next);
        next = label.top + label.height + GAP;
    }
    let mut last = plot.bottom + 14.0;
    for label in labels.iter_mut().rev() {
        label.top = label.top.min(last - label.height);
        last = label.top - GAP;
    }
    let x = plot.right + LEADER;
    for label in &labels {
        let y = label.top + LINE / 2.0;
        if let Some(end) = label.end {
            let (from, to) = ((end.0 + 6.0, end.1), (plot.right + 8.0, y));
            canvas.add(format_args!(
                "<polyline class=\"leader\" points=\"{:.1},{:.1} {:.1},{:.1} {:.1},{y:.1}\"/>",
                from.0,
                from.1,
                to.0.max(from.0),
                from.1,
                x - 4.0,
            ));
        }
        draw(canvas, chart, label.index, label.series, (x, label.top), COLUMN - LEADER - 8.0);
    }
}

/// Draws the labels as a list. Returns its bottom.
pub(crate) fn below(canvas: &mut Canvas, chart: &Chart, left: f64, top: f64, room: f64) -> f64 {
    let mut y = top;
    for (index, series) in chart.series.iter().enumerate() {
        draw(canvas, chart, index, series, (left, y), room);
        y += height(series) + GAP;
    }
    y
}

fn height(series: &Series) -> f64 {
    LINE * if series.deadline.is_some() { 3.0 } else { 2.0 }
}

fn draw(
    canvas: &mut Canvas,
    chart: &Chart,
    index: usize,
    series: &Series,
    at: (f64, f64),
    room: f64,
) {
    let ((x, top), color) = (at, index % DASHES.len());
    let dash = DASHES[color];
    let y = top + LINE / 2.0;
    canvas.add(format_args!(
        "<line class=\"line swatch s{color}\" stroke-dasharray=\"{}\" x1=\"{x:.1}\" y1=\"{y:.1}\" x2=\"{:.1}\" y2=\"{y:.1}\"/>",
        if dash.is_empty() { "none" } else { dash },
        x + SWATCH - 6.0,
    ));
    let (x, room) = (x + SWATCH, room - SWATCH);
    let name = fitted(&format!("{} {}", series.glyph, series.name), room, 14.0, true);
    let tone = format!("x{}", series.tone.letter());
    let name_class = if series.tone.needs_person() { tone.as_str() } else { "" };
    canvas.text(&Label::new(&name, x, top + 12.5).size(14.0).bold().class(name_class));
    let state = cut(&series.state, room, 12.5);
    canvas.text(&Label::new(&state, x, top + LINE + 12.0).size(12.5).class(&tone));
    if let Some(deadline) = series.deadline {
        let text = format!("cut over by {}", day_time_text(deadline, &chart.zone));
        let text = cut(&text, room, 12.0);
        canvas.text(&Label::new(&text, x, top + 2.0 * LINE + 11.0).class("muted"));
    }
}
