//! A clock that tests set.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use atlas_migrations_journal::Clock;

pub const START_MS: i64 = 1_800_000_000_000;

#[derive(Debug, Default)]
pub struct ManualClock {
    passed_ms: AtomicU64,
}

impl ManualClock {
    pub fn pass(&self, time: Duration) {
        self.passed_ms.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn since_boot(&self) -> Duration {
        Duration::from_hours(1) + Duration::from_millis(self.passed_ms.load(Ordering::SeqCst))
    }

    fn wall_ms(&self) -> i64 {
        START_MS + i64::try_from(self.passed_ms.load(Ordering::SeqCst)).unwrap()
    }
}
