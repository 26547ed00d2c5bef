//! [`Bucket`]: what is left of a project's rate limit.

use std::time::Duration;

use atlas_client_core::RateLimit;

/// What a full bucket of the Cloud Migration Service lets through, where an answer does not say.
const CAPACITY: u64 = 1200;
/// What each step of the refill adds at the least.
const REFILL: u64 = 500;
/// How far apart the steps are.
pub(super) const PERIOD: Duration = Duration::from_secs(60);
/// After how long everything about a bucket can be forgotten, as it is full again.
pub(super) const FULL_AFTER: Duration = Duration::from_secs(180);
/// This part of the capacity is left to other callers, such as a cutover.
const RESERVE: u64 = 10;
/// How long to wait after an answer that did not say what is left, where nothing may be.
const PAUSE: Duration = Duration::from_secs(1);

/// What is left of a project's rate limit, as far as that is sure.
///
/// The service refills in steps, and does not say when. So what an answer said was left is all that there is
/// to take from, until a whole period has passed: then a single poll finds out how much there is by now.
#[derive(Debug)]
pub(super) struct Bucket {
    left: u64,
    capacity: u64,
    under_way: u64,
    /// How many were let through so far, which numbers them.
    taken: u64,
    /// The newest of them whose answer said what is left; none while no answer ever did.
    told_by: Option<u64>,
    /// When there has certainly been a step since what is left was known.
    stepped_at: Duration,
}

/// A request that was let through.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket(u64);

/// When the next request is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    At(Duration),
    /// Not before one that is under way is answered.
    OnAnswer,
}

impl Bucket {
    pub(super) fn new(now: Duration) -> Self {
        let stepped_at = now.saturating_add(PERIOD);
        Self {
            left: CAPACITY,
            capacity: CAPACITY,
            under_way: 0,
            taken: 0,
            told_by: None,
            stepped_at,
        }
    }

    /// Lets a request through, if it may go now.
    pub(super) fn take(&mut self, now: Duration) -> Option<Ticket> {
        if self.opening(now) != Opening::At(now) {
            return None;
        }
        if self.told_by.is_none() && now >= self.stepped_at {
            // Nobody says what is left: what the service's documentation says is added.
            self.left = (self.left + REFILL).min(self.capacity);
            self.stepped_at = now.saturating_add(PERIOD);
        }
        self.left = self.left.saturating_sub(1);
        self.under_way += 1;
        self.taken += 1;
        Some(Ticket(self.taken))
    }

    /// When the next request may go: `now` at the earliest.
    pub(super) fn opening(&self, now: Duration) -> Opening {
        if self.left > self.capacity / RESERVE {
            Opening::At(now)
        } else if self.under_way > 0 && self.told_by.is_some() {
            Opening::OnAnswer
        } else {
            Opening::At(self.stepped_at.max(now))
        }
    }

    /// Takes in what the answer to a request said of the limit.
    pub(super) fn answered(&mut self, ticket: Ticket, told: Option<RateLimit>, now: Duration) {
        self.under_way = self.under_way.saturating_sub(1);
        match told {
            // Answers may overtake each other: what an older one says is no longer so.
            Some(_) if self.told_by.is_some_and(|newest| newest > ticket.0) => {}
            Some(RateLimit { limit, remaining, .. }) => {
                self.told_by = Some(ticket.0);
                self.capacity = limit;
                self.left = remaining.saturating_sub(self.under_way);
                self.stepped_at = now.saturating_add(PERIOD);
            }
            None if self.told_by.is_some() => {
                self.stepped_at = self.stepped_at.max(now.saturating_add(PAUSE));
            }
            None => {}
        }
    }

