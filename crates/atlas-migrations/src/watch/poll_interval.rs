//! [`PollInterval`]: how long to wait between two polls.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

/// The shortest interval: the service is not polled in a loop.
const MIN_INTERVAL: Duration = Duration::from_millis(10);
/// The longest wait: a hundred years, which can be added to any time of a clock.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(100 * 365 * 86_400);
/// While nothing happens, a wait is the time without a change, divided by this.
const QUIET_DIVISOR: u32 = 2;
/// While polls fail, each wait is longer than the one before by this factor.
const FAILURE_FACTOR: f64 = 1.5;
/// The number of polls in the time until an expected event, and again in the time that the event is overdue.
const POLLS_UNTIL_EVENT: u32 = 8;
/// A cutover takes minutes. During one, a wait is the duration of the cutover so far, divided by this.
const CUTOVER_DIVISOR: u32 = 60;

/// The bounds of the time between two polls of a live migration. The default is 5 s to 60 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollInterval {
    shortest: Duration,
    longest: Duration,
}

/// The error of a [`PollInterval`] with invalid bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPollInterval {
    /// The lower bound is below 10 ms.
    TooShort(Duration),
    /// The upper bound is above 100 years.
    TooLong(Duration),
    /// The lower bound is above the upper bound.
    Reversed,
}

/// What the next wait depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PollContext {
    /// The time since the last change of the status or the readiness.
    pub quiet_for: Duration,
    /// The time until an event is expected: readiness, or the expiry of a ready migration.
    pub until_event: Option<Duration>,
    /// The time since the event became overdue.
    pub overdue_for: Duration,
    /// The duration of the cutover so far, during a cutover.
    pub cutting_over_for: Option<Duration>,
}

impl PollInterval {
    pub(crate) const DEFAULT: Self =
        Self { shortest: Duration::from_secs(5), longest: Duration::from_secs(60) };

    /// Creates an interval from its bounds.
    ///
    /// # Errors
    ///
    /// The bounds are reversed, the lower one is below 10 ms, or the upper one above 100 years.
    pub fn new(bounds: RangeInclusive<Duration>) -> Result<Self, InvalidPollInterval> {
        let (shortest, longest) = bounds.into_inner();
        if shortest > longest {
            Err(InvalidPollInterval::Reversed)
        } else if shortest < MIN_INTERVAL {
            Err(InvalidPollInterval::TooShort(shortest))
        } else if longest > MAX_WAIT {
            Err(InvalidPollInterval::TooLong(longest))
        } else {
            Ok(Self { shortest, longest })
        }
    }

    /// Creates an interval that is always the same.
    ///
    /// # Errors
    ///
    /// It is below 10 ms or above 100 years.
    pub fn fixed(interval: Duration) -> Result<Self, InvalidPollInterval> {
        Self::new(interval..=interval)
    }

    /// Returns how long to wait after a successful poll.
    pub(crate) fn after_success(&self, context: PollContext, random: u64) -> Duration {
        let PollContext { quiet_for, until_event, overdue_for, cutting_over_for } = context;
        let quiet = quiet_for / QUIET_DIVISOR;
        let wait = match (cutting_over_for, until_event) {
            (Some(so_far), _) => so_far / CUTOVER_DIVISOR,
            (None, Some(left)) => quiet.min(left.max(overdue_for) / POLLS_UNTIL_EVENT),
            (None, None) => quiet,
        };
        self.with_jitter(wait, random)
    }

    /// Returns how long to wait after a number of failed polls in a row.
    pub(crate) fn after_failure(&self, failures: u32, random: u64) -> Duration {
        let exponent = i32::try_from(failures.saturating_sub(1)).unwrap_or(i32::MAX);
        let factor = FAILURE_FACTOR.powi(exponent);
        let seconds = (self.shortest.as_secs_f64() * factor).min(self.longest.as_secs_f64());
        self.with_jitter(Duration::try_from_secs_f64(seconds).unwrap_or(self.longest), random)
    }

    /// Varies a wait by a fifth, within the bounds, so that watches that start together drift apart.
    fn with_jitter(&self, wait: Duration, random: u64) -> Duration {
        let wait = wait.clamp(self.shortest, self.longest);
        let least = (wait / 5 * 4).max(self.shortest);
        let most = (wait / 5).saturating_add(wait).min(self.longest);
        let spread = most.saturating_sub(least).as_nanos().saturating_mul(random.into()) >> 64;
        least.saturating_add(Duration::from_nanos(u64::try_from(spread).unwrap_or(u64::MAX)))
    }
}

