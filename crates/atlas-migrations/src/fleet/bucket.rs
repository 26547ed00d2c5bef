//! [`Bucket`]: the rest of a project's rate limit.

use std::time::Duration;

use atlas_client_core::RateLimit;

/// The capacity of a bucket of the service, unless a response states another.
const CAPACITY: u64 = 1200;
/// The minimum that each step of the refill adds.
const REFILL: u64 = 500;
/// The time between two steps of the refill.
pub(super) const PERIOD: Duration = Duration::from_secs(60);
/// The time after which every bucket is full again and its state can be dropped.
pub(super) const FULL_AFTER: Duration = Duration::from_secs(180);
/// The capacity, divided by this, is left to other callers, such as a cutover.
const RESERVE_DIVISOR: u64 = 10;
/// The wait after a response that does not state the limit, if earlier ones did.
const PAUSE: Duration = Duration::from_secs(1);

/// A lower bound of the rest of a project's rate limit.
///
/// The service refills in steps and does not say when. So the rest that a response stated is all there is, until a
/// whole period has passed. Then a single poll finds out the new rest.
#[derive(Debug)]
pub(super) struct Bucket {
    left: u64,
    capacity: u64,
    in_flight: u64,
    /// The number of requests so far, which is the number of the last one.
    taken: u64,
    /// The newest request whose response stated the rest. `None` before the first such response.
    stated_by: Option<u64>,
    /// When a refill since the last statement is certain.
    refilled_at: Duration,
}

/// A request that the bucket let through.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket(u64);

/// When the bucket lets the next request through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    At(Duration),
    /// After the response to a request in flight.
    OnResponse,
}

impl Bucket {
    pub(super) fn new(now: Duration) -> Self {
        let refilled_at = now.saturating_add(PERIOD);
        Self {
            left: CAPACITY,
            capacity: CAPACITY,
            in_flight: 0,
            taken: 0,
            stated_by: None,
            refilled_at,
        }
    }

    /// Lets a request through if the limit allows it now.
    pub(super) fn take(&mut self, now: Duration) -> Option<Ticket> {
        if self.opening(now) != Opening::At(now) {
            return None;
        }
        if self.stated_by.is_none() && now >= self.refilled_at {
            // No response states the rest: assume the refill that the service documents.
            self.left = (self.left + REFILL).min(self.capacity);
            self.refilled_at = now.saturating_add(PERIOD);
        }
        self.left = self.left.saturating_sub(1);
        self.in_flight += 1;
        self.taken += 1;
        Some(Ticket(self.taken))
    }

    /// Returns when the next request may be sent: `now` at the earliest.
    pub(super) fn opening(&self, now: Duration) -> Opening {
        if self.left > self.capacity / RESERVE_DIVISOR {
            Opening::At(now)
        } else if self.in_flight > 0 && self.stated_by.is_some() {
            Opening::OnResponse
        } else {
            Opening::At(self.refilled_at.max(now))
        }
    }

