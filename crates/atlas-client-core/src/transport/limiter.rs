//! [`Limiter`]: limits the rate of requests.

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
use crate::headers::RateLimit;

/// The service resets its own limits each minute.
const RESET_INTERVAL: Duration = Duration::from_secs(60);

/// Limits requests per minute, and spaces them out when little is left of the service's own limit.
pub(super) struct Limiter {
    quota: RateLimiter<NotKeyed, InMemoryState, ClockAdapter, NoOpMiddleware<Nanos>>,
    clock: ClockAdapter,
    spacing: Mutex<Spacing>,
}

/// When the next request may be sent, and how far apart the following ones are.
#[derive(Default)]
struct Spacing {
    next: Duration,
    interval: Duration,
}

impl Limiter {
    pub(super) fn new(per_minute: NonZeroU32, clock: Arc<dyn Clock>) -> Self {
        let clock = ClockAdapter(clock);
        Self {
            quota: RateLimiter::direct_with_clock(Quota::per_minute(per_minute), clock.clone()),
            clock,
            spacing: Mutex::default(),
        }
    }

    /// Waits until a request may be sent.
    pub(super) async fn wait(&self, clock: &dyn Clock) {
        while let Err(early) = self.quota.check() {
            let wait = early.wait_time_from(self.clock.now());
            clock.sleep(wait).await;
        }
        let wait = {
            let mut spacing = self.spacing.lock().unwrap_or_else(PoisonError::into_inner);
            let now = clock.now();
            let slot = spacing.next.max(now);
            spacing.next = slot.saturating_add(spacing.interval);
            slot.saturating_sub(now)
        };
        if !wait.is_zero() {
            clock.sleep(wait).await;
        }
    }

    /// Spaces out requests until the service resets its limit, if less than a tenth of it is left.
    pub(super) fn observe(&self, headers: &HeaderMap, clock: &dyn Clock) {
        let Some(RateLimit { limit, remaining }) = RateLimit::read(headers) else {
            return;
        };
        let interval = if remaining < limit / 10 {
            RESET_INTERVAL / u32::try_from(remaining.saturating_add(1)).unwrap_or(u32::MAX)
        } else {
            Duration::ZERO
        };
        let mut spacing = self.spacing.lock().unwrap_or_else(PoisonError::into_inner);
        spacing.interval = interval;
        if interval.is_zero() {
            spacing.next = Duration::ZERO;
        } else {
            spacing.next = spacing.next.max(clock.now().saturating_add(interval));
        }
    }
}

/// A [`Clock`] for governor.
#[derive(Clone, Debug)]
struct ClockAdapter(Arc<dyn Clock>);

impl GovernorClock for ClockAdapter {
    type Instant = Nanos;

    /// Stops after 292 years, half of the range, because governor adds to it.
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
    async fn any_limit_and_any_time_is_accepted() {
        for (limit, remaining) in [(u64::MAX, 0), (u64::MAX, u64::MAX / 20), (20, 0)] {
            let clock = ManualClock::default();
            let limiter = Limiter::new(NonZeroU32::MAX, Arc::new(clock.clone()));
            let number = |number: u64| HeaderValue::try_from(number.to_string()).unwrap();
            let headers = HeaderMap::from_iter([
                ("ratelimit-limit".parse().unwrap(), number(limit)),
                ("ratelimit-remaining".parse().unwrap(), number(remaining)),
            ]);
            for _ in 0..3 {
                limiter.observe(&headers, &clock);
                limiter.wait(&clock).await;
                clock.advance(Duration::MAX);
            }
        }
    }

    /// The bug: the requests of this program use up the limit that others need.
    #[test]
    fn requests_are_spaced_out_while_less_than_a_tenth_of_the_limit_is_left() {
        let clock = ManualClock::default();
        clock.advance(Duration::from_secs(7));
        let limiter = Limiter::new(NonZeroU32::MAX, Arc::new(clock.clone()));
        for (remaining, interval) in [(9, RESET_INTERVAL / 10), (10, Duration::ZERO)] {
            let number = |number: u64| HeaderValue::from(number);
            let headers = HeaderMap::from_iter([
                ("ratelimit-limit".parse().unwrap(), number(100)),
                ("ratelimit-remaining".parse().unwrap(), number(remaining)),
            ]);
            limiter.observe(&headers, &clock);
            let spacing = limiter.spacing.lock().unwrap();
            assert_eq!(spacing.interval, interval, "{remaining}");
            let next = if interval.is_zero() { interval } else { clock.now() + interval };
            assert_eq!(spacing.next, next, "{remaining}");
        }
    }
}
