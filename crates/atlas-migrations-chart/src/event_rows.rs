//! Names of events in rows above a plot, with a dotted line down to the axis.

use crate::canvas::{Anchor, Canvas, Label, Rect};
use crate::model::{Chart, Mark, MarkKind, Series};
use crate::scale::TimeScale;
use crate::time::{day_time_text, time_text};

pub(crate) const ROW: f64 = 16.0;
const MAX_ROWS: usize = 4;
const GAP: f64 = 8.0;

/// A name of an event, placed in a row. Row 0 is the lowest.
pub(crate) struct Placed {
    at_ms: i64,
    text: String,
    row: usize,
    anchor: Anchor,
}

/// Places the names of the events of a series, the most important first. Those without room have a tooltip only.
pub(crate) fn place(chart: &Chart, series: &Series, time: &TimeScale) -> Vec<Placed> {
    let mut wanted: Vec<(MarkKind, i64, String)> =
        series.marks.iter().map(|mark| (mark.kind, mark.at_ms, name(mark, chart))).collect();
    wanted.extend(series.outages.iter().map(|outage| {
        let from = time_text(outage.from_ms, &chart.zone);
        let text = match outage.to_ms {
            Some(to) => format!("no response {from}–{}", time_text(to, &chart.zone)),
            None => format!("no response since {from}"),
        };
        (MarkKind::Created, outage.from_ms, text)
    }));
    if let Some(deadline) = series.deadline.filter(|deadline| time.contains(*deadline)) {
        let text = format!("cut over by {}", day_time_text(deadline, &chart.zone));
        wanted.push((MarkKind::Failed, deadline, text));
    }
    wanted.sort_by_key(|(kind, at_ms, _)| (*kind, *at_ms));
    let mut taken: Vec<(usize, f64, f64)> = Vec::new();
    let mut placed: Vec<Placed> = Vec::new();
    for (_, at_ms, text) in wanted {
        let x = time.x(at_ms);
        let anchor =
            if x > f64::midpoint(time.left, time.right) { Anchor::End } else { Anchor::Start };
        let area = Label::new(&text, x, 0.0).anchor(anchor).area();
        let is_free = |row: &usize| {
            taken.iter().all(|(other, left, right)| {
                other != row || area.right + GAP <= *left || *right + GAP <= area.left
            })
        };
        if let Some(row) = (0..MAX_ROWS).find(is_free) {
            taken.push((row, area.left, area.right));
            placed.push(Placed { at_ms, text, row, anchor });
        }
    }
    placed
}

fn name(mark: &Mark, chart: &Chart) -> String {
    let what = match mark.kind {
        MarkKind::Other => mark.detail.as_deref().unwrap_or("event"),
        kind => kind.name(),
    };
    let what = crate::text::fitted(what, 160.0, 12.0, false);
    format!("{what} {}", time_text(mark.at_ms, &chart.zone))
}

/// Returns the number of rows.
pub(crate) fn rows(placed: &[Placed]) -> usize {
    placed.iter().map(|placed| placed.row + 1).max().unwrap_or_default()
}

/// Draws the names and their lines.
pub(crate) fn draw(canvas: &mut Canvas, placed: &[Placed], time: &TimeScale, plot: &Rect) {
    for placed in placed {
        let x = time.x(placed.at_ms);
        let y = plot.top - 6.0 - ROW * crate::number::count(placed.row);
        canvas.line("event", (x, y + 3.0), (x, plot.bottom));
        let shift = if placed.anchor == Anchor::End { -3.0 } else { 3.0 };
        canvas.text(&Label::new(&placed.text, x + shift, y).anchor(placed.anchor));
    }
}