    /// Records what the response to a request stated of the limit.
    pub(super) fn responded(&mut self, ticket: Ticket, stated: Option<RateLimit>, now: Duration) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match stated {
            // Responses may overtake each other: an older one is out of date.
            Some(_) if self.stated_by.is_some_and(|newest| newest > ticket.0) => {}
            Some(RateLimit { limit, remaining, .. }) => {
                self.stated_by = Some(ticket.0);
                self.capacity = limit;
                self.left = remaining.saturating_sub(self.in_flight);
                self.refilled_at = now.saturating_add(PERIOD);
            }
            None if self.stated_by.is_some() => {
                self.refilled_at = self.refilled_at.max(now.saturating_add(PAUSE));
            }
            None => {}
        }
    }

    /// Records that a request was rate limited.
    pub(super) fn rate_limited(
        &mut self,
        ticket: Ticket,
        retry_after: Option<Duration>,
        now: Duration,
    ) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.stated_by = self.stated_by.map(|newest| newest.max(ticket.0));
        self.left = 0;
        // The service rounds `Retry-After` down.
        let wait = retry_after.unwrap_or(PERIOD).saturating_add(PAUSE);
        self.refilled_at = now.saturating_add(wait);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn stated(remaining: u64) -> RateLimit {
        RateLimit::new(CAPACITY, remaining)
    }

    /// Takes all requests that the bucket lets through at a time.
    fn drain(bucket: &mut Bucket, now: Duration) -> Vec<Ticket> {
        std::iter::from_fn(|| bucket.take(now)).collect()
    }

    #[test]
    fn a_tenth_of_the_limit_is_left_to_other_callers() {
        let mut bucket = Bucket::new(seconds(0));
        assert_eq!(drain(&mut bucket, seconds(0)).len(), 1080);
        assert_eq!(bucket.opening(seconds(5)), Opening::At(seconds(60)));
    }

    #[test]
    fn the_stated_rest_counts_less_the_requests_in_flight() {
        let mut bucket = Bucket::new(seconds(0));
        let tickets = drain(&mut bucket, seconds(0));
        // Other callers used the limit, too.
        bucket.responded(tickets[9], Some(stated(1079)), seconds(1));
        assert_eq!(bucket.left, 0);
        assert_eq!(bucket.opening(seconds(1)), Opening::OnResponse);
        // An older response that arrives later changes nothing.
        bucket.responded(tickets[3], Some(stated(1199)), seconds(1));
        assert_eq!(bucket.left, 0);
        for ticket in &tickets[10..] {
            bucket.responded(*ticket, Some(stated(125)), seconds(2));
        }
        assert_eq!(drain(&mut bucket, seconds(2)).len(), 0, "eight are still in flight");
        for ticket in tickets[..3].iter().chain(&tickets[4..9]) {
            bucket.responded(*ticket, None, seconds(2));
        }
        assert_eq!(bucket.in_flight, 0);
    }

    #[test]
    fn after_a_whole_period_one_request_finds_out_the_rest() {
        let mut bucket = Bucket::new(seconds(0));
        let ticket = bucket.take(seconds(0)).unwrap();
        bucket.responded(ticket, Some(stated(3)), seconds(1));
        assert_eq!(bucket.opening(seconds(1)), Opening::At(seconds(61)));
        assert!(bucket.take(seconds(60)).is_none());
        let probe = bucket.take(seconds(61)).unwrap();
        assert!(bucket.take(seconds(61)).is_none(), "only one");
        bucket.responded(probe, Some(stated(502)), seconds(61));
        assert_eq!(drain(&mut bucket, seconds(61)).len(), 502 - 120);
    }

    /// The bug: a response that states nothing, as an outage's, lets the next request go at once.
    #[test]
    fn a_response_that_states_nothing_delays_what_only_a_statement_can_allow() {
        let mut bucket = Bucket::new(seconds(0));
        let ticket = bucket.take(seconds(0)).unwrap();
        bucket.responded(ticket, Some(stated(3)), seconds(1));
        let probe = bucket.take(seconds(61)).unwrap();
        bucket.responded(probe, None, seconds(61));
        assert_eq!(bucket.opening(seconds(61)), Opening::At(seconds(61) + PAUSE));
        let mut unstated = Bucket::new(seconds(0));
        let ticket = unstated.take(seconds(0)).unwrap();
        unstated.responded(ticket, None, seconds(60));
        assert_eq!(unstated.refilled_at, PERIOD, "nothing was stated before");
    }

    #[test]
    fn without_a_stated_limit_the_documented_one_counts() {
        let mut bucket = Bucket::new(seconds(0));
        for ticket in drain(&mut bucket, seconds(0)) {
            bucket.responded(ticket, None, seconds(10));
        }
        assert!(bucket.take(seconds(59)).is_none());
        assert_eq!(drain(&mut bucket, seconds(60)).len(), 500);
        assert!(bucket.take(seconds(119)).is_none());
        // After any pause the bucket is at most full.
        assert_eq!(drain(&mut bucket, seconds(120)).len(), 500);
    }

    #[test]
    fn a_rate_limited_request_closes_the_bucket_for_as_long_as_the_service_asks() {
        for is_stated in [true, false] {
            let mut bucket = Bucket::new(seconds(0));
            let first = bucket.take(seconds(0)).unwrap();
            bucket.responded(first, is_stated.then(|| stated(1000)), seconds(0));
            let tickets = [bucket.take(seconds(0)).unwrap(), bucket.take(seconds(0)).unwrap()];
            bucket.rate_limited(tickets[0], Some(seconds(17)), seconds(1));
            assert_eq!(bucket.opening(seconds(1)) == Opening::OnResponse, is_stated);
            bucket.rate_limited(tickets[1], None, seconds(1));
            assert_eq!(bucket.opening(seconds(1)), Opening::At(seconds(62)));
            let ticket = bucket.take(seconds(62)).unwrap();
            bucket.rate_limited(ticket, Some(seconds(0)), seconds(62));
            assert!(bucket.take(seconds(62)).is_none());
            // One request finds out the rest; without statements the documented refill counts.
            let more = if is_stated { 1 } else { 500 - 120 };
            assert_eq!(drain(&mut bucket, seconds(63)).len(), more);
        }
    }
}
