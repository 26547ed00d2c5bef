//! [`Trend`] and [`Estimate`]: where the lag is going.

use std::collections::VecDeque;
use std::time::Duration;

use serde::Serialize;

use super::json;

/// How many observations the trend is fitted to: the newest.
const WINDOW: usize = 24;
/// From fewer nothing is concluded.
const FEWEST: usize = 3;
/// The quantile of the normal distribution that leaves out 2.5 % on each side.
const CONFIDENCE: f64 = 1.96;
/// The lag is told in whole seconds.
const ROUNDING: f64 = 0.5;

/// How fast the lag shrinks, fitted to the newest observations such that a few odd ones do not matter
/// (Theil–Sen).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Trend {
    /// Seconds of lag shed per second: 0 where it stalls, negative where it grows.
    pub shed_per_second: f64,
    /// It is probably (95 %) at least this.
    pub low: f64,
    /// It is probably (95 %) at most this.
    pub high: f64,
}

/// When the lag comes to zero if it goes on shrinking as it does, counted from the observation.
///
/// A migration whose lag is zero is about to be ready for cutover, and need not be yet. As JSON these are
/// seconds: `{"expected_seconds": …, "earliest_seconds": …, "latest_seconds": …}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Estimate {
    /// The best guess.
    #[serde(rename = "expected_seconds", serialize_with = "json::seconds")]
    pub expected: Duration,
    /// Probably (95 %) not before.
    #[serde(rename = "earliest_seconds", serialize_with = "json::seconds")]
    pub earliest: Duration,
    /// Probably (95 %) not after.
    #[serde(rename = "latest_seconds", serialize_with = "json::seconds")]
    pub latest: Duration,
}

/// The newest observations of a lag.
#[derive(Debug, Default)]
pub(crate) struct Window(VecDeque<Sample>);

#[derive(Clone, Copy, Debug)]
struct Sample {
    at: f64,
    lag: f64,
}

impl Window {
    /// Takes in an observation. Without a lag there is nothing left to extrapolate from.
    pub(crate) fn observe(&mut self, at: Duration, lag: Option<Duration>) {
        let Some(lag) = lag else {
            self.0.clear();
            return;
        };
        if self.0.len() == WINDOW {
            self.0.pop_front();
        }
        self.0.push_back(Sample { at: at.as_secs_f64(), lag: lag.as_secs_f64() });
    }

    /// Where the lag is going, as of the newest observation.
    pub(crate) fn fit(&self) -> (Option<Trend>, Option<Estimate>) {
        let Some(newest) = self.0.back() else {
            return (None, None);
        };
        let trend = self.trend();
        let estimate = if newest.lag == 0.0 {
            let zero = Duration::ZERO;
            Some(Estimate { expected: zero, earliest: zero, latest: zero })
        } else {
            trend.and_then(|trend| self.estimate(trend, newest.at))
        };
        (trend, estimate)
    }

    fn trend(&self) -> Option<Trend> {
        if self.0.len() < FEWEST {
            return None;
        }
        let mut slopes = Vec::with_capacity(WINDOW * (WINDOW - 1) / 2);
        for (index, late) in self.0.iter().enumerate() {
            let early = self.0.iter().take(index).filter(|early| early.at < late.at);
            slopes.extend(early.map(|early| (early.lag - late.lag) / (late.at - early.at)));
        }
        let shed_per_second = median(&mut slopes)?;
        // The interval of Kendall's tau: so many slopes may lie on the wrong side by chance.
        let (count, all) = (float(self.0.len()), float(slopes.len()));
        let by_chance =
            CONFIDENCE * (count * (count - 1.0) * (2.0 * count + 5.0) / 18.0).sqrt() / 2.0;
        let low = *slopes.get(index((all / 2.0 - by_chance).floor()))?;
        let high = index((all / 2.0 + by_chance).ceil()).min(slopes.len() - 1);
        Some(Trend { shed_per_second, low, high: *slopes.get(high)? })
    }

    /// None where the lag may as well not shrink at all.
    fn estimate(&self, trend: Trend, now: f64) -> Option<Estimate> {
        let Trend { shed_per_second: shed, low, high } = trend;
        if low <= 0.0 {
            return None;
        }
        let mut levels: Vec<f64> =
            self.0.iter().map(|sample| sample.lag - shed * (now - sample.at)).collect();
        let left = median(&mut levels)?;
        let mut deviations: Vec<f64> = levels.iter().map(|level| (level - left).abs()).collect();
        let doubt = CONFIDENCE * median(&mut deviations)? + ROUNDING;
        let duration =
            |seconds: f64| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX);
        Some(Estimate {
            expected: duration(left / shed),
            earliest: duration((left - doubt) / high),
            latest: duration((left + doubt) / low),
        })
    }
}

/// Sorts the numbers.
fn median(numbers: &mut [f64]) -> Option<f64> {
    numbers.sort_unstable_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    let upper = *numbers.get(middle)?;
    let is_between = numbers.len().is_multiple_of(2);
    let lower = if is_between { *numbers.get(middle.checked_sub(1)?)? } else { upper };
    Some(f64::midpoint(lower, upper))
}

#[allow(clippy::cast_precision_loss, reason = "a window and its pairs are few")]
fn float(count: usize) -> f64 {
    count as f64
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is below zero becomes zero, and the pairs of a window are few"
)]
fn index(number: f64) -> usize {
    number.max(0.0) as usize
}
