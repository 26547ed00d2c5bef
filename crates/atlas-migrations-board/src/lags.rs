//! The lags that were recorded.

use atlas_migrations_journal::event::{Event, EventRecord};

/// A lag, and when it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LagPoint {
    /// When it was seen, in milliseconds since 1970.
    pub at_ms: i64,
    /// The lag in seconds.
    pub seconds: u64,
}

/// Returns the lags of an attempt, in order of time.
pub fn lags(records: &[EventRecord], attempt: u32) -> Vec<LagPoint> {
    let mut lags: Vec<_> = records
        .iter()
        .filter(|record| record.attempt == attempt)
        .filter_map(|record| match &record.event {
            Event::Observed(observed) => {
                Some(LagPoint { at_ms: observed.polled_ms, seconds: observed.lag_seconds? })
            }
            _ => None,
        })
        .collect();
    lags.sort_unstable();
    lags
}

/// Returns the place of a lag on the scale of all curves: linear near 0, so that the last minute is seen; logarithmic above.
pub fn symlog(seconds: u64) -> f64 {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    (1.0 + number(seconds) / 10.0).log10()
}

#[allow(clippy::cast_precision_loss, reason = "a drawing needs no more than 52 bits")]
pub fn number(value: i64) -> f64 {
    value as f64
}
