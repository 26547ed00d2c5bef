//! [`Estimate`]: when a migration catches up, if it goes on as in the last hours.

use std::time::Duration;

use crate::{
    lags::{LagPoint, number},
    times::{Moment, Times, duration},
};

/// Lags before this time say little about the present.
const WINDOW_MS: i64 = 3 * HOUR_MS;
const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;
/// The number of lags that an estimate needs.
const MIN_LAGS: usize = 3;
/// The time between the first and the last of them.
const MIN_SPAN_MS: i64 = 10 * MINUTE_MS;
/// A lag is recorded at least once an hour.
const OLD_MS: i64 = HOUR_MS * 5 / 4;
/// An estimate that is farther away says nothing.
const FAR_MS: i64 = 60 * 24 * HOUR_MS;
/// A lag that shrinks or grows by less is steady, in seconds of lag per second.
const STEADY: f64 = 1.0 / 120.0;

/// When a migration catches up.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// The most likely time, rounded.
    pub at: Moment,
    /// The earliest and the latest time, rounded, if they are not the same.
    pub range: Option<(Moment, Moment)>,
    /// When the last lag was seen.
    pub as_of: Moment,
    /// Whether that is long ago.
    pub is_old: bool,
    /// The earliest and the latest time, in milliseconds since 1970.
    pub bounds_ms: (i64, i64),
}

/// How the lag develops: seconds of lag that are made up per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    low: f64,
    middle: f64,
    high: f64,
}

/// Returns how the lag develops, if enough lags were recorded in the last hours. They are in order of time.
pub fn pace(lags: &[LagPoint]) -> Option<Pace> {
    let last = lags.last()?;
    let recent: Vec<_> =
        lags.iter().filter(|lag| lag.at_ms >= last.at_ms.saturating_sub(WINDOW_MS)).collect();
    let span_ms = last.at_ms.saturating_sub(recent.first()?.at_ms);
    if recent.len() < MIN_LAGS || span_ms < MIN_SPAN_MS {
        return None;
    }
    let mut slopes = Vec::new();
    for (index, late) in recent.iter().enumerate() {
        for early in recent.iter().take(index).filter(|early| early.at_ms < late.at_ms) {
            let seconds = number(late.at_ms.saturating_sub(early.at_ms)) / 1000.0;
            slopes.push((lag(early) - lag(late)) / seconds);
        }
    }
    slopes.sort_unstable_by(f64::total_cmp);
    let quartile = |part: usize| slopes.get((slopes.len().saturating_sub(1)) * part / 4).copied();
    Some(Pace { low: quartile(1)?, middle: quartile(2)?, high: quartile(3)? })
}

impl Pace {
    /// Returns how the lag develops, as a sentence.
    pub fn text(self) -> String {
        let an_hour = |rate: f64| {
            let seconds = Duration::try_from_secs_f64(rate.abs() * 3600.0).unwrap_or_default();
            let seconds = seconds.as_secs();
            let rounded = if seconds > 180 { (seconds + 30) / 60 * 60 } else { seconds };
            duration(Duration::from_secs(rounded))
        };
        match self.middle {
            rate if rate > STEADY => format!("Catches up {} of lag an hour.", an_hour(rate)),
            rate if rate < -STEADY => format!("Lag grows {} an hour.", an_hour(rate)),
            _ => "Lag stays as it is.".to_owned(),
        }
    }

    /// Returns when the lag is 0. `None` if it does not shrink, or too slowly.
    pub fn estimate(self, lags: &[LagPoint], times: &Times) -> Option<Estimate> {
        let last = lags.last()?;
        let at = |rate: f64| {
            let left_ms = Duration::try_from_secs_f64(lag(last) / rate).ok()?.as_millis();
            let left_ms = i64::try_from(left_ms).ok().filter(|ms| *ms < FAR_MS)?;
            Some(last.at_ms.saturating_add(left_ms).max(times.now_ms))
        };
        if self.middle <= STEADY {
            return None;
        }
        let expected_ms = at(self.middle)?;
        let earliest_ms = at(self.high)?;
        let latest_ms = Some(self.low).filter(|low| *low > STEADY).and_then(at);
        let latest_ms = latest_ms.unwrap_or_else(|| last.at_ms.saturating_add(FAR_MS));
        let ahead_ms = expected_ms.saturating_sub(times.now_ms);
        let step_ms = MINUTE_MS
            * match ahead_ms {
                ..1_800_000 => 1,
                1_800_000..10_800_000 => 5,
                _ => 15,
            };
        let round = |ms: i64| times.moment((ms + step_ms / 2).div_euclid(step_ms) * step_ms);
        let (from, to) = (round(earliest_ms), round(latest_ms));
        let age_ms = times.now_ms.saturating_sub(last.at_ms);
        Some(Estimate {
            at: round(expected_ms),
            range: (from != to && latest_ms < last.at_ms.saturating_add(FAR_MS))
                .then_some((from, to)),
            as_of: times.moment(last.at_ms),
            is_old: age_ms > OLD_MS,
            bounds_ms: (earliest_ms, latest_ms),
        })
    }
}

fn lag(lag: &LagPoint) -> f64 {
    number(i64::try_from(lag.seconds).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    const NOW_MS: i64 = 1_800_000_000_000;

    fn every_ten_minutes(seconds: &[u64]) -> Vec<LagPoint> {
        let count = i64::try_from(seconds.len()).unwrap();
        let at = |index: i64| NOW_MS - (count - 1 - index) * 10 * MINUTE_MS;
        (0..)
            .zip(seconds)
            .map(|(index, seconds)| LagPoint { at_ms: at(index), seconds: *seconds })
            .collect()
    }

    #[test]
    fn a_lag_that_shrinks_has_a_time_at_which_it_is_0() {
        let times = Times::new(TimeZone::UTC, NOW_MS);
        let lags = every_ten_minutes(&[7200, 6900, 6600, 6300, 6000]);
        let pace = pace(&lags).unwrap();
        assert_eq!(pace.text(), "Catches up 30 min of lag an hour.");
        let estimate = pace.estimate(&lags, &times).unwrap();
        // 6,000 s at half a second per second are 3 h 20 min from 08:00, rounded to a quarter of an hour.
        assert_eq!(estimate.at.text, "11:15");
        assert!(estimate.range.is_none() && !estimate.is_old);
        // One lag that is far off changes little.
        let with_peak = every_ten_minutes(&[7200, 6900, 9999, 6300, 6000]);
        assert_eq!(super::pace(&with_peak).unwrap().text(), "Catches up 30 min of lag an hour.");
    }

    #[test]
    fn a_lag_that_does_not_shrink_has_none() {
        let times = Times::new(TimeZone::UTC, NOW_MS);
        for (seconds, text) in [
            (&[600, 900, 1200][..], "Lag grows 30 min an hour."),
            (&[600, 600, 601][..], "Lag stays as it is."),
        ] {
            let lags = every_ten_minutes(seconds);
            let pace = pace(&lags).unwrap();
            assert_eq!(pace.text(), text);
            assert!(pace.estimate(&lags, &times).is_none());
        }
        assert_eq!(pace(&every_ten_minutes(&[600, 500])), None);
        assert_eq!(pace(&[]), None);
        let huge = every_ten_minutes(&[u64::MAX, u64::MAX - 1, 0]);
        assert!(pace(&huge).is_some());
    }
}
