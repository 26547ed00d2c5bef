//! More than six migrations: a small plot each, with the same axes.

use crate::axes;
use crate::canvas::{Anchor, Canvas, Label, MARGIN, Rect};
use crate::marks::{self, Pen};
use crate::model::{Chart, MarkKind, Series};
use crate::number::{count, floor};
use crate::scale::{LagScale, TimeScale};
use crate::text::{cut, fitted};
use crate::time::{day_time_text, time_text};

const AXIS: f64 = 52.0;
const MIN_CELL: f64 = 236.0;
const HEADER: f64 = 40.0;
const PLOT: f64 = 84.0;
const GAP: f64 = 14.0;
/// The largest number of plots. The other migrations are a list below them.
const MAX_PANELS: usize = 100;
/// How many migrations that need nobody have a plot, if there are more migrations than plots.
const MIN_CALM: usize = 30;
/// The largest number of migrations in the list.
const MAX_LISTED: usize = 2_000;

/// Draws the plots below `top`. Returns the bottom of the drawing.
pub(crate) fn draw(canvas: &mut Canvas, chart: &Chart, top: f64) -> f64 {
    let mut ordered: Vec<&Series> = chart.series.iter().collect();
    ordered.sort_by_key(|series| series.tone);
    let (shown, listed) = ordered.split_at(panel_count(&ordered));
    let columns = floor((chart.width - AXIS - MARGIN) / MIN_CELL).max(1);
    let cell = (chart.width - AXIS - MARGIN) / count(columns);
    let (from_ms, to_ms) = axes::time_range(chart);
    let peak = axes::peak(chart);
    let row_height = HEADER + PLOT + GAP;
    for (index, series) in shown.iter().enumerate() {
        let (row, column) = (index / columns, index % columns);
        let left = AXIS + cell * count(column);
        let top = top + row_height * count(row);
        let area = Rect { left, top, right: left + cell - 12.0, bottom: top + HEADER + PLOT + 6.0 };
        let is_lowest = index + columns >= shown.len();
        let panel = Panel { chart, series, area, from_ms, to_ms, peak };
        panel.draw(canvas, column == 0, is_lowest);
    }
    let bottom = top + row_height * count(shown.len().div_ceil(columns)) + 30.0;
    list(canvas, chart, listed, bottom)
}

/// Returns how many migrations have a plot.
fn panel_count(ordered: &[&Series]) -> usize {
    if ordered.len() <= MAX_PANELS {
        return ordered.len();
    }
    let need = ordered.iter().filter(|series| series.tone.needs_person()).count();
    (need + MIN_CALM).min(MAX_PANELS)
}

struct Panel<'a> {
    chart: &'a Chart,
    series: &'a Series,
    area: Rect,
    from_ms: i64,
    to_ms: i64,
    peak: u64,
}