    /// Takes in that a request was refused for its rate.
    pub(super) fn refused(&mut self, ticket: Ticket, retry_after: Option<Duration>, now: Duration) {
        self.under_way = self.under_way.saturating_sub(1);
        self.told_by = self.told_by.map(|newest| newest.max(ticket.0));
        self.left = 0;
        // The service rounds down.
        let wait = retry_after.unwrap_or(PERIOD).saturating_add(PAUSE);
        self.stepped_at = now.saturating_add(wait);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn told(remaining: u64) -> RateLimit {
        RateLimit::new(CAPACITY, remaining)
    }

    /// Takes all that is let through at a time.
    fn drain(bucket: &mut Bucket, now: Duration) -> Vec<Ticket> {
        std::iter::from_fn(|| bucket.take(now)).collect()
    }

    #[test]
    fn a_tenth_is_left_to_others() {
        let mut bucket = Bucket::new(seconds(0));
        assert_eq!(drain(&mut bucket, seconds(0)).len(), 1080);
        assert_eq!(bucket.opening(seconds(5)), Opening::At(seconds(60)));
    }

    #[test]
    fn what_the_service_says_counts_and_what_is_under_way_is_taken_off() {
        let mut bucket = Bucket::new(seconds(0));
        let tickets = drain(&mut bucket, seconds(0));
        // Others have used it too.
        bucket.answered(tickets[9], Some(told(1079)), seconds(1));
        assert_eq!(bucket.left, 0);
        assert_eq!(bucket.opening(seconds(1)), Opening::OnAnswer);
        // An older answer that comes later changes nothing.
        bucket.answered(tickets[3], Some(told(1199)), seconds(1));
        assert_eq!(bucket.left, 0);
        for ticket in &tickets[10..] {
            bucket.answered(*ticket, Some(told(125)), seconds(2));
        }
        assert_eq!(drain(&mut bucket, seconds(2)).len(), 0, "eight are still under way");
        for ticket in tickets[..3].iter().chain(&tickets[4..9]) {
            bucket.answered(*ticket, None, seconds(2));
        }
        assert_eq!(bucket.under_way, 0);
    }

    #[test]
    fn after_a_whole_period_one_request_finds_out_what_is_left() {
        let mut bucket = Bucket::new(seconds(0));
        let ticket = bucket.take(seconds(0)).unwrap();
        bucket.answered(ticket, Some(told(3)), seconds(1));
        assert_eq!(bucket.opening(seconds(1)), Opening::At(seconds(61)));
        assert!(bucket.take(seconds(60)).is_none());
        let probe = bucket.take(seconds(61)).unwrap();
        assert!(bucket.take(seconds(61)).is_none(), "only one");
        bucket.answered(probe, Some(told(502)), seconds(61));
        assert_eq!(drain(&mut bucket, seconds(61)).len(), 502 - 120);
    }

    #[test]
    fn without_a_word_from_the_service_its_documentation_counts() {
        let mut bucket = Bucket::new(seconds(0));
        for ticket in drain(&mut bucket, seconds(0)) {
            bucket.answered(ticket, None, seconds(10));
        }
        assert!(bucket.take(seconds(59)).is_none());
        assert_eq!(drain(&mut bucket, seconds(60)).len(), 500);
        assert!(bucket.take(seconds(119)).is_none());
        // However long it was left alone, it is no more than full.
        assert_eq!(drain(&mut bucket, seconds(120)).len(), 500);
    }

    #[test]
    fn a_refusal_closes_it_for_as_long_as_the_service_asks() {
        for is_told in [true, false] {
            let mut bucket = Bucket::new(seconds(0));
            let first = bucket.take(seconds(0)).unwrap();
            bucket.answered(first, is_told.then(|| told(1000)), seconds(0));
            let tickets = [bucket.take(seconds(0)).unwrap(), bucket.take(seconds(0)).unwrap()];
            bucket.refused(tickets[0], Some(seconds(17)), seconds(1));
            assert_eq!(bucket.opening(seconds(1)) == Opening::OnAnswer, is_told);
            bucket.refused(tickets[1], None, seconds(1));
            assert_eq!(bucket.opening(seconds(1)), Opening::At(seconds(62)));
            let ticket = bucket.take(seconds(62)).unwrap();
            bucket.refused(ticket, Some(seconds(0)), seconds(62));
            assert!(bucket.take(seconds(62)).is_none());
            // One finds out, or else what the documentation says has been added by then.
            let more = if is_told { 1 } else { 500 - 120 };
            assert_eq!(drain(&mut bucket, seconds(63)).len(), more);
        }
    }
}
