//! Simulated time: real, sped up, or moved by hand.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The most that [`Clock::sped_up`] accepts.
const FASTEST: f64 = 1_000_000.0;

/// How simulated time passes. It starts at zero when the simulator starts.
///
/// Migrations and their expiry follow this clock. What a client has to wait for or has to be in
/// time for is counted in the time that the client lives in: nonces and tokens age, rate limits are
/// refilled and `Retry-After` is given in it. That is this clock where it is real or manual, and
/// real time where it is sped up, so that a sped up migration does not come with a service that
/// forgets its nonces in an instant. The `date` header of the answers and the dates in others are
/// always the wall clock's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clock(Pace);

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Pace {
    #[default]
    Real,
    SpedUp(f64),
    Manual,
}

impl Clock {
    /// A second is a second. This is the default.
    #[must_use]
    pub const fn real() -> Self {
        Self(Pace::Real)
    }

    /// A real second is `factor` simulated ones for the migrations, and one for the clients.
    ///
    /// ```
    /// use atlas_simulator::Clock;
    ///
    /// // Two hours pass in 7.2 seconds.
    /// assert!(Clock::sped_up(1000.0).is_ok());
    /// assert!(Clock::sped_up(0.0).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// Where `factor` is not a number above zero and at most one million.
    pub fn sped_up(factor: f64) -> Result<Self, ClockError> {
        if factor > 0.0 && factor <= FASTEST {
            Ok(Self(Pace::SpedUp(factor)))
        } else {
            Err(ClockError { factor })
        }
    }

    /// Time stands still until [`Control::advance`](crate::Control::advance) moves it.
    #[must_use]
    pub const fn manual() -> Self {
        Self(Pace::Manual)
    }
}

/// A factor that [`Clock::sped_up`] does not accept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockError {
    factor: f64,
}

impl fmt::Display for ClockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a clock cannot be sped up by {}: the factor must be above 0 and at most {FASTEST}",
            self.factor
        )
    }
}

impl std::error::Error for ClockError {}

/// A [`Clock`] that has been started.
#[derive(Debug)]
pub(crate) enum RunningClock {
    Real { started: Instant },
    SpedUp { started: Instant, factor: f64 },
    Manual { nanoseconds: AtomicU64 },
}

impl RunningClock {
    pub(crate) fn start(clock: Clock) -> Self {
        let started = Instant::now();
        match clock.0 {
            Pace::Real => Self::Real { started },
            Pace::SpedUp(factor) => Self::SpedUp { started, factor },
            Pace::Manual => Self::Manual { nanoseconds: AtomicU64::new(0) },
        }
    }

    pub(crate) fn now(&self) -> Duration {
        match self {
            Self::Real { started } => started.elapsed(),
            Self::SpedUp { started, factor } => {
                Duration::try_from_secs_f64(started.elapsed().as_secs_f64() * factor)
                    .unwrap_or(Duration::MAX)
            }
            Self::Manual { nanoseconds } => {
                Duration::from_nanos(nanoseconds.load(Ordering::SeqCst))
            }
        }
    }

    /// The time that the clients live in, since the start.
    pub(crate) fn client_now(&self) -> Duration {
        match self {
            Self::SpedUp { started, .. } => started.elapsed(),
            Self::Real { .. } | Self::Manual { .. } => self.now(),
        }
    }

    /// Moves a manual clock and says whether this is one. It stops at about 584 years.
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
    fn only_sane_factors_are_accepted() {
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY, 1_000_001.0] {
            assert!(Clock::sped_up(factor).is_err(), "{factor}");
        }
        for factor in [0.5, 1.0, 60.0, 1_000_000.0] {
            assert!(Clock::sped_up(factor).is_ok(), "{factor}");
        }
    }

    #[test]
    fn a_manual_clock_moves_only_by_hand_and_never_wraps() {
        let clock = RunningClock::start(Clock::manual());
        assert_eq!(clock.now(), Duration::ZERO);
        assert!(clock.advance(Duration::from_millis(1500)));
        assert_eq!(clock.now(), Duration::from_millis(1500));
        assert!(clock.advance(Duration::MAX));
        assert!(clock.now() > Duration::from_secs(500 * 365 * 86_400));
        assert_eq!(clock.client_now(), clock.now());
    }

    #[test]
    fn a_sped_up_clock_runs_ahead_of_its_clients_and_cannot_be_moved() {
        let clock = RunningClock::start(Clock::sped_up(1_000_000.0).unwrap());
        let started = Instant::now();
        while started.elapsed() < Duration::from_micros(50) {}
        assert!(clock.now() >= Duration::from_secs(50));
        assert!(clock.client_now() < Duration::from_secs(50));
        assert!(!clock.advance(Duration::from_secs(1)));
    }
}
