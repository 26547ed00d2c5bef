//! A limit on how often requests are sent.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use http::HeaderMap;

use crate::clock::Clock;
use crate::response::RateLimit;

/// The service refills its own limits each minute.
const REFILL: Duration = Duration::from_secs(60);

/// Spaces requests so that there are no more than wanted a minute, and fewer where the service says that
/// little is left of its own limit.
pub(super) struct Limiter {
    wanted: RateLimiter<NotKeyed, InMemoryState, Hand, NoOpMiddleware<Nanos>>,
    hand: Hand,
    /// From when the next request may be sent, and how far apart the following ones are.
    spacing: Mutex<(Duration, Duration)>,
}

impl Limiter {
    pub(super) fn new(per_minute: NonZeroU32, clock: Arc<dyn Clock>) -> Self {
        let hand = Hand(clock);
        Self {
            wanted: RateLimiter::direct_with_clock(Quota::per_minute(per_minute), hand.clone()),
            hand,
            spacing: Mutex::new((Duration::ZERO, Duration::ZERO)),
        }
    }

    /// Ends when a request may be sent.
    pub(super) async fn wait(&self, clock: &dyn Clock) {
        while let Err(early) = self.wanted.check() {
            let wait = early.wait_time_from(self.hand.now());
            clock.sleep(wait).await;
        }
        let wait = {
            let mut spacing = self.spacing.lock().unwrap_or_else(PoisonError::into_inner);
            let (next, apart) = *spacing;
            let now = clock.now();
            let turn = next.max(now);
            spacing.0 = turn.saturating_add(apart);
            turn.saturating_sub(now)
        };
        if !wait.is_zero() {
            clock.sleep(wait).await;
        }
    }

    /// Makes what the service says is left of its limit last until it is refilled, once that is less than
    /// a tenth.
    pub(super) fn heed(&self, headers: &HeaderMap, clock: &dyn Clock) {
        let Some(RateLimit { limit, remaining }) = RateLimit::read(headers) else {
            return;
        };
        let apart = if remaining < limit / 10 {
            REFILL / u32::try_from(remaining.saturating_add(1)).unwrap_or(u32::MAX)
        } else {
            Duration::ZERO
        };
        let mut spacing = self.spacing.lock().unwrap_or_else(PoisonError::into_inner);
        spacing.1 = apart;
        if apart.is_zero() {
            spacing.0 = Duration::ZERO;
        } else {
            spacing.0 = spacing.0.max(clock.now().saturating_add(apart));
        }
    }
}

/// A [`Clock`] as governor reads it.
#[derive(Clone, Debug)]
struct Hand(Arc<dyn Clock>);

impl GovernorClock for Hand {
    type Instant = Nanos;

    /// Within what governor counts: 292 years, to which it adds.
    fn now(&self) -> Nanos {
        let most = u64::MAX / 2;
        Nanos::new(u64::try_from(self.0.now().as_nanos()).unwrap_or(most).min(most))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::clock::ManualClock;

    #[tokio::test]
    async fn no_limit_and_no_time_is_too_large_to_reckon_with() {
        for (limit, remaining) in [(u64::MAX, 0), (u64::MAX, u64::MAX / 20), (20, 0)] {
            let clock = ManualClock::default();
            let limiter = Limiter::new(NonZeroU32::MAX, Arc::new(clock.clone()));
            let number = |number: u64| HeaderValue::try_from(number.to_string()).unwrap();
            let headers = HeaderMap::from_iter([
                ("ratelimit-limit".parse().unwrap(), number(limit)),
                ("ratelimit-remaining".parse().unwrap(), number(remaining)),
            ]);
            for _ in 0..3 {
                limiter.heed(&headers, &clock);
                limiter.wait(&clock).await;
                clock.advance(Duration::MAX);
            }
        }
    }
}
