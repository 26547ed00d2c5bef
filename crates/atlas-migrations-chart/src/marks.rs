//! Curves, and the marks on them.

use std::fmt::Write as _;

use crate::canvas::Canvas;
use crate::model::{Mark, MarkKind, Outage, Point, Series};
use crate::scale::{LagScale, TimeScale};
use crate::text::escaped;
use crate::thin::thinned;
use crate::time::day_time_text;

/// How the curve and the marks of a series are drawn.
pub(crate) struct Pen<'a> {
    pub(crate) time: &'a TimeScale,
    pub(crate) lag: &'a LagScale,
    /// The class suffix of the color: a number of a series or a letter of a tone.
    pub(crate) color: char,
    pub(crate) dash: &'a str,
    /// In how many parts of the time the extremes are kept.
    pub(crate) parts: usize,
    pub(crate) dots: bool,
    /// From when on lags of a few seconds are drawn at a height above zero, instead of as they are.
    pub(crate) level: Option<(i64, f64)>,
}

/// The largest lag, in seconds, that is drawn as zero after the migration is ready.
const CAUGHT_UP: u64 = 10;

impl Pen<'_> {
    /// Returns the position of a lag at a time.
    pub(crate) fn place(&self, at_ms: i64, lag: u64) -> (f64, f64) {
        let x = self.time.x(at_ms);
        match self.level.filter(|(since, _)| *since <= at_ms && lag <= CAUGHT_UP) {
            Some((_, level)) => (x, self.lag.y(0) - level),
            None => (x, self.lag.y(lag)),
        }
    }
}

/// Returns when a migration was first ready.
pub(crate) fn ready_ms(series: &Series) -> Option<i64> {
    let ready = series.marks.iter().filter(|mark| mark.kind == MarkKind::Ready);
    ready.map(|mark| mark.at_ms).min()
}

/// Draws the curve of a series. It is dotted where polls failed, and interrupted where there was no lag.
pub(crate) fn curve(canvas: &mut Canvas, series: &Series, pen: &Pen<'_>) {
    let points = thinned(&series.points, pen.time, pen.parts);
    let name = escaped(&series.name);
    let dash = match pen.dash {
        "" => String::new(),
        dash => format!(" stroke-dasharray=\"{dash}\""),
    };
    let place = |point: &Point| pen.place(point.at_ms, point.lag.unwrap_or_default());
    for piece in points.split(|point| point.lag.is_none()).filter(|piece| !piece.is_empty()) {
        let mut solid = String::new();
        let close = |canvas: &mut Canvas, solid: &mut String| {
            if !solid.is_empty() {
                canvas.add(format_args!(
                    "<polyline class=\"line s{}\"{dash} points=\"{}\"><title>{name}</title></polyline>",
                    pen.color,
                    solid.trim_end()
                ));
            }
            solid.clear();
        };
        for (index, point) in piece.iter().enumerate() {
            let (x, y) = place(point);
            if let Some(before) = index.checked_sub(1).and_then(|before| piece.get(before))
                && series.outages.iter().any(|outage| is_between(outage, before, point))
            {
                close(canvas, &mut solid);
                canvas.line(&format!("line join s{}", pen.color), place(before), (x, y));
            }
            // Writing to a string does not fail.
            let _ = write!(solid, "{x:.1},{y:.1} ");
        }
        if piece.len() == 1 && !pen.dots {
            let (x, y) = place(&piece[0]);
            canvas.add(format_args!(
                "<circle class=\"f{}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2\"/>",
                pen.color
            ));
        }
        close(canvas, &mut solid);
    }
    if pen.dots {
        for point in points.iter().filter(|point| point.lag.is_some()) {
            let (x, y) = place(point);
            canvas.add(format_args!(
                "<circle class=\"f{}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.6\"/>",
                pen.color
            ));
        }
    }
}

fn is_between(outage: &Outage, before: &Point, after: &Point) -> bool {
    outage.from_ms < after.at_ms && outage.to_ms.is_none_or(|to| to > before.at_ms)
}

