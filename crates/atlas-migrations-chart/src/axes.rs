//! The axes of a plot, and the range of times that a chart shows.

use crate::canvas::{Anchor, Canvas, Label, Rect};
use crate::model::Chart;
use crate::scale::{LagScale, TimeScale};
use crate::time::{bounded, day_text};

/// Returns the first and the last time that the chart shows, in milliseconds since 1970.
pub(crate) fn time_range(chart: &Chart) -> (i64, i64) {
    let times = chart.series.iter().flat_map(|series| {
        let points = series.points.iter().map(|point| point.at_ms);
        let marks = series.marks.iter().map(|mark| mark.at_ms);
        let outages = series.outages.iter().flat_map(|outage| [Some(outage.from_ms), outage.to_ms]);
        points.chain(marks).chain(outages.flatten())
    });
    let times: Vec<i64> = times.chain(chart.as_of).map(bounded).collect();
    let from = times.iter().min().copied().unwrap_or_default();
    let to = times.iter().max().copied().unwrap_or_default();
    (from, to.max(from.saturating_add(1_000)))
}

/// Returns the largest lag of the chart, in seconds.
pub(crate) fn peak(chart: &Chart) -> u64 {
    let lags = chart.series.iter().flat_map(|series| &series.points).filter_map(|point| point.lag);
    lags.chain(chart.max_lag).max().unwrap_or_default()
}

/// Draws the grid and the ticks of the lag. With `labels`, their texts are left of the plot.
pub(crate) fn lags(canvas: &mut Canvas, scale: &LagScale, plot: &Rect, few: bool, labels: bool) {
    let mut last = f64::INFINITY;
    for (lag, label) in scale.ticks(few) {
        let y = scale.y(lag);
        let class = if lag == 0 { "axis" } else { "grid" };
        canvas.line(class, (plot.left, y), (plot.right, y));
        if labels && last - y >= 13.0 {
            let (x, y) = (plot.left - 8.0, y + 4.0);
            canvas.text(&Label::new(label, x, y).anchor(Anchor::End).class("muted"));
            last = scale.y(lag);
        }
    }
}

/// Draws the ticks of the time. With `labels`, their texts are below the plot.
pub(crate) fn times(
    canvas: &mut Canvas,
    chart: &Chart,
    scale: &TimeScale,
    plot: &Rect,
    labels: bool,
) {
    let paper = Rect { left: 0.0, top: 0.0, right: chart.width, bottom: f64::INFINITY };
    let ticks = scale.ticks(&chart.zone);
    for (index, tick) in ticks.iter().enumerate() {
        let x = scale.x(tick.at_ms);
        if tick.is_midnight {
            canvas.line("grid", (x, plot.top), (x, plot.bottom));
        }
        canvas.line("axis", (x, plot.bottom), (x, plot.bottom + 4.0));
        if !labels {
            continue;
        }
        let y = plot.bottom + 18.0;
        let label = Label::new(&tick.label, x, y).anchor(Anchor::Middle).class("muted");
        canvas.text_if_free(&label, &paper);
        if let Some(date) = tick.date {
            let text = day_text(date);
            let label = Label::new(&text, x, y + 15.0).anchor(Anchor::Middle).bold();
            // The date of a day that is nearly over gives way to that of the next day.
            let gives_way = ticks[index + 1..].iter().any(|next| {
                next.date.is_some()
                    && scale.x(next.at_ms) - x < label.area().right - label.area().left + 8.0
            });
            if !gives_way {
                canvas.text_if_free(&label, &paper);
            }
        }
    }
    if let Some(date) = ticks.first().and_then(|tick| tick.date).filter(|_| labels) {
        let text = day_text(date);
        let label = Label::new(&text, plot.left - 40.0, plot.bottom + 33.0).bold();
        // Left of its tick, if it gave way to the next.
        if !canvas.body.contains(&format!(">{text}</text>")) {
            canvas.text_if_free(&label, &paper);
        }
    }
}
