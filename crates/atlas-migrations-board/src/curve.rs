//! The lag of one migration over time, as far as it was recorded.

use std::time::Duration;

use atlas_migrations_journal::event::{Event, EventRecord};

use crate::times::{Moment, Times, duration};

/// The ticks of the scale, in seconds.
const TICKS: [u64; 8] = [0, 10, 60, 600, 3600, 21_600, 86_400, 259_200];
/// The number of points, at most. The newest are kept.
const MAX_POINTS: usize = 400;

/// The recorded lags. Positions are shares of the width and of the height, from the left and from the top.
#[derive(Clone, Debug)]
pub struct Curve {
    /// The points, in order of time.
    pub points: Vec<Point>,
    /// The lags of the scale, the highest last.
    pub ticks: Vec<(f64, String)>,
    /// The time at the left.
    pub from: Moment,
    /// The time at the right.
    pub to: Moment,
}

/// A recorded lag.
#[derive(Clone, Debug)]
pub struct Point {
    pub x: f64,
    pub y: f64,
    pub at: Moment,
    pub lag: String,
}

/// Returns the curve of the current attempt, if at least two lags were recorded.
pub fn curve(records: &[EventRecord], attempt: u32, times: &Times) -> Option<Curve> {
    let mut lags: Vec<_> = records
        .iter()
        .filter(|record| record.attempt == attempt)
        .filter_map(|record| match &record.event {
            Event::Observed(observed) => Some((observed.polled_ms, observed.lag_seconds?)),
            _ => None,
        })
        .collect();
    lags.sort_unstable();
    lags.drain(..lags.len().saturating_sub(MAX_POINTS));
    let (&(first, _), &(last, _)) = (lags.first()?, lags.last()?);
    let width = number(last.checked_sub(first).filter(|width| *width > 0)?);
    let highest = lags.iter().map(|(_, lag)| *lag).max()?.max(60);
    let top = scale(highest);
    let y = |lag: u64| 1.0 - scale(lag) / top;
    let point = |(at, lag): (i64, u64)| Point {
        x: number(at.saturating_sub(first)) / width,
        y: y(lag),
        at: times.moment(at),
        lag: text(lag),
    };
    let ticks = TICKS.into_iter().filter(|tick| *tick <= highest);
    Some(Curve {
        points: lags.iter().copied().map(point).collect(),
        ticks: ticks.map(|tick| (y(tick), text(tick))).collect(),
        from: times.moment(first),
        to: times.moment(last),
    })
}

fn text(seconds: u64) -> String {
    duration(Duration::from_secs(seconds))
}

/// Linear near 0, so that the last minute is seen; logarithmic above.
fn scale(seconds: u64) -> f64 {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    (1.0 + number(seconds) / 10.0).log10()
}

#[allow(clippy::cast_precision_loss, reason = "a drawing needs no more than 52 bits")]
fn number(value: i64) -> f64 {
    value as f64
}
