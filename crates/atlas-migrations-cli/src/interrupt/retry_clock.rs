//! [`RetryClock`]: a clock that lets signals end the program between two attempts of a request.

use std::pin::Pin;
use std::time::{Duration, SystemTime};

use atlas_client_core::SystemClock;
use atlas_migrations::Clock;

use super::state::RetryPause;

/// The system time. The client sleeps by this clock between two attempts; after a signal, no further attempt is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct RetryClock(SystemClock);

impl Clock for RetryClock {
    fn now(&self) -> Duration {
        self.0.now()
    }

    fn wall(&self) -> SystemTime {
        self.0.wall()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let _pause = RetryPause::begin();
            self.0.sleep(duration).await;
        })
    }

    fn random(&self) -> u64 {
        self.0.random()
    }
}
