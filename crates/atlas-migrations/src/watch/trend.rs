//! [`Trend`] and [`Estimate`]: how the lag develops.

use std::collections::VecDeque;
use std::time::Duration;

use serde::Serialize;

use super::json;

/// The number of observations that the trend is fitted to: the newest ones.
const WINDOW_SIZE: usize = 24;
/// The number of observations that a trend needs.
const MIN_OBSERVATIONS: usize = 3;
/// The quantile of the normal distribution that leaves out 2.5 % on each side.
const CONFIDENCE: f64 = 1.96;
/// The service rounds the lag to whole seconds.
const ROUNDING: f64 = 0.5;
/// The longest estimate: a hundred years, which can be added to any time.
const MAX_ESTIMATE: Duration = Duration::from_secs(100 * 365 * 86_400);

/// How fast the lag shrinks: a robust fit to the newest observations (Theil–Sen).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Trend {
    /// Seconds of lag made up per second. It is 0 if the lag stalls and negative if it grows.
    pub catch_up_rate: f64,
    /// The lower bound of the 95 % confidence interval.
    pub low: f64,
    /// The upper bound of the 95 % confidence interval.
    pub high: f64,
}

/// When the lag reaches zero if the trend continues, counted from the observation.
///
/// A migration whose lag is zero is about to be ready for cutover, but may not be ready yet. The JSON is in
/// seconds: `{"expected_seconds": …, "earliest_seconds": …, "latest_seconds": …}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Estimate {
    /// The most likely time.
    #[serde(rename = "expected_seconds", serialize_with = "json::seconds")]
    #[cfg_attr(feature = "schemars", schemars(with = "f64"))]
    pub expected: Duration,
    /// The lower bound of the 95 % confidence interval.
    #[serde(rename = "earliest_seconds", serialize_with = "json::seconds")]
    #[cfg_attr(feature = "schemars", schemars(with = "f64"))]
    pub earliest: Duration,
    /// The upper bound of the 95 % confidence interval.
    #[serde(rename = "latest_seconds", serialize_with = "json::seconds")]
    #[cfg_attr(feature = "schemars", schemars(with = "f64"))]
    pub latest: Duration,
}

/// The newest observations of a lag.
#[derive(Debug, Default)]
pub(crate) struct LagWindow(VecDeque<Sample>);

#[derive(Clone, Copy, Debug)]
struct Sample {
    at: f64,
    lag: f64,
}

impl LagWindow {
    /// Adds an observation. An observation without a lag clears the window.
    pub(crate) fn observe(&mut self, at: Duration, lag: Option<Duration>) {
        let Some(lag) = lag else {
            self.0.clear();
            return;
        };
        if self.0.is_empty() {
            // Thousands of windows live at once: reserve no more than each needs.
            self.0.reserve_exact(WINDOW_SIZE);
        } else if self.0.len() == WINDOW_SIZE {
            self.0.pop_front();
        }
        self.0.push_back(Sample { at: at.as_secs_f64(), lag: lag.as_secs_f64() });
    }

    /// Returns the trend and the estimate as of the newest observation.
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
        if self.0.len() < MIN_OBSERVATIONS {
            return None;
        }
        let mut slopes = Vec::with_capacity(WINDOW_SIZE * (WINDOW_SIZE - 1) / 2);
        for (index, late) in self.0.iter().enumerate() {
            let early = self.0.iter().take(index).filter(|early| early.at < late.at);
            slopes.extend(early.map(|early| (early.lag - late.lag) / (late.at - early.at)));
        }
        let catch_up_rate = median(&mut slopes)?;
        // The confidence interval of Kendall's tau: the number of slopes that may lie on either side by chance.
        let (count, all) = (to_f64(self.0.len()), to_f64(slopes.len()));
        let by_chance =
            CONFIDENCE * (count * (count - 1.0) * (2.0 * count + 5.0) / 18.0).sqrt() / 2.0;
        let low = *slopes.get(to_index((all / 2.0 - by_chance).floor()))?;
        let high = to_index((all / 2.0 + by_chance).ceil()).min(slopes.len() - 1);
        Some(Trend { catch_up_rate, low, high: *slopes.get(high)? })
    }

    /// Returns `None` unless the lag shrinks with confidence.
    fn estimate(&self, trend: Trend, now: f64) -> Option<Estimate> {
        let Trend { catch_up_rate: rate, low, high } = trend;
        if low <= 0.0 {
            return None;
        }
        let mut levels: Vec<f64> =
            self.0.iter().map(|sample| sample.lag - rate * (now - sample.at)).collect();
        let left = median(&mut levels)?;
        let mut deviations: Vec<f64> = levels.iter().map(|level| (level - left).abs()).collect();
        let uncertainty = CONFIDENCE * median(&mut deviations)? + ROUNDING;
        let duration = |seconds: f64| {
            Duration::try_from_secs_f64(seconds.max(0.0))
                .map_or(MAX_ESTIMATE, |found| found.min(MAX_ESTIMATE))
        };
        Some(Estimate {
            expected: duration(left / rate),
            earliest: duration((left - uncertainty) / high),
            latest: duration((left + uncertainty) / low),
        })
    }
}

