//! The status of a migration: a pure function of its timeline, its events, and the time.

use std::time::Duration;

use crate::scenario::{Scenario, Timeline};

/// What was done to a migration, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Events {
    pub(super) cut_over_at: Option<Duration>,
    pub(super) failed_at: Option<Duration>,
}

/// A migration's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    New,
    Working,
    Complete,
    Failed,
    Expired,
}

impl Status {
    /// Returns the status as in JSON.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Working => "WORKING",
            Self::Complete => "COMPLETE",
            Self::Failed => "FAILED",
            Self::Expired => "EXPIRED",
        }
    }

    /// Returns whether the status never changes again.
    pub(super) const fn is_terminal(self) -> bool {
        matches!(self, Self::Complete | Self::Failed | Self::Expired)
    }
}

/// The visible state of a migration at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) status: Status,
    pub(crate) lag_seconds: Option<u64>,
    pub(crate) ready_for_cutover: bool,
}

impl Snapshot {
    const fn without_lag(status: Status) -> Self {
        Self { status, lag_seconds: None, ready_for_cutover: false }
    }
}

/// Returns the state at the age `now`. Of two possible ends the earlier one counts.
pub(super) fn snapshot(timeline: &Timeline, events: &Events, now: Duration) -> Snapshot {
    let replicating = seconds(timeline.new_seconds);
    let ready = replicating.saturating_add(seconds(timeline.replication_seconds));
    let (end, status) = end(timeline, events, ready);
    if now >= end {
        Snapshot::without_lag(status)
    } else if now < replicating {
        Snapshot::without_lag(Status::New)
    } else if events.cut_over_at.is_some_and(|at| now >= at) {
        Snapshot::without_lag(Status::Working)
    } else {
        Snapshot {
            status: Status::Working,
            lag_seconds: Some(lag(timeline, now.saturating_sub(replicating))),
            ready_for_cutover: now >= ready,
        }
    }
}

/// Returns when the migration ends, and with which status.
fn end(timeline: &Timeline, events: &Events, ready: Duration) -> (Duration, Status) {
    let completion = |at: Duration| at.saturating_add(seconds(timeline.cutover_seconds));
    let expiry = ready.saturating_add(seconds(timeline.expires_after_ready_seconds));
    let regular = events
        .cut_over_at
        .map_or((expiry, Status::Expired), |at| (completion(at), Status::Complete));
    let planned = timeline.fails_after_seconds.map(seconds);
    match planned.into_iter().chain(events.failed_at).min() {
        Some(failure) if failure <= regular.0 => (failure, Status::Failed),
        _ => regular,
    }
}

