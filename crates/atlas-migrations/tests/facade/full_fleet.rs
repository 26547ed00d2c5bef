//! A fleet with as many polls in flight as it may have.

use std::future::pending;
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::{Duration, SystemTime};

use atlas_migrations::{ClientBuilder, Clock, LiveMigrationId, LiveMigrationRef, ManualClock};
use atlas_simulator::{Fault, FaultRule, LiveMigration, Scenario};

use crate::world::World;

/// A clock that stands still and counts the sleeps.
#[derive(Clone, Debug, Default)]
struct SleepCounter(ManualClock, Arc<AtomicUsize>);

impl Clock for SleepCounter {
    fn now(&self) -> Duration {
        self.0.now()
    }

    fn wall(&self) -> SystemTime {
        self.0.wall()
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.1.fetch_add(1, Ordering::SeqCst);
        Box::pin(pending())
    }

    fn random(&self) -> u64 {
        self.0.random()
    }
}

/// The bug: once another migration is due, its sleep ends at once, again and again, and a core is busy until the service
/// responds.
#[tokio::test]
async fn a_full_fleet_waits_for_the_end_of_a_poll_and_not_for_the_time_of_the_next() {
    let ids = ["1", "2"].map(|digit| digit.repeat(24));
    let mut scenario = Scenario::default();
    scenario.projects[0].live_migrations =
        ids.clone().map(|id| LiveMigration { id, ..LiveMigration::default() }).to_vec();
    let clock = SleepCounter::default();
    let set_up = |client: ClientBuilder| client.clock(clock.clone());
    let world = World::of(scenario, "bearer token", set_up).await;
    world.control().inject(FaultRule::new(Fault::StallHeaders).on_path(&ids[1]));
    let [first, second] = ids.map(|id| {
        let id: LiveMigrationId = id.parse().unwrap();
        LiveMigrationRef::new(world.group, id)
    });
    let fleet = world.client.fleet().with([first, second]).concurrency(NonZeroUsize::MIN);
    let mut fleet = fleet.updates();
    assert_eq!(fleet.next().await.unwrap().unwrap().migration, first);
    {
        let mut next = pin!(fleet.next());
        assert!(next.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!((fleet.stats().watched, fleet.stats().in_flight), (2, 1));
    assert_eq!(clock.1.load(Ordering::SeqCst), 0);
}