/// Returns the median, and sorts the numbers.
fn median(numbers: &mut [f64]) -> Option<f64> {
    numbers.sort_unstable_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    let upper = *numbers.get(middle)?;
    let is_between = numbers.len().is_multiple_of(2);
    let lower = if is_between { *numbers.get(middle.checked_sub(1)?)? } else { upper };
    Some(f64::midpoint(lower, upper))
}

#[allow(clippy::cast_precision_loss, reason = "a window has few observations and pairs")]
fn to_f64(count: usize) -> f64 {
    count as f64
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers below zero become zero, and a window has few pairs"
)]
fn to_index(number: f64) -> usize {
    number.max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fits a number of observations of a curve at an interval, in whole seconds of lag.
    fn fit(
        times: u32,
        every: f64,
        curve: impl Fn(f64) -> f64,
    ) -> (Option<Trend>, Option<Estimate>) {
        let mut window = LagWindow::default();
        for time in 0..times {
            let at = f64::from(time) * every;
            let lag = Duration::from_secs_f64(curve(at).max(0.0).floor());
            window.observe(Duration::from_secs_f64(at), Some(lag));
        }
        window.fit()
    }

    fn close(duration: Duration, to: f64, by: f64) -> bool {
        (duration.as_secs_f64() - to).abs() <= by
    }

    #[test]
    fn a_steadily_falling_lag_is_estimated() {
        // At the last of 20 observations, after 190 s, 2400 s are left of the 2590 s that it takes.
        let (trend, estimate) = fit(20, 10.0, |at| (2590.0 - at) * 0.5);
        let (trend, estimate) = (trend.unwrap(), estimate.unwrap());
        assert!((trend.catch_up_rate - 0.5).abs() < 0.001, "{trend:?}");
        assert!(trend.low > 0.49 && trend.high < 0.51, "{trend:?}");
        assert!(close(estimate.expected, 2400.0, 10.0), "{estimate:?}");
        assert!(estimate.earliest < estimate.expected && estimate.expected < estimate.latest);
        assert!(close(estimate.latest, 2400.0, 60.0), "{estimate:?}");
    }

    /// The bug: one term of a formula is wrong, and the estimates are a little off. The numbers were computed apart, with Sen's
    /// slope and its interval.
    #[test]
    fn trends_and_estimates_are_those_of_the_formulas() {
        let noise =
            [0, 3, -2, 5, -4, 1, 2, -5, 4, -1, 0, 2, -3, 5, 1, -2, 3, -4, 0, 1, -1, 4, -5, 2];
        for (times, slopes, seconds) in [
            (3, [0.8, 0.4, 1.2], [1230.0, 819.583_333, 2_461.25]),
            (6, [0.75, 0.4, 1.2], [1_285.666_667, 799.45, 2_422.9]),
            (7, [0.68, 0.4, 0.933_333_333], [1_410.588_235, 1_022.138_571, 2_411.01]),
            (12, [0.7, 0.6, 0.771_428_571], [1_319.285_714, 1_191.4, 1_546.533_333]),
            (24, [0.7, 0.680_952_381, 0.725], [1_199.285_714, 1_150.482_759, 1_240.762_238]),
        ] {
            let lag = |at: f64| 1000.0 - 0.7 * at + f64::from(noise[to_index(at / 10.0)]);
            let (trend, estimate) = fit(times, 10.0, lag);
            let (trend, estimate) = (trend.unwrap(), estimate.unwrap());
            let is_near = |found: f64, expected: f64| (found - expected).abs() < 1e-5;
            let found = [trend.catch_up_rate, trend.low, trend.high];
            for (found, expected) in found.into_iter().zip(slopes) {
                assert!(is_near(found, expected), "{times}: {trend:?}, not {slopes:?}");
            }
            let found = [estimate.expected, estimate.earliest, estimate.latest];
            for (found, expected) in found.into_iter().zip(seconds) {
                assert!(is_near(found.as_secs_f64(), expected), "{times}: {estimate:?}");
            }
        }
    }

    #[test]
    fn a_stalling_or_growing_lag_has_a_trend_but_no_estimate() {
        let (stalled, estimate) = fit(20, 10.0, |_| 300.0);
        assert_eq!(stalled.unwrap(), Trend { catch_up_rate: 0.0, low: 0.0, high: 0.0 });
        assert_eq!(estimate, None);

        let (growing, estimate) = fit(20, 10.0, |at| 300.0 + at * 0.25);
        assert!((growing.unwrap().catch_up_rate + 0.25).abs() < 0.01, "{growing:?}");
        assert_eq!(estimate, None);
    }

    #[test]
    fn the_trend_follows_a_turn_once_most_of_the_window_has_turned() {
        let curve = |at: f64| if at < 500.0 { 100.0 + at } else { 600.0 - (at - 500.0) * 0.5 };
        let (trend, _) = fit(70, 10.0, curve);
        assert!((trend.unwrap().catch_up_rate - 0.5).abs() < 0.1, "{trend:?}");
    }

    #[test]
    fn outliers_do_not_change_the_trend() {
        let curve = |at: f64| {
            let steady = 3000.0 - at;
            if (at / 10.0) % 7.0 < 0.5 { steady * 3.0 } else { steady }
        };
        let (trend, estimate) = fit(24, 10.0, curve);
        assert!((trend.unwrap().catch_up_rate - 1.0).abs() < 0.05, "{trend:?}");
        assert!(close(estimate.unwrap().expected, 2770.0, 120.0), "{estimate:?}");
    }

    /// The range contains the truth about as often as its confidence says.
    #[test]
    fn noise_widens_the_range_and_the_range_contains_the_truth() {
        let mut random = 1_u64;
        let mut noise = |width: f64| {
            // Knuth's generator.
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (f64::from(u32::try_from(random >> 32).unwrap()) / f64::from(u32::MAX) - 0.5) * width
        };
        for width in [4.0, 40.0] {
            let (mut held, mut widest) = (0, 0.0_f64);
            for _ in 0..200 {
                let noises: Vec<f64> = (0..24).map(|_| noise(width)).collect();
                let noise_at = |at: f64| noises[to_index(at / 10.0)];
                let (_, estimate) = fit(24, 10.0, |at| 3000.0 - at + noise_at(at));
                let estimate = estimate.unwrap();
                let truth = Duration::from_secs(3000 - 230);
                held += u32::from(estimate.earliest <= truth && truth <= estimate.latest);
                widest = widest.max(estimate.latest.abs_diff(estimate.earliest).as_secs_f64());
            }
            assert!(held >= 185, "{held} of 200 within the range at noise of {width}");
            assert!(widest < width * 60.0 + 120.0, "{widest} at noise of {width}");
        }
    }

    #[test]
    fn noise_around_a_constant_lag_gives_no_estimate() {
        let mut shrinking = 0;
        for phase in 0..20 {
            let swing = |at: f64| 300.0 + 20.0 * (at * 7.3 + f64::from(phase)).sin();
            let (trend, estimate) = fit(24, 10.0, swing);
            let trend = trend.unwrap();
            assert!(trend.low < 0.0 && trend.high > 0.0, "{trend:?}");
            assert_eq!(estimate, None, "{trend:?}");
            shrinking += u32::from(trend.catch_up_rate > 0.0);
        }
        assert!(shrinking > 3, "it seems to shrink at times");
    }

    #[test]
    fn few_observations_give_no_trend() {
        assert_eq!(LagWindow::default().fit(), (None, None));
        assert_eq!(fit(2, 10.0, |at| 100.0 - at), (None, None));
        assert!(fit(3, 10.0, |at| 100.0 - at).1.is_some());
        // Observations at the same moment.
        assert_eq!(fit(9, 0.0, |_| 100.0), (None, None));
        // A lag of zero needs no trend.
        assert_eq!(fit(1, 10.0, |_| 0.0).1.unwrap().latest, Duration::ZERO);
    }

    #[test]
    fn a_gap_clears_the_window_and_the_window_is_bounded() {
        let mut window = LagWindow::default();
        for second in 0..10_000 {
            window.observe(Duration::from_secs(second), Some(Duration::from_secs(20_000 - second)));
        }
        assert_eq!(window.0.len(), WINDOW_SIZE);
        assert_eq!(window.0.capacity(), WINDOW_SIZE);
        window.observe(Duration::from_secs(10_000), None);
        assert_eq!(window.fit(), (None, None));
    }

    #[test]
    fn extreme_lags_do_not_panic() {
        for lag in [Duration::MAX, Duration::from_secs(u64::MAX), Duration::from_secs(1)] {
            let mut window = LagWindow::default();
            for at in [0, 1, 2, u64::MAX] {
                window.observe(
                    Duration::from_secs(at),
                    Some(lag / u32::try_from(at % 7 + 1).unwrap()),
                );
            }
            let (_, estimate) = window.fit();
            assert!(estimate.is_none_or(|estimate| estimate.latest <= MAX_ESTIMATE));
        }
    }
}
