//! [`Clock`]: the source of time and of random numbers. Tests replace it.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// The source of time and of random numbers of a [`Transport`](crate::Transport).
///
/// [`SystemClock`] is the real one. A test uses [`ManualClock`], or its own, and does not wait.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Returns the time since some fixed moment. It never decreases.
    fn now(&self) -> Duration;

    /// Returns the time of day.
    fn wall(&self) -> SystemTime;

    /// Waits for this long.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// Returns an unpredictable number.
    fn random(&self) -> u64;
}

/// The machine's clock and random number generator. Sleeps on tokio's timer.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        match getrandom::getrandom(&mut bytes) {
            Ok(()) => u64::from_ne_bytes(bytes),
            // Where this fails, TLS fails first. Only the digest's client nonce needs numbers that
            // cannot be guessed.
            Err(_) => u64::try_from(self.start.elapsed().as_nanos()).unwrap_or_default(),
        }
    }
}

/// Ten thousand years. Every system can represent a time of day this far in the future.
const LONGEST_WALL_TIME: Duration = Duration::from_secs(10_000 * 365 * 24 * 60 * 60);

/// A clock for tests: a sleep advances it and returns at once.
///
/// ```
/// use std::time::Duration;
/// use atlas_client_core::{Clock, ManualClock};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let clock = ManualClock::default();
/// clock.sleep(Duration::from_secs(60)).await;
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(clock.now(), Duration::from_secs(61));
/// assert_eq!(clock.slept(), [Duration::from_secs(60)]);
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct ManualClock(Arc<Mutex<ManualClockState>>);

#[derive(Debug, Default)]
struct ManualClockState {
    now: Duration,
    slept: Vec<Duration>,
    random: u64,
}

impl ManualClock {
    /// Advances the clock. It stops at [`Duration::MAX`].
    pub fn advance(&self, duration: Duration) {
        let mut state = self.state();
        state.now = state.now.saturating_add(duration);
    }

    /// Returns the duration of every sleep so far.
    pub fn slept(&self) -> Vec<Duration> {
        self.state().slept.clone()
    }

    fn state(&self) -> MutexGuard<'_, ManualClockState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        self.state().now
    }

    /// Starts on a day in 2026 and stops after ten thousand years.
    fn wall(&self) -> SystemTime {
        let since_start = self.now().min(LONGEST_WALL_TIME);
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000) + since_start
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            self.advance(duration);
            self.state().slept.push(duration);
            // Other tasks run here, as they do during a real sleep.
            tokio::task::yield_now().await;
        })
    }

    /// Returns the same sequence each time, spread over the whole range.
    fn random(&self) -> u64 {
        let mut state = self.state();
        state.random = state.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        state.random
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_clock_accepts_any_duration() {
        let clock = ManualClock::default();
        for _ in 0..2 {
            clock.advance(Duration::MAX);
            clock.sleep(Duration::MAX).await;
        }
        assert_eq!(clock.now(), Duration::MAX);
        assert!(clock.wall() > SystemTime::UNIX_EPOCH + LONGEST_WALL_TIME);
        let system = SystemClock::default();
        tokio::select! {
            () = system.sleep(Duration::MAX) => panic!("the sleep ended"),
            () = std::future::ready(()) => {}
        }
    }
}