/// Returns the lag, which decreases linearly from the initial value to zero.
fn lag(timeline: &Timeline, replicating_for: Duration) -> u64 {
    let total = u128::from(timeline.replication_seconds) * 1000;
    let left = total.saturating_sub(replicating_for.as_millis());
    // It is only too large in scenarios that are refused.
    let lag = u128::from(timeline.initial_lag_seconds).saturating_mul(left).checked_div(total);
    lag.and_then(|lag| u64::try_from(lag).ok()).unwrap_or(0)
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl Scenario {
    /// Returns the id of the first project's first migration that is ready for cutover from the
    /// start, if there is one.
    pub fn ready_live_migration_id(&self) -> Option<&str> {
        let mut migrations = self.projects.first()?.live_migrations.iter();
        let ready = migrations.find(|migration| {
            let age = seconds(migration.began_seconds_ago);
            snapshot(&migration.timeline, &Events::default(), age).ready_for_cutover
        });
        ready.map(|migration| migration.id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{LiveMigration, Project};

    const TIMELINE: Timeline = Timeline {
        new_seconds: 10,
        initial_lag_seconds: 300,
        replication_seconds: 100,
        cutover_seconds: 30,
        expires_after_ready_seconds: 432_000,
        fails_after_seconds: None,
    };

    fn at(now: u64, events: Events) -> Snapshot {
        snapshot(&TIMELINE, &events, seconds(now))
    }

    fn working(lag: u64, ready: bool) -> Snapshot {
        Snapshot { status: Status::Working, lag_seconds: Some(lag), ready_for_cutover: ready }
    }

    #[test]
    fn an_untouched_migration_is_new_then_working_then_ready_then_expired() {
        let events = Events::default();
        assert_eq!(at(0, events), Snapshot::without_lag(Status::New));
        assert_eq!(at(9, events), Snapshot::without_lag(Status::New));
        assert_eq!(at(10, events), working(300, false));
        assert_eq!(at(60, events), working(150, false));
        assert_eq!(at(109, events), working(3, false));
        assert_eq!(at(110, events), working(0, true));
        assert_eq!(at(432_109, events), working(0, true));
        assert_eq!(at(432_110, events), Snapshot::without_lag(Status::Expired));
        assert_eq!(at(9_999_999, events), Snapshot::without_lag(Status::Expired));
    }

    #[test]
    fn the_lag_never_increases() {
        let mut before = u64::MAX;
        for milliseconds in (10_000..120_000).step_by(37) {
            let now = Duration::from_millis(milliseconds);
            let lag = snapshot(&TIMELINE, &Events::default(), now).lag_seconds.unwrap();
            assert!(lag <= before, "{lag} after {before} at {now:?}");
            before = lag;
        }
        assert_eq!(before, 0);
    }

    #[test]
    fn a_cutover_hides_the_lag_and_completes_even_after_the_expiry() {
        let events = Events { cut_over_at: Some(seconds(432_100)), failed_at: None };
        assert_eq!(at(432_099, events), working(0, true));
        assert_eq!(at(432_100, events), Snapshot::without_lag(Status::Working));
        assert_eq!(at(432_129, events), Snapshot::without_lag(Status::Working));
        assert_eq!(at(432_130, events), Snapshot::without_lag(Status::Complete));
        assert_eq!(at(9_999_999, events), Snapshot::without_lag(Status::Complete));
    }

    #[test]
    fn a_failure_ends_any_stage_and_nothing_follows_it() {
        for (cut_over_at, failed_at) in
            [(None, 0), (None, 50), (None, 200), (Some(seconds(200)), 210)]
        {
            let events = Events { cut_over_at, failed_at: Some(seconds(failed_at)) };
            assert_eq!(at(failed_at, events), Snapshot::without_lag(Status::Failed));
            assert_eq!(at(9_999_999, events), Snapshot::without_lag(Status::Failed));
        }
        let events = Events { cut_over_at: None, failed_at: Some(seconds(50)) };
        assert_eq!(at(49, events), working(183, false));
    }

    #[test]
    fn a_planned_failure_does_not_undo_an_earlier_completion() {
        let timeline = Timeline { fails_after_seconds: Some(500), ..TIMELINE };
        let events = Events { cut_over_at: Some(seconds(200)), failed_at: None };
        let status = |events, now| snapshot(&timeline, &events, seconds(now)).status;
        assert_eq!(status(events, 600), Status::Complete);
        assert_eq!(status(Events::default(), 499), Status::Working);
        assert_eq!(status(Events::default(), 500), Status::Failed);
    }

    #[test]
    fn no_timeline_overflows() {
        let timeline = Timeline {
            new_seconds: 1,
            initial_lag_seconds: u64::MAX,
            replication_seconds: u64::MAX,
            cutover_seconds: u64::MAX,
            expires_after_ready_seconds: u64::MAX,
            fails_after_seconds: Some(u64::MAX),
        };
        for now in [0, 1, 2, u64::MAX - 1, u64::MAX] {
            let events = Events { cut_over_at: Some(seconds(now)), failed_at: None };
            for events in [Events::default(), events] {
                snapshot(&timeline, &events, seconds(now));
            }
        }
        let scenario = Scenario {
            projects: vec![Project {
                live_migrations: vec![LiveMigration {
                    began_seconds_ago: u64::MAX,
                    timeline,
                    ..LiveMigration::default()
                }],
                ..Project::default()
            }],
            ..Scenario::default()
        };
        assert!(scenario.validate().is_err());
        // It can be called before the scenario is validated.
        scenario.ready_live_migration_id();
    }

    #[test]
    fn an_empty_timeline_is_ready_at_once() {
        let timeline = Timeline { new_seconds: 0, replication_seconds: 0, ..TIMELINE };
        let now = snapshot(&timeline, &Events::default(), Duration::ZERO);
        assert_eq!(now, working(0, true));
    }
}
