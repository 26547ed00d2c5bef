//! [`LagPoint`]: a lag, and its place on the scale of all histories.

use atlas_migrations_journal::event::{Event, EventRecord};

/// A lag, and when it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LagPoint {
    /// When it was seen, in milliseconds since 1970.
    pub at_ms: i64,
    /// The lag in seconds.
    pub seconds: u64,
}

/// Returns the lags that an attempt recorded, in the order of the events.
pub fn recorded_lags(
    records: &[EventRecord],
    attempt: u32,
) -> impl DoubleEndedIterator<Item = LagPoint> {
    let of_attempt = records.iter().filter(move |record| record.attempt == attempt);
    of_attempt.filter_map(|record| match &record.event {
        Event::Observed(observed) => {
            Some(LagPoint { at_ms: observed.polled_ms, seconds: observed.lag_seconds? })
        }
        _ => None,
    })
}

/// Returns a lag on a scale that is linear near 0, so that the last minute is seen, and logarithmic above.
#[allow(clippy::cast_precision_loss, reason = "a drawing needs no more than 52 bits")]
pub fn symlog(seconds: u64) -> f64 {
    (1.0 + seconds as f64 / 10.0).log10()
}
