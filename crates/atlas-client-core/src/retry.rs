//! [`RetryPolicy`]: which attempts are retried, when and how often.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::clock::Clock;
use crate::decision::Decision;

/// Which attempts are retried, when and how often.
///
/// Retried are requests that the service refused because of its rate limit (429), requests that never
/// reached it (no connection, no token), and, for idempotent operations, requests that ended in 502, 503
/// or 504 or without a complete response. [`Error`](crate::Error) has the whole table. Each wait is the
/// longer of `Retry-After` and a random part of a backoff that doubles each time.
///
/// ```
/// use std::time::Duration;
/// use atlas_client_core::RetryPolicy;
///
/// let patient = RetryPolicy::default().max_attempts(10).deadline(Duration::from_secs(600));
/// let never = RetryPolicy::never();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct RetryPolicy {
    max_attempts: u32,
    base: Duration,
    ceiling: Duration,
    deadline: Duration,
}

impl Default for RetryPolicy {
    /// Four attempts within two minutes, with waits of up to 1, 2 and 4 seconds.
    fn default() -> Self {
        Self {
            max_attempts: 4,
            base: Duration::from_secs(1),
            ceiling: Duration::from_secs(60),
            deadline: Duration::from_secs(120),
        }
    }
}

impl RetryPolicy {
    /// Makes one attempt only. The deadline still applies.
    pub fn never() -> Self {
        Self::default().max_attempts(1)
    }

    /// Sets the maximum number of attempts. At least one is made.
    pub fn max_attempts(self, attempts: u32) -> Self {
        Self { max_attempts: attempts, ..self }
    }

    /// Sets the longest first wait.
    pub fn base(self, base: Duration) -> Self {
        Self { base, ..self }
    }

    /// Sets the longest wait. `Retry-After` may ask for more.
    pub fn ceiling(self, ceiling: Duration) -> Self {
        Self { ceiling, ..self }
    }

    /// Sets how long a call may take with all its attempts and waits.
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Returns how long a call may take.
    pub(crate) fn total(&self) -> Duration {
        self.deadline
    }

    /// Returns how long to wait before the next attempt, or `None` if this was the last one.
    ///
    /// `attempts` have been made, and `left` remains of the deadline.
    pub(crate) fn wait(
        &self,
        outcome: &AttemptOutcome,
        attempts: u32,
        left: Duration,
        clock: &dyn Clock,
    ) -> Option<Duration> {
        if attempts >= self.max_attempts || !outcome.decision.is_retried {
            return None;
        }
        let doubled = self.base.saturating_mul(1_u32.checked_shl(attempts - 1).unwrap_or(u32::MAX));
        let jittered = fraction(clock.random(), doubled.min(self.ceiling));
        let wait = outcome.retry_after.map_or(jittered, |asked| asked.max(jittered));
        (wait < left).then_some(wait)
    }
}

/// What a retry depends on, of an attempt that was not a success.
pub(crate) struct AttemptOutcome {
    pub(crate) decision: Decision,
    /// The status of the response, if there was one.
    pub(crate) status: Option<StatusCode>,
    pub(crate) retry_after: Option<Duration>,
}

impl fmt::Display for AttemptOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => status.fmt(f),
            None => f.write_str("no complete response"),
        }
    }
}

