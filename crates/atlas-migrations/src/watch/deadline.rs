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

/// What was seen of a migration's readiness.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    /// When it certainly was not ready, before it first was.
    not_yet: Option<SystemTime>,
    /// When it was first found ready, of the times that it was found so without a break.
    since: Option<SystemTime>,
    was_ready: bool,
}

impl Readiness {
    /// Takes in an observation that was asked for at one time and answered at another.
    pub(crate) fn observe(&mut self, is_ready: bool, asked: SystemTime, answered: SystemTime) {
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

    /// When the time runs out of a migration that is ready now.
    pub(crate) fn deadline(&self, now: SystemTime) -> Option<Deadline> {
        let latest = self.since?.checked_add(READY_FOR)?;
        let earliest = self.not_yet.and_then(|time| time.checked_add(READY_FOR));
        (now <= latest).then_some(Deadline { earliest, latest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    const HOURS_120: u64 = 432_000;

    #[test]
    fn the_deadline_lies_between_what_was_seen_last_and_first() {
        let mut readiness = Readiness::default();
        readiness.observe(false, at(100), at(101));
        readiness.observe(false, at(200), at(201));
        assert_eq!(readiness.deadline(at(201)), None);
        readiness.observe(true, at(260), at(263));
        readiness.observe(true, at(300), at(301));
        let deadline = readiness.deadline(at(301)).unwrap();
        assert_eq!(deadline.earliest, Some(at(200 + HOURS_120)));
        assert_eq!(deadline.latest, at(263 + HOURS_120));
    }

    #[test]
    fn of_one_that_was_ready_from_the_first_only_the_latest_is_known() {
        let mut readiness = Readiness::default();
        readiness.observe(true, at(10), at(11));
        let deadline = readiness.deadline(at(12)).unwrap();
        assert_eq!((deadline.earliest, deadline.latest), (None, at(11 + HOURS_120)));
    }

    /// The timer may have gone on from the first readiness, or begun anew with the second.
    #[test]
    fn a_readiness_that_comes_back_widens_the_deadline() {
        let mut readiness = Readiness::default();
        for (is_ready, time) in [(false, 1), (true, 2), (false, 3), (true, 4)] {
            readiness.observe(is_ready, at(time), at(time));
            assert_eq!(readiness.deadline(at(time)).is_some(), is_ready);
        }
        let deadline = readiness.deadline(at(5)).unwrap();
        assert_eq!(deadline.earliest, Some(at(1 + HOURS_120)));
        assert_eq!(deadline.latest, at(4 + HOURS_120));
    }

    #[test]
    fn a_deadline_that_was_outlived_is_none() {
        let mut readiness = Readiness::default();
        readiness.observe(true, at(0), at(0));
        assert!(readiness.deadline(at(HOURS_120)).is_some());
        assert!(readiness.deadline(at(HOURS_120 + 1)).is_none());
    }
}
