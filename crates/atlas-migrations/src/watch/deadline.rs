//! [`Deadline`]: when the time to cut over runs out.

use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::json;

/// How long a migration may be ready for cutover before it expires.
const READY_FOR: Duration = Duration::from_secs(120 * 3600);

/// Between which instants the 120 hours run out in which a ready migration can be cut over.
///
/// The service does not say when they began. They did between the last observation that found the migration
/// not ready and the first that found it ready. Its operator can extend them on Atlas, which the service
/// does not say either: once a migration has outlived its deadline, none is known. As JSON the instants are
/// in RFC 3339.
///
/// The time that has passed is measured by [`Clock::now`](crate::Clock::now), which is monotonic, and the instants
/// are counted from [`observed_at`](super::Update::observed_at). Setting the time of day does not change the time
/// that is left. Where the clock does not count the time in which the machine is suspended, both instants are later
/// than the truth by that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Deadline {
    /// Not before; unknown where the migration was ready when it was first seen.
    #[serde(serialize_with = "json::time")]
    pub earliest: Option<SystemTime>,
    /// Not after.
    #[serde(serialize_with = "json::time")]
    pub latest: SystemTime,
}

/// What was seen of a migration's readiness, by the monotonic clock.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    /// When it certainly was not ready, before it first was.
    not_yet: Option<Duration>,
    /// When it was first found ready, of the times that it was found so without a break.
    since: Option<Duration>,
    was_ready: bool,
}

impl Readiness {
    /// Takes in an observation that was asked for at one time and answered at another.
    pub(crate) fn observe(&mut self, is_ready: bool, asked: Duration, answered: Duration) {
        if !is_ready {
            self.since = None;
            if !self.was_ready {
                self.not_yet = Some(asked);
            }
        } else if self.since.is_none() {
            self.since = Some(answered);
            self.was_ready = true;
        }
    }

    pub(crate) fn was_ready(&self) -> bool {
        self.was_ready
    }

    /// When the time of a ready migration runs out, as of an instant of the clock and the time of day then.
    pub(crate) fn deadline(&self, now: Duration, wall: SystemTime) -> Option<Deadline> {
        let left = |since| READY_FOR.checked_sub(now.saturating_sub(since));
        let latest = wall.checked_add(left(self.since?)?)?;
        let earliest = self.not_yet.map(|time| left(time).unwrap_or_default());
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

    /// Looks that take no time.
    fn readiness(looks: impl IntoIterator<Item = (bool, u64)>) -> Readiness {
        let mut readiness = Readiness::default();
        for (is_ready, time) in looks {
            readiness.observe(is_ready, seconds(time), seconds(time));
        }
        readiness
    }

    #[test]
    fn the_deadline_lies_between_what_was_seen_last_and_first() {
        let mut readiness = readiness([(false, 100), (false, 200)]);
        assert_eq!(readiness.deadline(seconds(201), wall(201)), None);
        readiness.observe(true, seconds(260), seconds(263));
        readiness.observe(true, seconds(300), seconds(301));
        let deadline = readiness.deadline(seconds(301), wall(301)).unwrap();
        assert_eq!(deadline.earliest, Some(wall(200 + HOURS_120)));
        assert_eq!(deadline.latest, wall(263 + HOURS_120));
    }

    #[test]
    fn of_one_that_was_ready_from_the_first_only_the_latest_is_known() {
        let readiness = readiness([(true, 11)]);
        let deadline = readiness.deadline(seconds(12), wall(12)).unwrap();
        assert_eq!((deadline.earliest, deadline.latest), (None, wall(11 + HOURS_120)));
    }

    /// The timer may have gone on from the first readiness, or begun anew with the second.
    #[test]
    fn a_readiness_that_comes_back_widens_the_deadline() {
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
    fn a_deadline_that_was_outlived_is_none() {
        let readiness = readiness([(true, 0)]);
        assert!(readiness.deadline(seconds(HOURS_120), wall(0)).is_some());
        assert!(readiness.deadline(seconds(HOURS_120 + 1), wall(0)).is_none());
    }

    #[test]
    fn what_can_no_longer_be_before_now_is_not_before_now() {
        let readiness = readiness([(false, 0), (true, 50)]);
        let deadline = readiness.deadline(seconds(HOURS_120 + 20), wall(7)).unwrap();
        assert_eq!((deadline.earliest, deadline.latest), (Some(wall(7)), wall(7 + 30)));
    }

    #[test]
    fn a_time_of_day_that_is_set_back_or_forward_leaves_the_time_that_is_left() {
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
