//! [`Deadline`]: when a ready migration expires.

use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::json;

/// How long a migration can be ready for cutover before it expires.
const EXPIRES_AFTER: Duration = Duration::from_secs(120 * 3600);

/// When a ready migration expires, as a range of instants: 120 hours after it became ready.
///
/// The service does not report when the migration became ready. It was between the last observation that found it
/// not ready and the first that found it ready. An operator can extend the time in Atlas, which the service does not
/// report either: a migration that outlives its deadline has none. The JSON is in RFC 3339.
///
/// [`Clock::now`](crate::Clock::now), which is monotonic, measures the time that has passed. The instants are relative
/// to [`observed_at`](crate::Update::observed_at), so that a change of the system time does not change the remaining
/// time. If the clock stops while the machine is suspended, both instants are too late by that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Deadline {
    /// The earliest possible instant. Unknown if the first observation found the migration ready.
    #[serde(serialize_with = "json::time")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub earliest: Option<SystemTime>,
    /// The latest possible instant.
    #[serde(serialize_with = "json::time")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub latest: SystemTime,
}

/// When a migration was ready, by the monotonic clock.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    /// The last time that it was not ready, before it first was.
    last_unready: Option<Duration>,
    /// When the current period of readiness was first observed.
    ready_since: Option<Duration>,
    was_ready: bool,
}

impl Readiness {
    /// Adds an observation that was requested at one time and received at another.
    pub(crate) fn observe(&mut self, is_ready: bool, requested: Duration, received: Duration) {
        if !is_ready {
            self.ready_since = None;
            if !self.was_ready {
                self.last_unready = Some(requested);
            }
        } else if self.ready_since.is_none() {
            self.ready_since = Some(received);
            self.was_ready = true;
        }
    }

    pub(crate) fn was_ready(&self) -> bool {
        self.was_ready
    }

    /// Returns when a ready migration expires, given the monotonic time and the system time of the same instant.
    pub(crate) fn deadline(&self, now: Duration, wall: SystemTime) -> Option<Deadline> {
        let left = |since| EXPIRES_AFTER.checked_sub(now.saturating_sub(since));
        let latest = wall.checked_add(left(self.ready_since?)?)?;
        let earliest = self.last_unready.map(|time| left(time).unwrap_or_default());
        Some(Deadline { earliest: earliest.and_then(|left| wall.checked_add(left)), latest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOURS_120: u64 = 432_000;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn wall(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// Observations that take no time.
    fn readiness(looks: impl IntoIterator<Item = (bool, u64)>) -> Readiness {
        let mut readiness = Readiness::default();
        for (is_ready, time) in looks {
            readiness.observe(is_ready, seconds(time), seconds(time));
        }
        readiness
    }

    #[test]
    fn the_deadline_is_relative_to_the_last_unready_and_the_first_ready_observation() {
        let mut readiness = readiness([(false, 100), (false, 200)]);
        assert_eq!(readiness.deadline(seconds(201), wall(201)), None);
        readiness.observe(true, seconds(260), seconds(263));
        readiness.observe(true, seconds(300), seconds(301));
        let deadline = readiness.deadline(seconds(301), wall(301)).unwrap();
        assert_eq!(deadline.earliest, Some(wall(200 + HOURS_120)));
        assert_eq!(deadline.latest, wall(263 + HOURS_120));
    }

    #[test]
    fn a_migration_that_was_always_ready_has_only_a_latest_deadline() {
        let readiness = readiness([(true, 11)]);
        let deadline = readiness.deadline(seconds(12), wall(12)).unwrap();
        assert_eq!((deadline.earliest, deadline.latest), (None, wall(11 + HOURS_120)));
    }

    /// The service may count from the first or from the second time that it became ready.
    #[test]
    fn becoming_ready_again_widens_the_deadline() {
        let looks = [(false, 1), (true, 2), (false, 3), (true, 4)];
        for seen in 1..=looks.len() {
            let (is_ready, time) = looks[seen - 1];
            let readiness = readiness(looks.into_iter().take(seen));
            assert_eq!(readiness.deadline(seconds(time), wall(time)).is_some(), is_ready);
        }
        let deadline = readiness(looks).deadline(seconds(5), wall(5)).unwrap();
        assert_eq!(deadline.earliest, Some(wall(1 + HOURS_120)));
        assert_eq!(deadline.latest, wall(4 + HOURS_120));
    }

    #[test]
    fn a_migration_that_outlives_its_deadline_has_none() {
        let readiness = readiness([(true, 0)]);
        assert!(readiness.deadline(seconds(HOURS_120), wall(0)).is_some());
        assert!(readiness.deadline(seconds(HOURS_120 + 1), wall(0)).is_none());
    }

    #[test]
    fn the_earliest_deadline_is_not_before_now() {
        let readiness = readiness([(false, 0), (true, 50)]);
        let deadline = readiness.deadline(seconds(HOURS_120 + 20), wall(7)).unwrap();
        assert_eq!((deadline.earliest, deadline.latest), (Some(wall(7)), wall(7 + 30)));
    }

    #[test]
    fn a_change_of_the_system_time_does_not_change_the_remaining_time() {
        let readiness = readiness([(false, 0), (true, 100)]);
        for (now, wall_clock) in [(200, 1_000_000), (200, 1_000_000 - 25 * 3600), (200, 2_000_000)]
        {
            let wall_clock = wall(wall_clock);
            let deadline = readiness.deadline(seconds(now), wall_clock).unwrap();
            let left = |at: SystemTime| at.duration_since(wall_clock).unwrap();
            assert_eq!(left(deadline.earliest.unwrap()), seconds(HOURS_120 - 200));
            assert_eq!(left(deadline.latest), seconds(HOURS_120 - 100));
        }
    }
}
