//! [`SpedUpClock`]: a clock for a client that runs as fast as the clock of a simulator.

use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

use atlas_migrations::Clock;

/// The time of the machine, multiplied by a factor.
#[derive(Clone, Copy, Debug)]
pub struct SpedUpClock {
    factor: u32,
    start: Instant,
    wall: SystemTime,
}

impl SpedUpClock {
    /// Returns a clock that is faster by a factor of at least 1.
    pub fn new(factor: u32) -> Self {
        Self { factor: factor.max(1), start: Instant::now(), wall: SystemTime::now() }
    }
}

impl Clock for SpedUpClock {
    fn now(&self) -> Duration {
        self.start.elapsed().saturating_mul(self.factor)
    }

    fn wall(&self) -> SystemTime {
        self.wall.checked_add(self.now()).unwrap_or(self.wall)
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(duration / self.factor))
    }

    fn random(&self) -> u64 {
        RandomState::new().hash_one(self.start)
    }
}
