//! The settings of a store.

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    clock::{Clock, SystemClock},
    error::Error,
    state::Rules,
    text::Redactor,
};

/// How a read is repeated while the database cannot be reached.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How often it is tried.
    pub attempts: u32,
    /// The pause after the first try; each later one is twice as long.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 6,
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(5),
        }
    }
}

impl RetryPolicy {
    /// Creates a policy that never repeats.
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    pub(crate) fn pause(&self, attempt: u32) -> Duration {
        self.first_pause.saturating_mul(1 << attempt.min(16)).min(self.longest_pause)
    }
}

/// The settings of a store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// The time limits of intents.
    pub rules: Rules,
    /// How long a lease lasts without renewal, by the server's clock. PostgreSQL only.
    pub lease: Duration,
    /// How long after its last renewal a runner may write intents, by its own clock. PostgreSQL only.
    pub lease_use: Duration,
    /// How reads are repeated.
    pub read_retry: RetryPolicy,
    /// How long a connection, a statement or a commit may take.
    pub timeout: Duration,
    /// The secrets that this process knows.
    pub redactor: Redactor,
    /// Called at named points of an append. Tests end the process there.
    pub probe: Option<Probe>,
    /// Told how long each append took.
    pub append_observer: Option<AppendObserver>,
}

type Observe = dyn Fn(Duration, Option<&Error>) + Send + Sync;

/// A function that receives how long an append took, and its error if it failed. It must not block.
#[derive(Clone)]
pub struct AppendObserver(Arc<Observe>);

impl AppendObserver {
    /// Creates the observer from a function.
    pub fn new(observe: impl Fn(Duration, Option<&Error>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }

    pub(super) fn observe(&self, took: Duration, error: Option<&Error>) {
        (self.0)(took, error);
    }
}

impl fmt::Debug for AppendObserver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AppendObserver(..)")
    }
}

/// A function that receives the name of a point: `append.begin`, `append.written`, `append.committed`.
pub type Probe = fn(&'static str);

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            rules: Rules::default(),
            lease: Duration::from_secs(30),
            lease_use: Duration::from_secs(20),
            read_retry: RetryPolicy::default(),
            timeout: Duration::from_secs(20),
            redactor: Redactor::default(),
            probe: None,
            append_observer: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_up_to_the_longest_and_a_policy_may_make_one_attempt() {
        let policy = RetryPolicy::default();
        for (attempt, millis) in [(0, 200), (1, 400), (4, 3200), (5, 5000), (u32::MAX, 5000)] {
            assert_eq!(policy.pause(attempt), Duration::from_millis(millis));
        }
        assert_eq!(RetryPolicy::never().attempts, 1);
    }
}
