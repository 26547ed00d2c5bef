//! [`History`]: the lags that were seen of one migration, however long it is watched.

use std::time::Duration;

/// The lags that were seen, oldest first. There is a bound to how many are kept: beyond it neighbours are
/// merged, of which the larger lag stays, so that peaks survive.
#[derive(Clone, Debug)]
pub struct History {
    samples: Vec<Sample>,
    most: usize,
    /// How many observations each sample stands for.
    stride: u32,
    /// What is not yet as many.
    pending: Option<Sample>,
    pending_count: u32,
    last: Option<Sample>,
}

/// A lag, and when it was seen by the clock that never goes back; none where the service told none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    pub at: Duration,
    pub lag: Option<Duration>,
}

impl History {
    /// Keeps about so many samples at the most.
    pub fn new(most: usize) -> Self {
        let most = most.max(2);
        Self { samples: Vec::new(), most, stride: 1, pending: None, pending_count: 0, last: None }
    }

    /// Adds what was seen after all the others.
    pub fn push(&mut self, sample: Sample) {
        // Nothing is to be drawn of the time before the first lag.
        if self.last.is_none() && sample.lag.is_none() {
            return;
        }
        self.last = Some(sample);
        self.pending = Some(self.pending.map_or(sample, |pending| larger(pending, sample)));
        self.pending_count += 1;
        if self.pending_count < self.stride {
            return;
        }
        self.samples.extend(self.pending.take());
        self.pending_count = 0;
        if self.samples.len() >= self.most {
            let pairs = self.samples.chunks(2);
            self.samples = pairs.filter_map(|pair| pair.iter().copied().reduce(larger)).collect();
            self.stride = self.stride.saturating_mul(2);
        }
    }

    /// What is kept, and the newest observation after it.
    pub fn samples(&self) -> impl Iterator<Item = Sample> + '_ {
        let newest = self.last.filter(|last| self.samples.last() != Some(last));
        self.samples.iter().copied().chain(newest)
    }

    /// The largest lag.
    pub fn peak(&self) -> Option<Duration> {
        self.samples().chain(self.pending).filter_map(|sample| sample.lag).max()
    }

    /// The curve in so many characters at the most, each as high as the largest lag in its part of the
    /// time, and blank where there was none.
    pub fn sparkline(&self, columns: usize) -> String {
        const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        let samples: Vec<Sample> = self.samples().collect();
        let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
            return String::new();
        };
        let columns = columns.min(samples.len());
        let Some(rightmost) = columns.checked_sub(1) else {
            return String::new();
        };
        let span = last.at.saturating_sub(first.at);
        let mut highest: Vec<Option<Sample>> = vec![None; columns];
        for sample in &samples {
            let since = sample.at.saturating_sub(first.at);
            let part = ratio(since, span) * count(columns);
            let column = &mut highest[index(part).min(rightmost)];
            *column = Some(column.map_or(*sample, |other| larger(other, *sample)));
        }
        let peak = self.peak().unwrap_or_default();
        let mut before = ' ';
        let level = |column: Option<Sample>| {
            // Where nobody looked, the lag was as before.
            before = match column.map(|sample| sample.lag) {
                Some(Some(lag)) => LEVELS[index(ratio(lag, peak) * 7.0 + 0.5).min(7)],
                Some(None) => ' ',
                None => before,
            };
            before
        };
        highest.into_iter().map(level).collect()
    }
}

fn larger(one: Sample, other: Sample) -> Sample {
    if other.lag >= one.lag { other } else { one }
}

/// A part of a whole, between 0 and 1; 0 of nothing.
pub fn ratio(part: Duration, whole: Duration) -> f64 {
    if whole.is_zero() {
        return 0.0;
    }
    (part.as_secs_f64() / whole.as_secs_f64()).clamp(0.0, 1.0)
}

#[allow(clippy::cast_precision_loss, reason = "columns of a terminal or a chart are few")]
pub fn count(number: usize) -> f64 {
    number as f64
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "columns of a terminal or a chart are few, and what is below zero becomes zero"
)]
pub fn index(number: f64) -> usize {
    number.max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(second: u64, lag: Option<u64>) -> Sample {
        let at = Duration::from_secs(second);
        Sample { at, lag: lag.map(Duration::from_secs) }
    }

    fn history(most: usize, lags: impl IntoIterator<Item = Option<u64>>) -> History {
        let mut history = History::new(most);
        for (second, lag) in (0..).zip(lags) {
            history.push(sample(second, lag));
        }
        history
    }

    #[test]
    fn a_long_watch_is_thinned_out_and_keeps_its_peaks_and_its_ends() {
        let lag = |second: u64| if second == 54_321 { 900_000 } else { 100_000 - second };
        let history = history(64, (0..100_000).map(|second| Some(lag(second))));
        let samples: Vec<_> = history.samples().collect();
        assert!(samples.len() > 16 && samples.len() <= 65, "{}", samples.len());
        assert!(history.samples.capacity() <= 256);
        assert_eq!(samples[0], sample(0, Some(100_000)));
        assert_eq!(samples.last(), Some(&sample(99_999, Some(1))));
        assert!(samples.contains(&sample(54_321, Some(900_000))));
        assert!(samples.is_sorted_by_key(|sample| sample.at));
        assert_eq!(history.peak(), Some(Duration::from_secs(900_000)));
    }

    #[test]
    fn the_sparkline_falls_with_the_lag() {
        let steady = |length| history(64, (0..=length).map(|second| Some(length - second)));
        assert_eq!(steady(7).sparkline(8), "█▇▆▅▄▃▂▁");
        assert_eq!(steady(39).sparkline(8), "█▇▆▅▄▄▃▂");
        assert_eq!(steady(2).sparkline(8), "█▅▁");
        assert_eq!(steady(1000).sparkline(12).chars().count(), 12);
    }

    #[test]
    fn a_lag_that_is_not_told_is_a_gap() {
        let told = [None, None, Some(8), None, Some(4)];
        assert_eq!(history(64, told).sparkline(9), "█ ▅");
        assert_eq!(history(64, [None, None]).sparkline(9), "");
        assert_eq!(history(64, [Some(0), Some(0)]).sparkline(9), "▁▁");
        assert_eq!(history(64, [Some(u64::MAX), Some(0)]).sparkline(9), "█▁");
        assert_eq!(history(64, [Some(1)]).sparkline(0), "");
    }
}