impl Panel<'_> {
    fn draw(&self, canvas: &mut Canvas, has_lag_labels: bool, has_time_labels: bool) {
        let Self { chart, series, area, .. } = self;
        let plot = Rect {
            left: area.left + 8.0,
            top: area.top + HEADER,
            right: area.right - 8.0,
            bottom: area.top + HEADER + PLOT,
        };
        let time = TimeScale {
            left: plot.left,
            right: plot.right,
            from_ms: self.from_ms,
            to_ms: self.to_ms,
        };
        let lag = LagScale::new(plot.top, plot.bottom, self.peak);
        let tone = series.tone.letter();
        if series.tone.needs_person() {
            canvas.rect(&format!("tint-{tone}"), area);
            let edge = Rect { right: area.left + 3.0, ..*area };
            canvas.rect(&format!("f{tone}"), &edge);
        }
        self.header(canvas, plot.left, plot.right - plot.left);
        axes::lags(canvas, &lag, &plot, true, false);
        if has_lag_labels {
            self.lag_labels(canvas, &lag);
        }
        axes::times(canvas, chart, &time, &plot, false);
        if has_time_labels {
            self.time_labels(canvas, &time, &plot);
        }
        for outage in &series.outages {
            let (from, to) = (time.x(outage.from_ms), time.x(outage.to_ms.unwrap_or(self.to_ms)));
            let right = to.max(from + 1.0);
            canvas.rect("band", &Rect { left: from, right, ..plot });
        }
        if series.points.iter().all(|point| point.lag.is_none()) {
            let middle = f64::midpoint(plot.left, plot.right);
            let y = f64::midpoint(plot.top, plot.bottom);
            canvas
                .text(&Label::new("no lag seen", middle, y).anchor(Anchor::Middle).class("muted"));
        }
        let dots = chart.is_sparse;
        let pen =
            Pen { time: &time, lag: &lag, color: tone, dash: "", parts: 60, dots, level: None };
        marks::curve(canvas, series, &pen);
        self.marks(canvas, &time, &lag, &plot);
    }

    fn header(&self, canvas: &mut Canvas, x: f64, room: f64) {
        let Self { series, area, .. } = self;
        let tone = format!("x{}", series.tone.letter());
        let name = fitted(&format!("{} {}", series.glyph, series.name), room, 13.5, true);
        let state = cut(&series.state, room, 12.0);
        canvas.text(&Label::new(&name, x, area.top + 16.0).size(13.5).bold());
        let mut label = Label::new(&state, x, area.top + 31.0).class(&tone);
        label.bold = series.tone.needs_person();
        canvas.text(&label);
    }

    fn lag_labels(&self, canvas: &mut Canvas, lag: &LagScale) {
        let room = Rect { left: 0.0, top: 0.0, right: AXIS, bottom: f64::INFINITY };
        for (seconds, text) in lag.ticks(true) {
            let (x, y) = (self.area.left - 6.0, lag.y(seconds) + 4.0);
            let label = Label::new(text, x, y).size(11.0).anchor(Anchor::End).class("muted");
            canvas.text_if_free(&label, &room);
        }
    }

    /// Writes the labels of the ticks: the date at the first tick of a day, else the time.
    fn time_labels(&self, canvas: &mut Canvas, time: &TimeScale, plot: &Rect) {
        let room = Rect {
            left: plot.left - 6.0,
            top: 0.0,
            right: plot.right + 10.0,
            bottom: f64::INFINITY,
        };
        let mut last_date = None;
        for tick in time.ticks(&self.chart.zone) {
            let x = time.x(tick.at_ms);
            let y = plot.bottom + 18.0;
            let label =
                Label::new(&tick.label, x, y).size(11.0).anchor(Anchor::Middle).class("muted");
            canvas.text_if_free(&label, &room);
            if let Some(date) = tick.date {
                let text = crate::time::day_text(date);
                let label =
                    Label::new(&text, x, y + 13.0).size(11.0).anchor(Anchor::Middle).class("muted");
                if last_date != Some(date) && canvas.text_if_free(&label, &room) {
                    last_date = Some(date);
                }
            }
        }
    }

    fn marks(&self, canvas: &mut Canvas, time: &TimeScale, lag: &LagScale, plot: &Rect) {
        let Self { chart, series, .. } = self;
        let tone = series.tone.letter();
        let ready = marks::ready_ms(series);
        let mut texts = Vec::new();
        if let Some(deadline) = series.deadline {
            texts.push(format!("cut over by {}", day_time_text(deadline, &chart.zone)));
        }
        if let Some(at_ms) = ready {
            let x = time.x(at_ms);
            canvas.line("event", (x, plot.top + 12.0), (x, plot.bottom));
            texts.push(format!("ready {}", time_text(at_ms, &chart.zone)));
        }
        // Below the curve is most room: it falls to zero only when the migration is ready.
        let x = ready.map_or(plot.right, |at_ms| time.x(at_ms));
        for (index, text) in texts.iter().rev().enumerate() {
            let y = plot.bottom - 7.0 - 14.0 * count(index);
            let places =
                [(Anchor::End, x - 5.0), (Anchor::Start, x + 5.0), (Anchor::End, plot.right - 2.0)];
            for (anchor, x) in places {
                let label = Label::new(text, x, y).size(11.0).anchor(anchor);
                if canvas.text_if_free(&label.class("muted"), plot) {
                    break;
                }
            }
        }
        for mark in series.marks.iter().filter(|mark| mark.kind <= MarkKind::CutoverSent) {
            let seconds = match mark.kind {
                MarkKind::Complete => 0,
                _ => marks::lag_at(series, mark.at_ms),
            };
            let at = (time.x(mark.at_ms), lag.y(seconds));
            marks::shape(canvas, mark.kind, at, tone, &marks::tip(series, mark, &chart.zone));
        }
        if let Some((at_ms, seconds)) = marks::end_of(series).filter(|_| !marks::has_ended(series))
        {
            marks::end_dot(canvas, (time.x(at_ms), lag.y(seconds)), tone);
        }
    }
}

/// Draws the migrations without a plot as a list in columns. Returns the bottom of the drawing.
fn list(canvas: &mut Canvas, chart: &Chart, listed: &[&Series], top: f64) -> f64 {
    if listed.is_empty() {
        return top + 6.0;
    }
    let heading = format!("{} more without a plot", listed.len());
    canvas.text(&Label::new(&heading, MARGIN, top + 18.0).size(13.5).bold());
    let (shown, unnamed) = (listed.len().min(MAX_LISTED), listed.len().saturating_sub(MAX_LISTED));
    let room = chart.width - 2.0 * MARGIN;
    let columns = floor(room / 250.0).max(1);
    let cell = room / count(columns);
    let rows = shown.div_ceil(columns);
    for (index, series) in listed.iter().take(shown).enumerate() {
        let x = MARGIN + cell * count(index / rows);
        let y = top + 40.0 + 17.0 * count(index % rows);
        let text = format!("{} {}: {}", series.glyph, series.name, series.state);
        let text = fitted(&text, cell - 12.0, 12.0, false);
        let class = format!("x{}", series.tone.letter());
        canvas.text(&Label::new(&text, x, y).class(&class));
    }
    let mut bottom = top + 40.0 + 17.0 * count(rows);
    if unnamed > 0 {
        canvas.text(&Label::new(&format!("and {unnamed} more"), MARGIN, bottom).class("muted"));
        bottom += 17.0;
    }
    bottom + 6.0
}