/// Returns the last known lag at a time.
pub(crate) fn lag_at(series: &Series, at_ms: i64) -> u64 {
    let before = series.points.iter().filter(|point| point.at_ms <= at_ms);
    before.max_by_key(|point| point.at_ms).and_then(|point| point.lag).unwrap_or_default()
}

/// Returns where the curve ends: the time and the lag.
pub(crate) fn end_of(series: &Series) -> Option<(i64, u64)> {
    let known = series.points.iter().filter_map(|point| Some((point.at_ms, point.lag?)));
    let point = known.max_by_key(|(at_ms, _)| *at_ms);
    let ends = |mark: &&Mark| {
        matches!(mark.kind, MarkKind::Failed | MarkKind::Expired | MarkKind::Complete)
    };
    let end = series.marks.iter().filter(ends).max_by_key(|mark| mark.at_ms);
    match (point, end) {
        (_, Some(mark)) if mark.kind == MarkKind::Complete => Some((mark.at_ms, 0)),
        (Some((at_ms, lag)), Some(mark)) => Some((mark.at_ms.max(at_ms), lag)),
        (point, None) => point,
        (None, Some(mark)) => Some((mark.at_ms, 0)),
    }
}

/// Draws the shape of a mark, with a tooltip.
pub(crate) fn shape(canvas: &mut Canvas, kind: MarkKind, at: (f64, f64), color: char, tip: &str) {
    let (x, y) = at;
    let tip = escaped(tip);
    let filled = format!("class=\"f{color} halo\"");
    let drawn = format!("class=\"s{color}\" fill=\"none\" stroke-width=\"2.4\"");
    let path = match kind {
        MarkKind::Ready => format!("<path {filled} d=\"M{x:.1} {:.1}l5 9h-10z\"/>", y - 6.0),
        MarkKind::CutoverSent => {
            format!("<path {filled} d=\"M{x:.1} {:.1}l5.5 5.5l-5.5 5.5l-5.5-5.5z\"/>", y - 5.5)
        }
        MarkKind::Complete => {
            let (x, y) = (x - 4.5, y - 4.5);
            format!("<rect {filled} x=\"{x:.1}\" y=\"{y:.1}\" width=\"9\" height=\"9\"/>")
        }
        MarkKind::Failed | MarkKind::Expired => {
            let (left, top) = (x - 5.0, y - 5.0);
            format!("<path {drawn} d=\"M{left:.1} {top:.1}l10 10m0-10l-10 10\"/>")
        }
        MarkKind::Unclear => {
            format!(
                "<circle {drawn} cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" stroke-dasharray=\"3 2\"/>"
            )
        }
        MarkKind::Held => {
            let (left, top) = (x - 3.0, y - 5.0);
            format!("<path {drawn} d=\"M{left:.1} {top:.1}v10m6 0v-10\"/>")
        }
        MarkKind::Created => {
            format!("<path {drawn} d=\"M{x:.1} {:.1}v10\"/>", y - 5.0)
        }
        MarkKind::Approved | MarkKind::Other => {
            format!("<circle {drawn} cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>")
        }
    };
    canvas.add(format_args!("<g>{path}<title>{tip}</title></g>"));
}

/// Draws the dot at the end of a curve that goes on.
pub(crate) fn end_dot(canvas: &mut Canvas, at: (f64, f64), color: char) {
    let (x, y) = at;
    canvas.add(format_args!(
        "<circle class=\"f{color} halo\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\"/>"
    ));
}

/// Returns whether the series ended, so that its curve has no dot for now.
pub(crate) fn has_ended(series: &Series) -> bool {
    series
        .marks
        .iter()
        .any(|mark| matches!(mark.kind, MarkKind::Failed | MarkKind::Expired | MarkKind::Complete))
}

/// Returns what the tooltip of a mark says.
pub(crate) fn tip(series: &Series, mark: &Mark, zone: &jiff::tz::TimeZone) -> String {
    let what = mark.detail.as_deref().unwrap_or_else(|| mark.kind.name());
    format!("{}: {what}, {}", series.name, day_time_text(mark.at_ms, zone))
}
