//! [`RetryPolicy`]: what is tried again, when, and how often.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::clock::Clock;
use crate::decision::{Decision, Evidence, Nature};
use crate::error::Error;
use crate::operation::Operation;
use crate::response::retry_after;
use crate::transport::Received;

/// What is tried again, when, and how often.
///
/// Tried again are: any request that the service refused for its rate (429) or that never reached it
/// (no connection, no token); and, where the operation may be repeated, one that was answered with 502,
/// 503 or 504 or got no whole answer. [`Error`](crate::Error) has the whole table. Each wait is the longer of what `Retry-After` asks for and a
/// random part of a pause that doubles each time.
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
    /// Four attempts within two minutes, with pauses of up to 1, 2 and 4 seconds.
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
    /// One attempt, whatever it ends in. The deadline holds for it all the same.
    pub fn never() -> Self {
        Self::default().max_attempts(1)
    }

    /// How many attempts there are at the most; at least one.
    pub fn max_attempts(self, attempts: u32) -> Self {
        Self { max_attempts: attempts.max(1), ..self }
    }

    /// The longest first pause.
    pub fn base(self, base: Duration) -> Self {
        Self { base, ..self }
    }

    /// The longest pause of all. `Retry-After` may ask for more.
    pub fn ceiling(self, ceiling: Duration) -> Self {
        Self { ceiling, ..self }
    }

    /// How long a call may take with all its attempts and pauses.
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    pub(crate) fn total(&self) -> Duration {
        self.deadline
    }

    /// How long to wait before the next attempt, or none where there is to be no other.
    ///
    /// `attempts` have been made, and `left` is what is left of the deadline.
    pub(crate) fn pause(
        &self,
        ending: &Ending,
        attempts: u32,
        left: Duration,
        clock: &dyn Clock,
    ) -> Option<Duration> {
        if attempts >= self.max_attempts || !ending.decision.is_retried {
            return None;
        }
        let doubled = self.base.saturating_mul(1_u32.checked_shl(attempts - 1).unwrap_or(u32::MAX));
        let jittered = fraction(clock.random(), doubled.min(self.ceiling));
        let pause = ending.retry_after.map_or(jittered, |asked| asked.max(jittered));
        (pause < left).then_some(pause)
    }
}

/// What an attempt that was no success ended in, as far as trying again depends on it.
pub(crate) struct Ending {
    decision: Decision,
    status: Option<StatusCode>,
    retry_after: Option<Duration>,
}

impl Ending {
    pub(crate) fn of(operation: &Operation, outcome: &Result<Received, Error>) -> Self {
        match outcome {
            Ok(received) => Self {
                decision: Evidence::of_status(received.status()).decide(Nature::of(operation)),
                status: Some(received.status()),
                retry_after: retry_after(received.headers()),
            },
            Err(error) => Self {
                decision: error.decision_for(Some(operation)),
                status: error.status(),
                retry_after: error.retry_after(),
            },
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => status.fmt(f),
            None => f.write_str("no whole answer"),
        }
    }
}

/// A part of a duration, as large as the random number is in its range.
fn fraction(random: u64, whole: Duration) -> Duration {
    let nanoseconds = whole.as_nanos().saturating_mul(u128::from(random)) >> 64;
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_is_never_more_than_the_whole() {
        let whole = Duration::from_secs(60);
        assert_eq!(fraction(0, whole), Duration::ZERO);
        assert_eq!(fraction(1 << 63, whole), Duration::from_secs(30));
        assert!(fraction(u64::MAX, whole) < whole);
        assert!(fraction(u64::MAX, whole) > Duration::from_secs(59));
        assert!(fraction(u64::MAX, Duration::MAX) <= Duration::MAX);
    }
}