/// Returns the part of a duration that a random number of the whole range selects.
fn fraction(random: u64, whole: Duration) -> Duration {
    let nanoseconds = whole.as_nanos().saturating_mul(u128::from(random)) >> 64;
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::decision::{Evidence, Repetition};

    #[test]
    fn a_fraction_is_less_than_the_whole() {
        let whole = Duration::from_secs(60);
        assert_eq!(fraction(0, whole), Duration::ZERO);
        assert_eq!(fraction(1 << 63, whole), Duration::from_secs(30));
        assert!(fraction(u64::MAX, whole) < whole);
        assert!(fraction(u64::MAX, whole) > Duration::from_secs(59));
        assert!(fraction(u64::MAX, Duration::MAX) < Duration::MAX);
    }

    /// An outcome that is retried, unless it is not idempotent and may have taken effect.
    fn outcome(repetition: Repetition, retry_after: Option<Duration>) -> AttemptOutcome {
        let status = Some(StatusCode::BAD_GATEWAY);
        let decision = Evidence::Unavailable.decide(repetition);
        AttemptOutcome { decision, status, retry_after }
    }

    /// The bug: a policy that a person wrote down is ignored, or a wait grows without bounds.
    #[test]
    fn waits_double_from_the_base_up_to_the_ceiling() {
        let (base, ceiling) = (Duration::from_secs(2), Duration::from_secs(5));
        let policy = RetryPolicy::default().base(base).ceiling(ceiling).max_attempts(u32::MAX);
        waits_up_to(policy, [(1, base), (2, 2 * base), (3, ceiling), (40, ceiling)]);
    }

    /// The bug: a call waits for another time than the documentation says, or an outage ends each call at once.
    #[test]
    fn the_default_waits_for_up_to_1_2_and_4_seconds_and_never_for_more_than_a_minute() {
        let seconds = Duration::from_secs;
        let policy = RetryPolicy::default();
        waits_up_to(policy, [(1, seconds(1)), (2, seconds(2)), (3, seconds(4))]);
        let last = policy.wait(
            &outcome(Repetition::ReadOnly, None),
            4,
            Duration::MAX,
            &ManualClock::default(),
        );
        assert_eq!(last, None);
        assert_eq!(policy.total(), seconds(120));
        waits_up_to(policy.max_attempts(u32::MAX), [(6, seconds(32)), (7, seconds(60))]);
    }

    /// Checks the longest of many waits after each number of attempts.
    fn waits_up_to<const N: usize>(policy: RetryPolicy, expected: [(u32, Duration); N]) {
        let clock = ManualClock::default();
        let again = outcome(Repetition::ReadOnly, None);
        for (attempts, longest) in expected {
            let waits = (0..100)
                .map(|_| policy.wait(&again, attempts, Duration::MAX, &clock).unwrap())
                .collect::<Vec<_>>();
            let max = waits.into_iter().max().unwrap();
            assert!(max < longest && max > longest * 9 / 10, "{max:?} after {attempts} attempts");
        }
    }

    /// The bug: a request that may have taken effect is sent again, or an attempt too many is made.
    #[test]
    fn a_retry_ends_with_the_attempts_the_deadline_and_what_may_be_repeated() {
        let asked = Duration::from_secs(100);
        let (more, clock) = (asked + Duration::from_nanos(1), ManualClock::default());
        let (three, again) =
            (RetryPolicy::default().max_attempts(3), outcome(Repetition::Idempotent, Some(asked)));
        assert_eq!(three.wait(&again, 2, more, &clock), Some(asked));
        assert_eq!(three.wait(&again, 2, asked, &clock), None, "the deadline comes first");
        assert_eq!(three.wait(&again, 3, more, &clock), None);
        assert_eq!(RetryPolicy::never().wait(&again, 1, more, &clock), None);
        assert_eq!(RetryPolicy::default().max_attempts(0).wait(&again, 1, more, &clock), None);
        let once = outcome(Repetition::Other, Some(asked));
        assert_eq!(three.wait(&once, 1, more, &clock), None);
        let at_once = outcome(Repetition::ReadOnly, Some(Duration::ZERO));
        assert!(three.wait(&at_once, 1, more, &clock) > Some(Duration::ZERO), "spread anyway");
        assert_eq!(RetryPolicy::default().deadline(asked).total(), asked);
        assert_eq!(again.to_string(), "502 Bad Gateway");
        let none = AttemptOutcome { status: None, ..again };
        assert_eq!(none.to_string(), "no complete response");
    }
}
