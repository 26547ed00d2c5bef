//! [`LagHistory`]: the lags of one migration, in bounded memory.

use std::time::Duration;

/// The lags of one migration, oldest first. When there are too many, neighbors are merged to the larger lag, so that
/// peaks remain.
#[derive(Clone, Debug)]
pub struct LagHistory {
    samples: Vec<Sample>,
    max: usize,
    /// The number of observations in each sample.
    stride: u32,
    /// A sample of fewer observations than `stride`.
    pending: Option<Sample>,
    pending_count: u32,
    last: Option<Sample>,
}

/// A lag, and when it was observed by the monotonic clock. `None` if the service reported no lag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    pub at: Duration,
    pub lag: Option<Duration>,
}

impl LagHistory {
    /// Keeps about `max` samples.
    pub fn new(max: usize) -> Self {
        let max = max.max(2);
        Self { samples: Vec::new(), max, stride: 1, pending: None, pending_count: 0, last: None }
    }

    /// Adds the newest observation.
    pub fn push(&mut self, sample: Sample) {
        // The history starts with the first lag.
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
        if self.samples.len() >= self.max {
            let pairs = self.samples.chunks(2);
            self.samples = pairs.filter_map(|pair| pair.iter().copied().reduce(larger)).collect();
            self.stride = self.stride.saturating_mul(2);
        }
    }

    /// Returns the kept samples, and the newest observation.
    pub fn samples(&self) -> impl Iterator<Item = Sample> + '_ {
        let newest = self.last.filter(|last| self.samples.last() != Some(last));
        self.samples.iter().copied().chain(newest)
    }
}

fn larger(one: Sample, other: Sample) -> Sample {
    if other.lag >= one.lag { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(second: u64, lag: Option<u64>) -> Sample {
        let at = Duration::from_secs(second);
        Sample { at, lag: lag.map(Duration::from_secs) }
    }

    fn history(max: usize, lags: impl IntoIterator<Item = Option<u64>>) -> LagHistory {
        let mut history = LagHistory::new(max);
        for (second, lag) in (0..).zip(lags) {
            history.push(sample(second, lag));
        }
        history
    }

    #[test]
    fn a_long_history_is_thinned_and_keeps_its_peaks_and_ends() {
        let lag = |second: u64| if second == 54_321 { 900_000 } else { 100_000 - second };
        let history = history(64, (0..100_000).map(|second| Some(lag(second))));
        let samples: Vec<_> = history.samples().collect();
        assert!(samples.len() > 16 && samples.len() <= 65, "{}", samples.len());
        assert!(history.samples.capacity() <= 256);
        assert_eq!(samples[0], sample(0, Some(100_000)));
        assert_eq!(samples.last(), Some(&sample(99_999, Some(1))));
        assert!(samples.contains(&sample(54_321, Some(900_000))));
        assert!(samples.is_sorted_by_key(|sample| sample.at));
    }
}
