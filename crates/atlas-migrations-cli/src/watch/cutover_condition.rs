//! The condition for a cutover, and the time that is left for it.

use std::fmt;
use std::time::{Duration, SystemTime};

use atlas_migrations::Update;
use humantime::format_duration;

/// The condition for the cutover of a migration that is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutoverCondition {
    /// The largest lag that is allowed.
    pub max_lag: Option<Duration>,
}

impl CutoverCondition {
    /// Returns whether the lag is small enough. If there is a limit, an unknown lag is not.
    pub fn allows(self, lag: Option<Duration>) -> bool {
        self.max_lag.is_none_or(|max| lag.is_some_and(|lag| lag <= max))
    }
}

/// What a cutover waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingFor {
    /// The migration is not ready for cutover.
    Readiness,
    /// The migration is ready, but its lag is too large or unknown.
    Lag { lag: Option<Duration>, max: Duration },
}

impl WaitingFor {
    /// Returns the name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Readiness => "readiness",
            Self::Lag { .. } => "lag",
        }
    }
}

impl fmt::Display for WaitingFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Lag { lag, max } = self else {
            return f.write_str("it was not ready for cutover");
        };
        let max = format_duration(*max);
        match lag {
            Some(lag) => {
                let lag = format_duration(*lag);
                write!(f, "it was ready, but its lag of {lag} stayed above --max-lag {max}")
            }
            None => {
                write!(f, "it was ready, but Atlas reported no lag to compare with --max-lag {max}")
            }
        }
    }
}

/// The time that is left to cut a migration over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLeft {
    /// Unknown if the migration was ready when it was first seen.
    pub at_least: Option<Duration>,
    pub at_most: Duration,
}

impl TimeLeft {
    /// Returns the time that was left when an update was observed.
    pub fn of(update: &Update) -> Option<Self> {
        let deadline = update.deadline?;
        let left = |at: SystemTime| at.duration_since(update.observed_at).unwrap_or_default();
        Some(Self { at_least: deadline.earliest.map(left), at_most: left(deadline.latest) })
    }

    /// Returns the time that is left after some time has passed.
    pub fn after(self, time: Duration) -> Self {
        let left = |duration: Duration| duration.saturating_sub(time);
        Self { at_least: self.at_least.map(left), at_most: left(self.at_most) }
    }

    /// Returns the lower bound, or the upper bound if the lower one is unknown.
    pub fn shortest(self) -> Duration {
        self.at_least.unwrap_or(self.at_most)
    }
}
