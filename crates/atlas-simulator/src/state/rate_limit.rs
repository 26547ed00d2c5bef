//! The rate limits: token buckets that are refilled in steps.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;
use std::time::Duration;

use super::lock::lock;
use crate::scenario::RateLimit;

/// Beyond this number of buckets the full ones are removed.
const MANY_BUCKETS: usize = 1024;

/// The decision about one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RateLimitDecision {
    /// The request is allowed. `remaining` excludes it.
    Allowed { remaining: u64 },
    /// The bucket stays empty for this many whole seconds.
    Exceeded { retry_after: u64 },
}

/// A bucket per key, such as the id of a project.
#[derive(Debug)]
pub(crate) struct RateLimiter<K>(Mutex<HashMap<K, TokenBucket>>);

impl<K> Default for RateLimiter<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> RateLimiter<K> {
    /// Counts a request.
    pub(crate) fn count(&self, key: K, limit: RateLimit, now: Duration) -> RateLimitDecision {
        let mut buckets = lock(&self.0);
        if buckets.len() > MANY_BUCKETS && !buckets.contains_key(&key) {
            // A new bucket does the same as a full one.
            buckets.retain(|_, bucket| !bucket.is_full(now));
        }
        buckets.entry(key).or_insert_with(|| TokenBucket::new(limit, now)).take(now)
    }
}

/// A bucket that is refilled at fixed intervals, which start with the first request.
#[derive(Clone, Copy, Debug)]
struct TokenBucket {
    limit: RateLimit,
    since: Duration,
    steps: u64,
    remaining: u64,
}

impl TokenBucket {
    fn new(limit: RateLimit, now: Duration) -> Self {
        Self { limit, since: now, steps: 0, remaining: limit.capacity }
    }

    /// Takes a token for a request.
    fn take(&mut self, now: Duration) -> RateLimitDecision {
        let RateLimit { capacity, refill, period_seconds } = self.limit;
        let steps = now.saturating_sub(self.since).as_secs() / period_seconds;
        // A thread that read the clock earlier may come later: steps never decrease.
        let refill = steps.saturating_sub(self.steps).saturating_mul(refill);
        self.remaining = self.remaining.saturating_add(refill).min(capacity);
        self.steps = self.steps.max(steps);
        match self.remaining.checked_sub(1) {
            Some(remaining) => {
                self.remaining = remaining;
                RateLimitDecision::Allowed { remaining }
            }
            None => RateLimitDecision::Exceeded { retry_after: self.wait(now) },
        }
    }

    fn is_full(mut self, now: Duration) -> bool {
        let remaining = self.limit.capacity.saturating_sub(1);
        self.take(now) == RateLimitDecision::Allowed { remaining }
    }

    /// Returns the whole seconds until the next refill. Invented: that they are rounded down; the
    /// service was observed to send 0.
    fn wait(&self, now: Duration) -> u64 {
        let next = self.steps.saturating_add(1).saturating_mul(self.limit.period_seconds);
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
            assert_eq!(bucket.take(now), RateLimitDecision::Allowed { remaining });
        }
        bucket
    }

    #[test]
    fn an_empty_bucket_refuses_requests_until_the_refill() {
        let mut bucket = empty(seconds(7));
        assert_eq!(bucket.take(seconds(7)), RateLimitDecision::Exceeded { retry_after: 60 });
        assert_eq!(bucket.take(seconds(37)), RateLimitDecision::Exceeded { retry_after: 30 });
        let just_before = Duration::from_millis(66_999);
        assert_eq!(bucket.take(just_before), RateLimitDecision::Exceeded { retry_after: 0 });
        assert_eq!(bucket.take(seconds(67)), RateLimitDecision::Allowed { remaining: 1 });
    }

    #[test]
    fn refills_keep_the_rhythm_of_the_first_request() {
        let mut bucket = empty(seconds(7));
        // A refill relative to the last request would now wait until 170.
        assert_eq!(bucket.take(seconds(110)), RateLimitDecision::Allowed { remaining: 1 });
        assert_eq!(bucket.take(seconds(110)), RateLimitDecision::Allowed { remaining: 0 });
        assert_eq!(bucket.take(seconds(110)), RateLimitDecision::Exceeded { retry_after: 17 });
        assert_eq!(bucket.take(seconds(127)), RateLimitDecision::Allowed { remaining: 1 });
    }

    #[test]
    fn a_refill_never_exceeds_the_capacity() {
        let mut bucket = empty(Duration::ZERO);
        assert_eq!(bucket.take(seconds(86_400)), RateLimitDecision::Allowed { remaining: 4 });
        assert_eq!(bucket.take(Duration::MAX), RateLimitDecision::Allowed { remaining: 4 });
    }

    #[test]
    fn a_bucket_is_full_again_after_enough_steps() {
        let bucket = empty(Duration::ZERO);
        assert!(!bucket.is_full(seconds(179)));
        assert!(bucket.is_full(seconds(180)));
    }

    #[test]
    fn a_clock_read_out_of_order_does_not_refill_twice() {
        let mut bucket = empty(Duration::ZERO);
        assert_eq!(bucket.take(seconds(61)), RateLimitDecision::Allowed { remaining: 1 });
        assert_eq!(bucket.take(seconds(59)), RateLimitDecision::Allowed { remaining: 0 });
        assert_eq!(bucket.take(seconds(61)), RateLimitDecision::Exceeded { retry_after: 59 });
    }

    #[test]
    fn keys_do_not_share_a_bucket() {
        let limiter = RateLimiter::default();
        let count = |key| limiter.count(key, LIMIT, Duration::ZERO);
        assert_eq!(count("a"), RateLimitDecision::Allowed { remaining: 4 });
        assert_eq!(count("a"), RateLimitDecision::Allowed { remaining: 3 });
        assert_eq!(count("b"), RateLimitDecision::Allowed { remaining: 4 });
    }

    #[test]
    fn full_buckets_are_removed() {
        let limiter = RateLimiter::default();
        for key in 0..=MANY_BUCKETS {
            limiter.count(key, LIMIT, Duration::ZERO);
        }
        limiter.count(MANY_BUCKETS + 1, LIMIT, seconds(59));
        assert_eq!(lock(&limiter.0).len(), MANY_BUCKETS + 2);
        limiter.count(MANY_BUCKETS + 2, LIMIT, seconds(60));
        assert_eq!(lock(&limiter.0).len(), 2);
    }
}
