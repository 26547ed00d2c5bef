//! Up to six migrations in one plot.

use crate::axes;
use crate::canvas::{Anchor, Canvas, Label, MARGIN, Rect};
use crate::end_labels;
use crate::event_rows;
use crate::marks::{self, Pen};
use crate::model::{Chart, Mark, MarkKind, Series};
use crate::number::count;
use crate::palette::DASHES;
use crate::scale::{LagScale, TimeScale};
use crate::text::fitted;
use crate::time::{duration_text, time_text};

/// Below this width, the labels are a list below the plot.
const MIN_WIDTH_FOR_COLUMN: f64 = 640.0;
const LEFT: f64 = 64.0;
/// The distances from a mark at which a label is tried.
const TRIED: [f64; 7] = [-10.0, 16.0, -24.0, -38.0, 30.0, -52.0, -66.0];

/// Draws the plot below `top`. Returns the bottom of the drawing.
pub(crate) fn draw(canvas: &mut Canvas, chart: &Chart, top: f64) -> f64 {
    let has_column = chart.width >= MIN_WIDTH_FOR_COLUMN;
    let right = chart.width - if has_column { end_labels::COLUMN } else { MARGIN };
    let (from_ms, to_ms) = axes::time_range(chart);
    let time = TimeScale { left: LEFT, right, from_ms, to_ms };
    let rows = match &chart.series[..] {
        [series] => event_rows::place(chart, series, &time),
        _ => Vec::new(),
    };
    let plot_top = top + 12.0 + event_rows::ROW * count(event_rows::rows(&rows));
    let height = if has_column { 360.0 } else { 240.0 };
    let plot = Rect { left: LEFT, top: plot_top, right, bottom: plot_top + height };
    let lag = LagScale::new(plot.top, plot.bottom, axes::peak(chart));
    axes::lags(canvas, &lag, &plot, false, true);
    axes::times(canvas, chart, &time, &plot, true);
    for series in &chart.series {
        draw_outages(canvas, chart, series, &time, &plot);
    }
    draw_limit(canvas, chart, &lag, &plot);
    event_rows::draw(canvas, &rows, &time, &plot);
    let is_shared = chart.series.len() > 1;
    let pen = |index: usize, series: &Series| Pen {
        time: &time,
        lag: &lag,
        color: color(index),
        dash: DASHES[index % DASHES.len()],
        parts: 200,
        dots: chart.is_sparse,
        // Several noisy lines just above zero would hide each other.
        level: marks::ready_ms(series)
            .filter(|_| is_shared)
            .map(|ready| (ready, 2.0 * count(index) + 1.0)),
    };
    for (index, series) in chart.series.iter().enumerate() {
        marks::curve(canvas, series, &pen(index, series));
    }
    for (index, series) in chart.series.iter().enumerate() {
        draw_marks(canvas, chart, series, &pen(index, series));
    }
    if is_shared {
        for (index, series) in chart.series.iter().enumerate() {
            name_marks(canvas, chart, series, &pen(index, series), &plot);
        }
    }
    let mut bottom = plot.bottom + 40.0;
    if has_column {
        end_labels::beside(canvas, chart, &lag, |at_ms| time.x(at_ms), &plot);
    } else {
        let room = chart.width - 2.0 * MARGIN;
        bottom = end_labels::below(canvas, chart, MARGIN, bottom + 10.0, room);
    }
    draw_key(canvas, chart, bottom + 14.0)
}

fn color(index: usize) -> char {
    char::from_digit(u32::try_from(index % DASHES.len()).unwrap_or_default(), 10).unwrap_or('0')
}

fn draw_limit(canvas: &mut Canvas, chart: &Chart, lag: &LagScale, plot: &Rect) {
    let Some(limit) = chart.max_lag else { return };
    let y = lag.y(limit);
    canvas.line("limit", (plot.left, y), (plot.right, y));
    let text = format!("cutover allowed up to {} of lag", duration_text(limit));
    let label =
        Label::new(&text, plot.left + (plot.right - plot.left) * 0.15, y - 5.0).class("xd halo");
    canvas.text_if_free(&label, plot);
}

