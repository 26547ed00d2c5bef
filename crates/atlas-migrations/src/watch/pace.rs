//! How long to wait between two polls.

use std::ops::RangeInclusive;
use std::time::Duration;

/// No interval is shorter: a service is not asked in a loop.
const SHORTEST: Duration = Duration::from_millis(10);
/// No wait is longer: a hundred years, which can be added to any time of a clock.
pub(crate) const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);
/// While nothing happens, a wait is this part of how long nothing has.
const QUIET_PART: u32 = 2;
/// How much longer each wait is than the one before while polls fail.
const GROWTH: f64 = 1.5;
/// What is awaited is looked for about this often in the time that is left until then, and as often in the
/// time that it is overdue.
const LOOKS: u32 = 8;
/// A cutover takes minutes. While it is under way, a wait is this part of how long it has taken.
const CUTOVER_PART: u32 = 60;

/// The bounds of the interval between two polls of one migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    shortest: Duration,
    longest: Duration,
}

/// What the next wait depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Situation {
    /// For how long neither the status nor the readiness has changed.
    pub quiet_for: Duration,
    /// How long until something is expected to happen: readiness, or the end of the timer.
    pub until_event: Option<Duration>,
    /// For how long that has been overdue, where it is.
    pub overdue_for: Duration,
    /// How long the cutover has been under way, where it is.
    pub cutting_over_for: Option<Duration>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { shortest: Duration::from_secs(5), longest: Duration::from_secs(60) }
    }
}

impl Pace {
    pub(crate) fn new(bounds: &RangeInclusive<Duration>) -> Self {
        let shortest = (*bounds.start()).clamp(SHORTEST, LONGEST);
        Self { shortest, longest: (*bounds.end()).clamp(shortest, LONGEST) }
    }

    /// How long to wait after a poll that was answered.
    pub(crate) fn after_answer(&self, situation: Situation, random: u64) -> Duration {
        let Situation { quiet_for, until_event, overdue_for, cutting_over_for } = situation;
        let quiet = quiet_for / QUIET_PART;
        let wait = match (cutting_over_for, until_event) {
            (Some(so_far), _) => so_far / CUTOVER_PART,
            (None, Some(left)) => quiet.min(left.max(overdue_for) / LOOKS),
            (None, None) => quiet,
        };
        self.jittered(wait, random)
    }

    /// How long to wait after so many polls in a row that failed.
    pub(crate) fn after_failure(&self, failures: u32, random: u64) -> Duration {
        let factor = GROWTH.powi(i32::try_from(failures.saturating_sub(1)).unwrap_or(i32::MAX));
        let seconds = (self.shortest.as_secs_f64() * factor).min(self.longest.as_secs_f64());
        self.jittered(Duration::try_from_secs_f64(seconds).unwrap_or(self.longest), random)
    }

    /// About the same wait, within the bounds: watches that began together drift apart.
    fn jittered(&self, wait: Duration, random: u64) -> Duration {
        let wait = wait.clamp(self.shortest, self.longest);
        let least = (wait / 5 * 4).max(self.shortest);
        let most = (wait / 5).saturating_add(wait).min(self.longest);
        let spread = most.saturating_sub(least).as_nanos().saturating_mul(random.into()) >> 64;
        least.saturating_add(Duration::from_nanos(u64::try_from(spread).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: u64 = 1 << 63;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn waits(situation: Situation) -> f64 {
        Pace::default().after_answer(situation, HALF).as_secs_f64()
    }

    #[test]
    fn a_watch_slows_down_while_nothing_happens_and_hurries_when_something_is_near() {
        let quiet = |by| Situation { quiet_for: seconds(by), ..Situation::default() };
        assert!(waits(quiet(0)) < 6.0);
        assert!(waits(quiet(40)) > 15.0 && waits(quiet(40)) < 25.0);
        assert!(waits(quiet(1_000)) > 50.0 && waits(quiet(u64::MAX)) <= 60.0);

        let near = |left| Situation { until_event: Some(seconds(left)), ..quiet(1_000) };
        assert!((24.0..=26.0).contains(&waits(near(200))), "{}", waits(near(200)));
        assert!(waits(near(100_000)) > 50.0);
        assert!(waits(near(8)) < 6.0 && waits(near(0)) < 6.0);
        let overdue = |by| Situation { overdue_for: seconds(by), ..near(0) };
        assert!(waits(overdue(16)) < 6.0);
        assert!((24.0..=26.0).contains(&waits(overdue(200))));
        assert!(waits(overdue(100_000)) > 50.0);

        let cutover =
            |so_far| Situation { cutting_over_for: Some(seconds(so_far)), ..quiet(1_000) };
        assert!(waits(cutover(0)) < 6.0 && waits(cutover(300)) < 6.0);
        assert!(waits(cutover(86_400)) > 50.0);
    }

    #[test]
    fn every_wait_is_within_the_bounds_and_no_two_watches_keep_step() {
        let pace = Pace::default();
        let idle = Situation { quiet_for: seconds(1_000), ..Situation::default() };
        let mut waits = Vec::new();
        for random in (0..100).map(|part| u64::MAX / 100 * part) {
            for wait in [pace.after_answer(idle, random), pace.after_failure(3, random)] {
                assert!(wait >= seconds(5) && wait <= seconds(60), "{wait:?}");
            }
            waits.push(pace.after_answer(idle, random));
        }
        waits.dedup();
        assert_eq!(waits.len(), 100);
        assert!(waits[99].abs_diff(waits[0]) > seconds(10));
    }

    #[test]
    fn bounds_of_any_kind_are_made_sense_of() {
        let fixed = Pace::new(&(seconds(7)..=seconds(7)));
        assert_eq!(fixed.after_answer(Situation::default(), HALF), seconds(7));
        assert_eq!(fixed.after_failure(u32::MAX, u64::MAX), seconds(7));
        let reversed = Pace::new(&(seconds(9)..=seconds(2)));
        assert_eq!(reversed.after_failure(1, 0), seconds(9));
        let none = Pace::new(&(Duration::ZERO..=Duration::ZERO));
        assert_eq!(none.after_failure(1, 0), SHORTEST);
        let endless = Pace::new(&(Duration::MAX..=Duration::MAX));
        assert_eq!(endless.after_failure(9, u64::MAX), LONGEST);
        assert_eq!(endless.after_answer(Situation::default(), u64::MAX), LONGEST);
    }
}
