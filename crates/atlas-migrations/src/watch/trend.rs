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
/// No estimate reaches further than this, a hundred years, so that it can be added to any time.
const FURTHEST: Duration = Duration::from_secs(100 * 365 * 86_400);

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
        if self.0.is_empty() {
            // All that it will ever need, and no more.
            self.0.reserve_exact(WINDOW);
        } else if self.0.len() == WINDOW {
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
        let duration = |seconds: f64| {
            Duration::try_from_secs_f64(seconds.max(0.0))
                .map_or(FURTHEST, |found| found.min(FURTHEST))
        };
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is fitted to a curve that is looked at every so many seconds, in whole seconds of lag.
    fn fit(
        times: u32,
        every: f64,
        curve: impl Fn(f64) -> f64,
    ) -> (Option<Trend>, Option<Estimate>) {
        let mut window = Window::default();
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
    fn a_lag_that_falls_steadily_is_foretold() {
        // At the last of 20 looks, after 190 s, 2400 s are left of the 2590 s that it takes.
        let (trend, estimate) = fit(20, 10.0, |at| (2590.0 - at) * 0.5);
        let (trend, estimate) = (trend.unwrap(), estimate.unwrap());
        assert!((trend.shed_per_second - 0.5).abs() < 0.001, "{trend:?}");
        assert!(trend.low > 0.49 && trend.high < 0.51, "{trend:?}");
        assert!(close(estimate.expected, 2400.0, 10.0), "{estimate:?}");
        assert!(estimate.earliest < estimate.expected && estimate.expected < estimate.latest);
        assert!(close(estimate.latest, 2400.0, 60.0), "{estimate:?}");
    }

    #[test]
    fn a_lag_that_stalls_or_grows_has_a_trend_and_no_end() {
        let (stalled, estimate) = fit(20, 10.0, |_| 300.0);
        assert_eq!(stalled.unwrap(), Trend { shed_per_second: 0.0, low: 0.0, high: 0.0 });
        assert_eq!(estimate, None);

        let (growing, estimate) = fit(20, 10.0, |at| 300.0 + at * 0.25);
        assert!((growing.unwrap().shed_per_second + 0.25).abs() < 0.01, "{growing:?}");
        assert_eq!(estimate, None);
    }

    #[test]
    fn a_lag_that_turns_is_followed_once_most_of_the_window_has_turned() {
        let curve = |at: f64| if at < 500.0 { 100.0 + at } else { 600.0 - (at - 500.0) * 0.5 };
        let (trend, _) = fit(70, 10.0, curve);
        assert!((trend.unwrap().shed_per_second - 0.5).abs() < 0.1, "{trend:?}");
    }

    #[test]
    fn a_few_odd_observations_do_not_matter() {
        let curve = |at: f64| {
            let steady = 3000.0 - at;
            if (at / 10.0) % 7.0 < 0.5 { steady * 3.0 } else { steady }
        };
        let (trend, estimate) = fit(24, 10.0, curve);
        assert!((trend.unwrap().shed_per_second - 1.0).abs() < 0.05, "{trend:?}");
        assert!(close(estimate.unwrap().expected, 2770.0, 120.0), "{estimate:?}");
    }

    /// The range holds the truth about as often as it says.
    #[test]
    fn noise_widens_the_range_which_still_holds_the_truth() {
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
                let look = |at: f64| noises[index(at / 10.0)];
                let (_, estimate) = fit(24, 10.0, |at| 3000.0 - at + look(at));
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
    fn noise_around_a_standstill_promises_nothing() {
        let mut shrinking = 0;
        for phase in 0..20 {
            let swing = |at: f64| 300.0 + 20.0 * (at * 7.3 + f64::from(phase)).sin();
            let (trend, estimate) = fit(24, 10.0, swing);
            let trend = trend.unwrap();
            assert!(trend.low < 0.0 && trend.high > 0.0, "{trend:?}");
            assert_eq!(estimate, None, "{trend:?}");
            shrinking += u32::from(trend.shed_per_second > 0.0);
        }
        assert!(shrinking > 3, "it seems to shrink at times");
    }

    #[test]
    fn little_is_known_of_little() {
        assert_eq!(Window::default().fit(), (None, None));
        assert_eq!(fit(2, 10.0, |at| 100.0 - at), (None, None));
        assert!(fit(3, 10.0, |at| 100.0 - at).1.is_some());
        // Looks at one and the same moment.
        assert_eq!(fit(9, 0.0, |_| 100.0), (None, None));
        // A lag of zero needs no trend.
        assert_eq!(fit(1, 10.0, |_| 0.0).1.unwrap().latest, Duration::ZERO);
    }

    #[test]
    fn what_was_before_a_gap_is_forgotten_and_the_window_has_a_bound() {
        let mut window = Window::default();
        for second in 0..10_000 {
            window.observe(Duration::from_secs(second), Some(Duration::from_secs(20_000 - second)));
        }
        assert_eq!(window.0.len(), WINDOW);
        assert_eq!(window.0.capacity(), WINDOW);
        window.observe(Duration::from_secs(10_000), None);
        assert_eq!(window.fit(), (None, None));
    }

    #[test]
    fn absurd_lags_make_no_panic() {
        for lag in [Duration::MAX, Duration::from_secs(u64::MAX), Duration::from_secs(1)] {
            let mut window = Window::default();
            for at in [0, 1, 2, u64::MAX] {
                window.observe(
                    Duration::from_secs(at),
                    Some(lag / u32::try_from(at % 7 + 1).unwrap()),
                );
            }
            let (_, estimate) = window.fit();
            assert!(estimate.is_none_or(|estimate| estimate.latest <= FURTHEST));
        }
    }
}
