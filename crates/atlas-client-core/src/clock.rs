//! [`Clock`]: time and chance, which tests bring their own of.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Time and chance, as a [`Transport`](crate::Transport) uses them for its waits, its deadlines and the
/// age of what it keeps. [`SystemClock`] is the real one; a test brings its own and need not wait.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time since some fixed moment. Never goes back.
    fn now(&self) -> Duration;

    /// The time of day.
    fn wall(&self) -> SystemTime;

    /// Ends when this much time has passed.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// A number that nobody can guess.
    fn random(&self) -> u64;
}

/// The machine's own time and chance. Sleeps on tokio's timer.
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
            // Never seen on a platform with TLS, which would fail first. The digest's client nonce,
            // the only use that is about guessing, loses its protection then, and nothing else.
            Err(_) => u64::try_from(self.start.elapsed().as_nanos()).unwrap_or_default(),
        }
    }
}

/// Ten thousand years, which every system's time of day has room for.
const LONGEST_WALL_TIME: Duration = Duration::from_secs(10_000 * 365 * 24 * 60 * 60);

/// A clock for tests: a sleep moves it on and ends at once.
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
pub struct ManualClock(Arc<Mutex<Hand>>);

#[derive(Debug, Default)]
struct Hand {
    now: Duration,
    slept: Vec<Duration>,
    random: u64,
}

impl Hand {
    fn advance(&mut self, duration: Duration) {
        self.now = self.now.saturating_add(duration);
    }
}

impl ManualClock {
    /// Moves the clock on, as far as it goes.
    pub fn advance(&self, duration: Duration) {
        self.hand().advance(duration);
    }

    /// Every sleep so far.
    pub fn slept(&self) -> Vec<Duration> {
        self.hand().slept.clone()
    }

    fn hand(&self) -> MutexGuard<'_, Hand> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        self.hand().now
    }

    /// Counts from a day in 2026, for ten thousand years.
    fn wall(&self) -> SystemTime {
        let since_then = self.now().min(LONGEST_WALL_TIME);
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000) + since_then
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            {
                let mut hand = self.hand();
                hand.advance(duration);
                hand.slept.push(duration);
            }
            // Others get their turn, as they would while this one slept.
            tokio::task::yield_now().await;
        })
    }

    /// Numbers all over the range, the same ones each time.
    fn random(&self) -> u64 {
        let mut hand = self.hand();
        hand.random = hand.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        hand.random
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_clock_can_be_moved_too_far() {
        let clock = ManualClock::default();
        for _ in 0..2 {
            clock.advance(Duration::MAX);
            clock.sleep(Duration::MAX).await;
        }
        assert_eq!(clock.now(), Duration::MAX);
        assert!(clock.wall() > SystemTime::UNIX_EPOCH + LONGEST_WALL_TIME);
        // The system's clock sleeps for as long as it is asked to, too.
        let system = SystemClock::default();
        tokio::select! {
            () = system.sleep(Duration::MAX) => panic!("it slept for ever"),
            () = std::future::ready(()) => {}
        }
    }
}
