//! The rate limits: token buckets that are refilled in steps.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use super::lock::lock;
use crate::scenario::{RateLimit, Scenario};

/// The decision about one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RateLimitDecision {
    /// The request is allowed. `remaining` excludes it.
    Allowed { remaining: u64 },
    /// The bucket stays empty for this many whole seconds.
    Exceeded { retry_after: u64 },
}

/// A bucket per project and for the organization, by id.
#[derive(Debug)]
pub(crate) struct RateLimiter(HashMap<String, (RateLimit, Mutex<Option<TokenBucket>>)>);

impl RateLimiter {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let limits = scenario.rate_limits;
        let projects = scenario.projects.iter().map(|project| (project.id.clone(), limits.group));
        Self::from_limits(projects.chain([(scenario.org_id.clone(), limits.org)]))
    }

    fn from_limits(limits: impl IntoIterator<Item = (String, RateLimit)>) -> Self {
        let bucket = |(owner, limit)| (owner, (limit, Mutex::new(None)));
        Self(limits.into_iter().map(bucket).collect())
    }

    /// Counts a request, or returns `None` if the owner has no bucket.
    pub(crate) fn count(
        &self,
        owner: &str,
        now: Duration,
    ) -> Option<(RateLimit, RateLimitDecision)> {
        let (limit, bucket) = self.0.get(owner)?;
        let mut bucket = lock(bucket);
        let bucket = bucket.get_or_insert_with(|| TokenBucket::new(*limit, now));
        Some((*limit, bucket.take(*limit, now)))
    }
}

/// A bucket that is refilled at fixed intervals, which start with the first request.
#[derive(Clone, Copy, Debug)]
pub(super) struct TokenBucket {
    since: Duration,
    steps: u64,
    remaining: u64,
}

impl TokenBucket {
    pub(super) fn new(limit: RateLimit, now: Duration) -> Self {
        Self { since: now, steps: 0, remaining: limit.capacity }
    }

    /// Takes a token for a request.
    pub(super) fn take(&mut self, limit: RateLimit, now: Duration) -> RateLimitDecision {
        let age = now.saturating_sub(self.since).as_secs();
        let steps = age / limit.period_seconds;
        // A thread that read the clock earlier may come later: steps never decrease.
        let refill = steps.saturating_sub(self.steps).saturating_mul(limit.refill);
        self.remaining = self.remaining.saturating_add(refill).min(limit.capacity);
        self.steps = self.steps.max(steps);
        match self.remaining.checked_sub(1) {
            Some(remaining) => {
                self.remaining = remaining;
                RateLimitDecision::Allowed { remaining }
            }
            None => RateLimitDecision::Exceeded { retry_after: self.wait(limit, now) },
        }
    }

    /// Whether the bucket is full, so that it can be replaced by a new one.
    pub(super) fn is_full(mut self, limit: RateLimit, now: Duration) -> bool {
        let remaining = limit.capacity.saturating_sub(1);
        self.take(limit, now) == RateLimitDecision::Allowed { remaining }
    }

    /// Returns the whole seconds until the next refill. Invented: that they are rounded down; the
    /// service was observed to send 0.
    fn wait(&self, limit: RateLimit, now: Duration) -> u64 {
        let next = self.steps.saturating_add(1).saturating_mul(limit.period_seconds);
        let next = self.since.saturating_add(Duration::from_secs(next));
        next.saturating_sub(now).as_secs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: RateLimit = RateLimit { capacity: 5, refill: 2, period_seconds: 60 };

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn empty(now: Duration) -> TokenBucket {
        let mut bucket = TokenBucket::new(LIMIT, now);
        for remaining in (0..5).rev() {
            assert_eq!(bucket.take(LIMIT, now), RateLimitDecision::Allowed { remaining });
        }
        bucket
    }

    #[test]
    fn an_empty_bucket_refuses_requests_until_the_refill() {
        let mut bucket = empty(seconds(7));
        assert_eq!(bucket.take(LIMIT, seconds(7)), RateLimitDecision::Exceeded { retry_after: 60 });
        assert_eq!(
            bucket.take(LIMIT, seconds(37)),
            RateLimitDecision::Exceeded { retry_after: 30 }
        );
        let just_before = Duration::from_millis(66_999);
        assert_eq!(bucket.take(LIMIT, just_before), RateLimitDecision::Exceeded { retry_after: 0 });
        assert_eq!(bucket.take(LIMIT, seconds(67)), RateLimitDecision::Allowed { remaining: 1 });
    }

    #[test]
    fn refills_keep_the_rhythm_of_the_first_request() {
        let mut bucket = empty(seconds(7));
        // A refill relative to the last request would now wait until 170.
        assert_eq!(bucket.take(LIMIT, seconds(110)), RateLimitDecision::Allowed { remaining: 1 });
        assert_eq!(bucket.take(LIMIT, seconds(110)), RateLimitDecision::Allowed { remaining: 0 });
        assert_eq!(
            bucket.take(LIMIT, seconds(110)),
            RateLimitDecision::Exceeded { retry_after: 17 }
        );
        assert_eq!(bucket.take(LIMIT, seconds(127)), RateLimitDecision::Allowed { remaining: 1 });
    }

    #[test]
    fn a_refill_never_exceeds_the_capacity() {
        let mut bucket = empty(Duration::ZERO);
        assert_eq!(
            bucket.take(LIMIT, seconds(86_400)),
            RateLimitDecision::Allowed { remaining: 4 }
        );
        assert_eq!(bucket.take(LIMIT, Duration::MAX), RateLimitDecision::Allowed { remaining: 4 });
    }

    #[test]
    fn a_bucket_is_full_again_after_enough_steps() {
        let bucket = empty(Duration::ZERO);
        assert!(!bucket.is_full(LIMIT, seconds(179)));
        assert!(bucket.is_full(LIMIT, seconds(180)));
    }

    #[test]
    fn a_clock_read_out_of_order_does_not_refill_twice() {
        let mut bucket = empty(Duration::ZERO);
        assert_eq!(bucket.take(LIMIT, seconds(61)), RateLimitDecision::Allowed { remaining: 1 });
        assert_eq!(bucket.take(LIMIT, seconds(59)), RateLimitDecision::Allowed { remaining: 0 });
        assert_eq!(
            bucket.take(LIMIT, seconds(61)),
            RateLimitDecision::Exceeded { retry_after: 59 }
        );
    }

    #[test]
    fn owners_do_not_share_a_bucket() {
        let limiter = RateLimiter::from_limits([("a".to_owned(), LIMIT), ("b".to_owned(), LIMIT)]);
        let remaining = |owner| limiter.count(owner, Duration::ZERO).map(|(_, decision)| decision);
        assert_eq!(remaining("a"), Some(RateLimitDecision::Allowed { remaining: 4 }));
        assert_eq!(remaining("a"), Some(RateLimitDecision::Allowed { remaining: 3 }));
        assert_eq!(remaining("b"), Some(RateLimitDecision::Allowed { remaining: 4 }));
        assert_eq!(remaining("c"), None);
    }
}
