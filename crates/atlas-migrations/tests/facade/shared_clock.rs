//! A clock that a client and its simulator share. A sleep of the client advances both at once.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use atlas_migrations::{ClientBuilder, Clock, FleetHandle, ManualClock};
use atlas_simulator::{Control, Scenario};

use crate::world::World;

#[derive(Clone, Debug, Default)]
pub struct SharedClock {
    hand: ManualClock,
    control: Arc<OnceLock<Control>>,
    /// Time stops while this fleet has polls in flight.
    fleet: Arc<OnceLock<FleetHandle>>,
}

impl SharedClock {
    /// Returns a world with a shared clock.
    pub async fn world(
        scenario: Scenario,
        kind: &str,
        set_up: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> (World, Self) {
        let time = Self::default();
        let clock = time.clone();
        let mut world = World::of(scenario, kind, |client| set_up(client.clock(clock))).await;
        world.clock = time.hand.clone();
        time.control.set(world.control()).unwrap();
        (world, time)
    }

    /// Stops time while the fleet has polls in flight.
    pub fn stands_still_for(&self, fleet: FleetHandle) {
        self.fleet.set(fleet).unwrap();
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Duration {
        self.hand.now()
    }

    fn wall(&self) -> SystemTime {
        self.hand.wall()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            // Other tasks run, as they would during a real sleep.
            tokio::task::yield_now().await;
            let is_busy = || self.fleet.get().is_some_and(|fleet| fleet.stats().in_flight > 0);
            // The response to a poll wakes the fleet, which polls this future again.
            poll_fn(|_| if is_busy() { Poll::Pending } else { Poll::Ready(()) }).await;
            self.hand.advance(duration);
            self.control.get().unwrap().advance(duration).unwrap();
        })
    }

    fn random(&self) -> u64 {
        self.hand.random()
    }
}
