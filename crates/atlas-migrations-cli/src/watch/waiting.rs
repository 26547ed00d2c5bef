//! What a migration waits for before it is cut over, and how much time is left for it.

use std::fmt;
use std::time::{Duration, SystemTime};

use atlas_migrations::Update;
use humantime::format_duration;

/// What a migration has to come to before it is cut over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// The largest lag.
    pub max_lag: Option<Duration>,
}

impl Gate {
    /// Whether the lag is small enough. A lag that is not known is not.
    pub fn allows(self, lag: Option<Duration>) -> bool {
        self.max_lag.is_none_or(|most| lag.is_some_and(|lag| lag <= most))
    }
}

/// What a migration that is to be cut over is not yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingFor {
    /// Ready for cutover.
    Readiness,
    /// As little behind as it has to be.
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
                write!(f, "it was ready, but nobody knows its lag, which --max-lag {most} bounds")
            }
        }
    }
}

/// How much time is left to cut a migration over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLeft {
    /// Not known of a migration that was ready when it was first seen.
    pub at_least: Option<Duration>,
    pub at_most: Duration,
}

impl TimeLeft {
    /// What is left when it was seen.
    pub fn of(update: &Update) -> Option<Self> {
        let deadline = update.deadline?;
        let left = |at: SystemTime| at.duration_since(update.observed_at).unwrap_or_default();
        Some(Self { at_least: deadline.earliest.map(left), at_most: left(deadline.latest) })
    }

    /// What is left of it later.
    pub fn after(self, time: Duration) -> Self {
        let left = |duration: Duration| duration.saturating_sub(time);
        Self { at_least: self.at_least.map(left), at_most: left(self.at_most) }
    }

    /// The shortest that is known.
    pub fn shortest(self) -> Duration {
        self.at_least.unwrap_or(self.at_most)
    }
}
