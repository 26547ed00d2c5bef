//! Extreme intervals, timeouts and waits.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use atlas_migrations::{LiveMigrationStatus, PollInterval, WatchOptions};
use atlas_simulator::{Fault, LiveMigration, Scenario, Timeline};

use crate::shared_clock::SharedClock;
use crate::watch::{next, seconds, watch, world};

const OTHER: &str = "6296fb4c7c7aa997cf94e9a9";

/// Longer than any test advances a clock.
const NEVER: Duration = Duration::from_secs(50 * 365 * 86_400);

#[tokio::test]
async fn extreme_intervals_neither_spin_nor_overflow() {
    let shortest = Duration::from_millis(10);
    let longest = Duration::from_secs(100 * 365 * 86_400);
    for (interval, least) in [
        (shortest..=shortest, shortest),
        (shortest..=longest, shortest),
        (longest..=longest, NEVER),
    ] {
        let options = WatchOptions::new()
            .poll_interval(PollInterval::new(interval.clone()).unwrap())
            .error_timeout(Duration::MAX)
            .emit_unchanged(true);
        for fleet in [false, true] {
            let world = world(Timeline { new_seconds: 315_360_000, ..Timeline::default() }).await;
            if fleet {
                let fleet = world.client.fleet().with([(world.group, world.id)]).options(options);
                let fleet = fleet.concurrency(NonZeroUsize::MAX).polls_per_minute(NonZeroU32::MAX);
                let mut updates = fleet.updates();
                for _ in 0..2 {
                    updates.next().await.unwrap().unwrap();
                }
            } else {
                let mut updates = watch(&world).options(options).updates();
                for _ in 0..2 {
                    next(&mut updates).await;
                }
            }
            let polls = world.control().requests();
            assert_eq!(polls.len(), 2);
            let gap = polls[1].at().abs_diff(polls[0].at());
            assert!(gap >= least, "{interval:?} {fleet}: {gap:?}");
        }
    }
}

#[tokio::test]
async fn an_endless_retry_after_of_one_migration_does_not_stop_the_others() {
    let mut scenario = Scenario::default();
    let other = LiveMigration { id: OTHER.to_owned(), ..LiveMigration::default() };
    scenario.projects[0].live_migrations.push(other);
    let (world, _) = SharedClock::world(scenario, "bearer token", |client| client).await;
    let other = OTHER.parse().unwrap();
    let mut fleet = world.client.fleet().concurrency(NonZeroUsize::MIN).updates();
    fleet.add((world.group, world.id));
    fleet.add((world.group, other));
    for _ in 0..2 {
        fleet.next().await.unwrap().unwrap();
    }
    let before = world.control().now();
    world.next(1, Fault::RateLimited { retry_after: Some(u64::MAX) });
    let error = fleet.next().await.unwrap().unwrap_err();
    assert!(error.is_final());
    let update = fleet.next().await.unwrap().unwrap();
    assert_ne!(update.migration, error.migration());
    assert_eq!(update.job.status, Some(LiveMigrationStatus::Working));
    let took = world.control().now().abs_diff(before);
    assert!(took < seconds(3_600), "{took:?}");
}
