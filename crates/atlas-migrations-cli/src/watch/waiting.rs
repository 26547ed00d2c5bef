//! What the cutover of a migration waits for, and the time that is left for it.

use std::fmt;
use std::time::{Duration, SystemTime};

use atlas_migrations::Update;
use humantime::format_duration;

/// The condition for a cutover of a migration that is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// The largest lag that is allowed.
    pub max_lag: Option<Duration>,
}

impl Gate {
    /// Whether the lag is small enough. An unknown lag is not, where there is a limit.
    pub fn allows(self, lag: Option<Duration>) -> bool {
        self.max_lag.is_none_or(|most| lag.is_some_and(|lag| lag <= most))
    }
}

/// What a cutover waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingFor {
    /// The migration is not ready for cutover.
    Readiness,
    /// The migration is ready, but its lag is too large or unknown.
    Lag { lag: Option<Duration>, most: Duration },
}

impl WaitingFor {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Readiness => "readiness",
            Self::Lag { .. } => "lag",
        }
    }
}

impl fmt::Display for WaitingFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Lag { lag, most } = self else {
            return f.write_str("it was not ready for cutover");
        };
        let most = format_duration(*most);
        match lag {
            Some(lag) => {
                let lag = format_duration(*lag);
                write!(f, "it was ready, but its lag of {lag} stayed above --max-lag {most}")
            }
            None => {
                write!(
                    f,
                    "it was ready, but Atlas reported no lag to compare with --max-lag {most}"
                )
            }
        }
    }
}

/// The time that is left to cut a migration over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLeft {
    /// Unknown for a migration that was ready when it was first seen.
    pub at_least: Option<Duration>,
    pub at_most: Duration,
}

impl TimeLeft {
    /// The time that was left when an update was observed.
    pub fn of(update: &Update) -> Option<Self> {
        let deadline = update.deadline?;
        let left = |at: SystemTime| at.duration_since(update.observed_at).unwrap_or_default();
        Some(Self { at_least: deadline.earliest.map(left), at_most: left(deadline.latest) })
    }

    /// The time that is left after some of it has passed.
    pub fn after(self, time: Duration) -> Self {
        let left = |duration: Duration| duration.saturating_sub(time);
        Self { at_least: self.at_least.map(left), at_most: left(self.at_most) }
    }

    /// The lower bound where it is known, otherwise the upper bound.
    pub fn shortest(self) -> Duration {
        self.at_least.unwrap_or(self.at_most)
    }
}
