//! The difference between the local clock and that of the service.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use http::{HeaderMap, header::DATE};

/// The smallest difference that the responses so far allow.
#[derive(Debug, Default)]
pub(super) struct ServerClock(Mutex<Option<Duration>>);

impl ServerClock {
    /// Takes the `Date` header of a response to a request that was sent and answered at these local times.
    pub(super) fn observe(&self, headers: &HeaderMap, sent: SystemTime, received: SystemTime) {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else { return };
        // The header has whole seconds, so the service's time is up to a second later.
        let early = sent.duration_since(date + Duration::from_secs(1)).unwrap_or_default();
        let late = date.duration_since(received).unwrap_or_default();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let difference = early.max(late);
        *known = Some(known.map_or(difference, |known| known.min(difference)));
    }

    /// Returns the difference. None without a response.
    pub(super) fn difference(&self) -> Option<Duration> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_request_and_whole_seconds_are_no_difference() {
        let at =
            |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000 + seconds);
        for (date, sent, received, difference) in [
            (100, 100, 100, 0),
            (100, 101, 101, 0),
            (100, 102, 102, 1),
            // A slow response says little.
            (100, 40, 160, 0),
            (100, 90, 95, 5),
            (100, 161, 170, 60),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, httpdate::fmt_http_date(at(date)).parse().unwrap());
            let clock = ServerClock::default();
            clock.observe(&headers, at(sent), at(received));
            assert_eq!(clock.difference(), Some(Duration::from_secs(difference)), "{date} {sent}");
            // The best response counts.
            clock.observe(&headers, at(date), at(date));
            assert_eq!(clock.difference(), Some(Duration::ZERO));
        }
        let clock = ServerClock::default();
        clock.observe(&HeaderMap::new(), at(0), at(0));
        assert_eq!(clock.difference(), None);
    }
}