impl Default for PollInterval {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for InvalidPollInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid poll interval: ")?;
        match self {
            Self::TooShort(shortest) => write!(f, "{shortest:?} is below the minimum of 10 ms"),
            Self::TooLong(longest) => write!(f, "{longest:?} is above the maximum of 100 years"),
            Self::Reversed => f.write_str("the lower bound is above the upper bound"),
        }
    }
}

impl std::error::Error for InvalidPollInterval {}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: u64 = 1 << 63;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn waits(context: PollContext) -> f64 {
        PollInterval::default().after_success(context, HALF).as_secs_f64()
    }

    #[test]
    fn waits_after_failures_grow_by_half_from_the_shortest_to_the_longest() {
        for (failures, wait) in [(0, 5.0), (1, 5.0), (2, 7.5), (3, 11.25), (6, 37.97), (99, 54.0)] {
            let found = PollInterval::default().after_failure(failures, HALF).as_secs_f64();
            assert!((found - wait).abs() < wait / 8.0, "{found} s after {failures} failures");
        }
    }

    #[test]
    fn polls_are_rare_while_nothing_happens_and_frequent_near_an_event() {
        let quiet = |by| PollContext { quiet_for: seconds(by), ..PollContext::default() };
        assert!(waits(quiet(0)) < 6.0);
        assert!(waits(quiet(40)) > 15.0 && waits(quiet(40)) < 25.0);
        assert!(waits(quiet(1_000)) > 50.0 && waits(quiet(u64::MAX)) <= 60.0);

        let near = |left| PollContext { until_event: Some(seconds(left)), ..quiet(1_000) };
        assert!((24.0..=26.0).contains(&waits(near(200))), "{}", waits(near(200)));
        assert!(waits(near(100_000)) > 50.0);
        assert!(waits(near(8)) < 6.0 && waits(near(0)) < 6.0);
        let overdue = |by| PollContext { overdue_for: seconds(by), ..near(0) };
        assert!(waits(overdue(16)) < 6.0);
        assert!((24.0..=26.0).contains(&waits(overdue(200))));
        assert!(waits(overdue(100_000)) > 50.0);

        let cutover =
            |so_far| PollContext { cutting_over_for: Some(seconds(so_far)), ..quiet(1_000) };
        assert!(waits(cutover(0)) < 6.0 && waits(cutover(300)) < 6.0);
        assert!(waits(cutover(86_400)) > 50.0);
    }

    #[test]
    fn waits_are_within_the_bounds_and_vary() {
        let interval = PollInterval::default();
        let idle = PollContext { quiet_for: seconds(1_000), ..PollContext::default() };
        let mut waits = Vec::new();
        for random in (0..100).map(|part| u64::MAX / 100 * part) {
            for wait in [interval.after_success(idle, random), interval.after_failure(3, random)] {
                assert!(wait >= seconds(5) && wait <= seconds(60), "{wait:?}");
            }
            waits.push(interval.after_success(idle, random));
        }
        waits.dedup();
        assert_eq!(waits.len(), 100);
        assert!(waits[99].abs_diff(waits[0]) > seconds(10));
    }

    #[test]
    fn extreme_valid_bounds_hold() {
        let fixed = PollInterval::fixed(seconds(7)).unwrap();
        assert_eq!(fixed.after_success(PollContext::default(), HALF), seconds(7));
        assert_eq!(fixed.after_failure(u32::MAX, u64::MAX), seconds(7));
        let shortest = PollInterval::fixed(MIN_INTERVAL).unwrap();
        assert_eq!(shortest.after_failure(1, 0), MIN_INTERVAL);
        let longest = PollInterval::fixed(MAX_WAIT).unwrap();
        assert_eq!(longest.after_failure(9, u64::MAX), MAX_WAIT);
        assert_eq!(longest.after_success(PollContext::default(), u64::MAX), MAX_WAIT);
    }

    #[test]
    fn invalid_bounds_are_errors() {
        let new = |shortest, longest| PollInterval::new(shortest..=longest).unwrap_err();
        assert_eq!(new(seconds(9), seconds(2)), InvalidPollInterval::Reversed);
        let too_short = InvalidPollInterval::TooShort(Duration::ZERO);
        assert_eq!(new(Duration::ZERO, seconds(2)), too_short);
        let too_long = InvalidPollInterval::TooLong(Duration::MAX);
        assert_eq!(new(seconds(1), Duration::MAX), too_long);
    }
}
