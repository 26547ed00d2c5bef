//! [`RetryClock`]: the clock of a client that is told to stop between two attempts.

use std::pin::Pin;
use std::time::{Duration, SystemTime};

use atlas_client_core::SystemClock;
use atlas_migrations::Clock;

use super::plan::{Step, end, plan};

/// The system's time. A client sleeps by it between two attempts of a call, and no attempt begins once the
/// program was told to stop.
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
            let _pause = Pause::begin();
            self.0.sleep(duration).await;
        })
    }

    fn random(&self) -> u64 {
        self.0.random()
    }
}

/// While this is there, the program is between two attempts of what is being sent, where it sends anything.
struct Pause;

impl Pause {
    fn begin() -> Self {
        let mut plan = plan();
        plan.step = match std::mem::replace(&mut plan.step, Step::NothingSent) {
            Step::Sending(words) => Step::BetweenAttempts(words),
            other => other,
        };
        if plan.told > 0 && matches!(plan.step, Step::BetweenAttempts(_)) {
            end(plan);
        }
        Self
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        let mut plan = plan();
        plan.step = match std::mem::replace(&mut plan.step, Step::NothingSent) {
            Step::BetweenAttempts(words) => Step::Sending(words),
            other => other,
        };
    }
}
