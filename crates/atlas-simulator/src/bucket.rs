//! The rate limits: a token bucket for each owner, refilled in steps.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use crate::locked;
use crate::scenario::RateLimit;

/// What the rate limit says to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// The request may go on. `remaining` no longer counts it.
    Allowed { remaining: u64 },
    /// The bucket is empty for this many more whole seconds.
    Exhausted { retry_after: u64 },
}

/// One bucket for each owner: a project or an organisation, by id.
#[derive(Debug)]
pub(crate) struct Buckets(HashMap<String, (RateLimit, Mutex<Option<Bucket>>)>);

impl Buckets {
    pub(crate) fn new(owners: impl IntoIterator<Item = (String, RateLimit)>) -> Self {
        let bucket = |(owner, limit)| (owner, (limit, Mutex::new(None)));
        Self(owners.into_iter().map(bucket).collect())
    }

    /// Takes a token out of the owner's bucket; `None` where the owner has no bucket.
    pub(crate) fn take(&self, owner: &str, now: Duration) -> Option<(RateLimit, Taken)> {
        let (limit, bucket) = self.0.get(owner)?;
        let taken =
            locked(bucket).get_or_insert_with(|| Bucket::new(*limit, now)).take(*limit, now);
        Some((*limit, taken))
    }
}

/// The refill comes in whole steps, on a grid that starts with the bucket's first request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    since: Duration,
    steps: u64,
    remaining: u64,
}

impl Bucket {
    pub(crate) fn new(limit: RateLimit, now: Duration) -> Self {
        Self { since: now, steps: 0, remaining: limit.capacity }
    }

    pub(crate) fn take(&mut self, limit: RateLimit, now: Duration) -> Taken {
        let age = now.saturating_sub(self.since).as_secs();
        let steps = age / limit.period_seconds;
        // A thread that read the clock earlier may come later: the grid never goes back.
        let refill = steps.saturating_sub(self.steps).saturating_mul(limit.refill);
        self.remaining = self.remaining.saturating_add(refill).min(limit.capacity);
        self.steps = self.steps.max(steps);
        match self.remaining.checked_sub(1) {
            Some(remaining) => {
                self.remaining = remaining;
                Taken::Allowed { remaining }
            }
            None => Taken::Exhausted { retry_after: self.wait(limit, now) },
        }
    }

    /// Whether nothing would be lost with the bucket.
    pub(crate) fn is_full(mut self, limit: RateLimit, now: Duration) -> bool {
        let full = limit.capacity.saturating_sub(1);
        self.take(limit, now) == Taken::Allowed { remaining: full }
    }

    /// Whole seconds to the next step. Invented: that they are rounded down; the service has been
    /// seen to say 0.
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

    fn drained(now: Duration) -> Bucket {
        let mut bucket = Bucket::new(LIMIT, now);
        for remaining in (0..5).rev() {
            assert_eq!(bucket.take(LIMIT, now), Taken::Allowed { remaining });
        }
        bucket
    }

    #[test]
    fn a_drained_bucket_refuses_until_the_step_and_not_a_moment_longer() {
        let mut bucket = drained(seconds(7));
        assert_eq!(bucket.take(LIMIT, seconds(7)), Taken::Exhausted { retry_after: 60 });
        assert_eq!(bucket.take(LIMIT, seconds(37)), Taken::Exhausted { retry_after: 30 });
        let just_before = Duration::from_millis(66_999);
        assert_eq!(bucket.take(LIMIT, just_before), Taken::Exhausted { retry_after: 0 });
        assert_eq!(bucket.take(LIMIT, seconds(67)), Taken::Allowed { remaining: 1 });
    }

    #[test]
    fn the_grid_stays_where_the_first_request_put_it() {
        let mut bucket = drained(seconds(7));
        // A refill that slid along with the requests would now wait until 170.
        assert_eq!(bucket.take(LIMIT, seconds(110)), Taken::Allowed { remaining: 1 });
        assert_eq!(bucket.take(LIMIT, seconds(110)), Taken::Allowed { remaining: 0 });
        assert_eq!(bucket.take(LIMIT, seconds(110)), Taken::Exhausted { retry_after: 17 });
        assert_eq!(bucket.take(LIMIT, seconds(127)), Taken::Allowed { remaining: 1 });
    }

    #[test]
    fn a_refill_never_goes_beyond_the_capacity() {
        let mut bucket = drained(Duration::ZERO);
        assert_eq!(bucket.take(LIMIT, seconds(86_400)), Taken::Allowed { remaining: 4 });
        assert_eq!(bucket.take(LIMIT, Duration::MAX), Taken::Allowed { remaining: 4 });
    }

    #[test]
    fn a_bucket_is_full_again_after_enough_steps() {
        let bucket = drained(Duration::ZERO);
        assert!(!bucket.is_full(LIMIT, seconds(179)));
        assert!(bucket.is_full(LIMIT, seconds(180)));
    }

    #[test]
    fn a_clock_read_out_of_order_does_not_refill_twice() {
        let mut bucket = drained(Duration::ZERO);
        assert_eq!(bucket.take(LIMIT, seconds(61)), Taken::Allowed { remaining: 1 });
        assert_eq!(bucket.take(LIMIT, seconds(59)), Taken::Allowed { remaining: 0 });
        assert_eq!(bucket.take(LIMIT, seconds(61)), Taken::Exhausted { retry_after: 59 });
    }

    #[test]
    fn owners_do_not_share_a_bucket() {
        let buckets = Buckets::new([("a".to_owned(), LIMIT), ("b".to_owned(), LIMIT)]);
        let remaining = |owner| buckets.take(owner, Duration::ZERO).map(|(_, taken)| taken);
        assert_eq!(remaining("a"), Some(Taken::Allowed { remaining: 4 }));
        assert_eq!(remaining("a"), Some(Taken::Allowed { remaining: 3 }));
        assert_eq!(remaining("b"), Some(Taken::Allowed { remaining: 4 }));
        assert_eq!(remaining("c"), None);
    }
}
