//! Intervals, timeouts and waits at the limits of a duration.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use atlas_migrations::LiveMigrationStatus;
use atlas_simulator::{Fault, LiveMigration, Scenario, Timeline};

use crate::shared_clock::SharedClock;
use crate::watch::{next, seconds, watch, world};

const OTHER: &str = "6296fb4c7c7aa997cf94e9a9";

/// Longer than any test advances a clock.
const NEVER: Duration = Duration::from_secs(50 * 365 * 86_400);

#[tokio::test]
async fn intervals_of_any_kind_neither_spin_nor_overflow() {
    let shortest = Duration::from_millis(10);
    for (interval, least) in [
        (Duration::ZERO..=Duration::ZERO, shortest),
        (Duration::ZERO..=Duration::MAX, shortest),
        (Duration::MAX..=Duration::MAX, NEVER),
        (Duration::MAX..=Duration::ZERO, NEVER),
    ] {
        for fleet in [false, true] {
            let world = world(Timeline { new_seconds: 315_360_000, ..Timeline::default() }).await;
            let patience = Duration::MAX;
            if fleet {
                let fleet = world.client.fleet().interval(interval.clone()).patience(patience);
                let fleet = fleet.concurrency(NonZeroUsize::MAX).polls_per_minute(NonZeroU32::MAX);
                let mut updates = fleet.each_poll(true).updates();
                updates.join(&world.group, &world.id);
                for _ in 0..2 {
                    updates.next().await.unwrap().1.unwrap();
                }
            } else {
                let watch = watch(&world).interval(interval.clone()).patience(patience);
                let mut updates = watch.each_poll(true).updates();
                for _ in 0..2 {
                    next(&mut updates).await;
                }
            }
            // The longest wait ends.
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
    fleet.join(&world.group, &world.id);
    fleet.join(&world.group, &other);
    for _ in 0..2 {
        fleet.next().await.unwrap().1.unwrap();
    }
    let before = world.control().now();
    world.next(1, Fault::RateLimited { retry_after: Some(u64::MAX) });
    let (refused, error) = fleet.next().await.unwrap();
    assert!(error.unwrap_err().is_final());
    let (key, update) = fleet.next().await.unwrap();
    assert_ne!(key, refused);
    assert_eq!(update.unwrap().job.status, Some(LiveMigrationStatus::Working));
    let took = world.control().now().abs_diff(before);
    assert!(took < seconds(3_600), "{took:?}");
}
