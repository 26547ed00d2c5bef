//! Simulated time: real, faster than real, or moved by hand.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The highest speed that [`Clock::with_speed`] accepts.
const MAX_SPEED: f64 = 1_000_000.0;

/// How simulated time passes. It starts at zero when the simulator starts.
///
/// Migrations, including their expiry, follow this clock. Everything that a client waits for follows
/// the client's time: the age of nonces and tokens, the refill of rate limits, and `Retry-After`. The
/// client's time is this clock if it is real or manual, and real time if it is faster, so that nonces
/// do not age a thousand times too fast. The `date` header and other dates in responses are always
/// wall clock time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clock(Speed);

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Speed {
    #[default]
    Real,
    Factor(f64),
    Manual,
}

impl Clock {
    /// Returns a clock that runs in real time. This is the default.
    #[must_use]
    pub const fn real() -> Self {
        Self(Speed::Real)
    }

    /// Returns a clock on which migrations run `factor` times as fast as real time.
    ///
    /// ```
    /// use atlas_simulator::Clock;
    ///
    /// // Two hours pass in 7.2 seconds.
    /// assert!(Clock::with_speed(1000.0).is_ok());
    /// assert!(Clock::with_speed(0.0).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// `factor` is not a number above zero and at most one million.
    pub fn with_speed(factor: f64) -> Result<Self, ClockError> {
        if factor > 0.0 && factor <= MAX_SPEED {
            Ok(Self(Speed::Factor(factor)))
        } else {
            Err(ClockError { factor })
        }
    }

    /// Returns a clock that only moves when [`Control::advance`](crate::Control::advance) moves it.
    #[must_use]
    pub const fn manual() -> Self {
        Self(Speed::Manual)
    }
}

/// A factor that [`Clock::with_speed`] does not accept.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("invalid clock speed {factor}: expected a number above 0 and at most {MAX_SPEED}")]
pub struct ClockError {
    factor: f64,
}

/// A started [`Clock`].
#[derive(Debug)]
pub(crate) enum RunningClock {
    Real { started: Instant },
    Factor { started: Instant, factor: f64 },
    Manual { nanoseconds: AtomicU64 },
}

impl RunningClock {
    pub(crate) fn start(clock: Clock) -> Self {
        let started = Instant::now();
        match clock.0 {
            Speed::Real => Self::Real { started },
            Speed::Factor(factor) => Self::Factor { started, factor },
            Speed::Manual => Self::Manual { nanoseconds: AtomicU64::new(0) },
        }
    }

    /// Returns the simulated time since the start.
    pub(crate) fn now(&self) -> Duration {
        match self {
            Self::Real { started } => started.elapsed(),
            Self::Factor { started, factor } => {
                Duration::try_from_secs_f64(started.elapsed().as_secs_f64() * factor)
                    .unwrap_or(Duration::MAX)
            }
            Self::Manual { nanoseconds } => {
                Duration::from_nanos(nanoseconds.load(Ordering::SeqCst))
            }
        }
    }

    /// Returns the client's time since the start.
    pub(crate) fn client_now(&self) -> Duration {
        match self {
            Self::Factor { started, .. } => started.elapsed(),
            Self::Real { .. } | Self::Manual { .. } => self.now(),
        }
    }

    /// Advances a manual clock, up to about 584 years. Returns false if the clock is not manual.
    pub(crate) fn advance(&self, by: Duration) -> bool {
        let Self::Manual { nanoseconds } = self else {
            return false;
        };
        let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        let later = |now: u64| Some(now.saturating_add(by));
        nanoseconds.fetch_update(Ordering::SeqCst, Ordering::SeqCst, later).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_positive_factors_up_to_a_million_are_accepted() {
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY, 1_000_001.0] {
            assert!(Clock::with_speed(factor).is_err(), "{factor}");
        }
        for factor in [0.5, 1.0, 60.0, 1_000_000.0] {
            assert!(Clock::with_speed(factor).is_ok(), "{factor}");
        }
    }

    #[test]
    fn a_manual_clock_moves_only_when_advanced_and_never_wraps() {
        let clock = RunningClock::start(Clock::manual());
        assert_eq!(clock.now(), Duration::ZERO);
        assert!(clock.advance(Duration::from_millis(1500)));
        assert_eq!(clock.now(), Duration::from_millis(1500));
        assert!(clock.advance(Duration::MAX));
        assert!(clock.now() > Duration::from_secs(500 * 365 * 86_400));
        assert_eq!(clock.client_now(), clock.now());
    }

    #[test]
    fn a_faster_clock_runs_ahead_of_its_clients_and_cannot_be_advanced() {
        let clock = RunningClock::start(Clock::with_speed(1_000_000.0).unwrap());
        let started = Instant::now();
        while started.elapsed() < Duration::from_micros(50) {}
        assert!(clock.now() >= Duration::from_secs(50));
        assert!(clock.client_now() < Duration::from_secs(50));
        assert!(!clock.advance(Duration::from_secs(1)));
    }
}