/// Draws where polls failed: as a band if there is one migration, else as ticks on its curve.
fn draw_outages(
    canvas: &mut Canvas,
    chart: &Chart,
    series: &Series,
    time: &TimeScale,
    plot: &Rect,
) {
    for outage in &series.outages {
        let (from, to) = (time.x(outage.from_ms), time.x(outage.to_ms.unwrap_or(time.to_ms)));
        let right = to.max(from + 1.0);
        // A strip at the bottom when several share the plot.
        let top = if chart.series.len() == 1 { plot.top } else { plot.bottom - 8.0 };
        canvas.rect("band", &Rect { left: from, top, right, bottom: plot.bottom });
    }
}

fn draw_marks(canvas: &mut Canvas, chart: &Chart, series: &Series, pen: &Pen<'_>) {
    for mark in &series.marks {
        let at = pen.place(mark.at_ms, lag_of_mark(series, mark));
        marks::shape(canvas, mark.kind, at, pen.color, &marks::tip(series, mark, &chart.zone));
    }
    if let Some((at_ms, seconds)) = marks::end_of(series).filter(|_| !marks::has_ended(series)) {
        marks::end_dot(canvas, pen.place(at_ms, seconds), pen.color);
    }
}

/// Names the marks of one of several series, unless the label at its end does.
fn name_marks(canvas: &mut Canvas, chart: &Chart, series: &Series, pen: &Pen<'_>, plot: &Rect) {
    let mut marks: Vec<&Mark> = series.marks.iter().collect();
    marks.sort_by_key(|mark| (mark.kind, mark.at_ms));
    let name = fitted(&series.name, 90.0, 11.0, false);
    for mark in marks.into_iter().filter(|mark| mark.kind <= MarkKind::Ready) {
        let time = time_text(mark.at_ms, &chart.zone);
        let what = mark.kind.name();
        if !series.state.contains(&format!("{what} {time}")) {
            let at = pen.place(mark.at_ms, lag_of_mark(series, mark));
            name_at(canvas, &format!("{name}: {what} {time}"), at, plot);
        }
    }
    for outage in &series.outages {
        let text = format!("{name}: no response {}", time_text(outage.from_ms, &chart.zone));
        let at = pen.place(outage.from_ms, marks::lag_at(series, outage.from_ms));
        name_at(canvas, &text, at, plot);
    }
}

/// Returns the lag at which a mark is drawn: that of the curve.
fn lag_of_mark(series: &Series, mark: &Mark) -> u64 {
    match mark.kind {
        MarkKind::Complete | MarkKind::Created => 0,
        _ => marks::lag_at(series, mark.at_ms),
    }
}

/// Writes the name of a mark near it, if there is room. The tooltip and the key name it too.
fn name_at(canvas: &mut Canvas, text: &str, at: (f64, f64), plot: &Rect) {
    let places = TRIED.into_iter().flat_map(|y| [(y, Anchor::End, -4.0), (y, Anchor::Start, 4.0)]);
    for (y, anchor, x) in places {
        let label =
            Label::new(text, at.0 + x, at.1 + y).size(11.0).anchor(anchor).class("muted halo");
        if canvas.text_if_free(&label, plot) {
            return;
        }
    }
}

/// Draws the key of the marks that occur. Returns its bottom.
fn draw_key(canvas: &mut Canvas, chart: &Chart, y: f64) -> f64 {
    let mut kinds: Vec<MarkKind> =
        chart.series.iter().flat_map(|series| &series.marks).map(|mark| mark.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut x = MARGIN + 6.0;
    let mut y = y;
    let mut item = |canvas: &mut Canvas, text: &str, draw: &dyn Fn(&mut Canvas, (f64, f64))| {
        let end = Label::new(text, x + 10.0, y).area().right;
        if end > chart.width - MARGIN {
            x = MARGIN + 6.0;
            y += 18.0;
        }
        draw(canvas, (x, y - 4.0));
        let label = Label::new(text, x + 10.0, y).class("muted");
        canvas.text(&label);
        x = label.area().right + 18.0;
    };
    for kind in kinds {
        item(canvas, kind.name(), &|canvas, at| {
            marks::shape(canvas, kind, at, 'i', kind.name());
        });
    }
    if chart.series.iter().any(|series| !marks::has_ended(series)) {
        item(canvas, "now, or last seen", &|canvas, at| marks::end_dot(canvas, at, 'i'));
    }
    if chart.series.iter().any(|series| !series.outages.is_empty()) {
        item(canvas, "no response from Atlas", &|canvas, (x, y)| {
            let area = Rect { left: x - 6.0, top: y - 5.0, right: x + 6.0, bottom: y + 5.0 };
            canvas.rect("band", &area);
        });
    }
    y + 14.0
}
