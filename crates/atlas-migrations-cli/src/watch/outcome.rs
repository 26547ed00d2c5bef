//! [`Outcome`]: how the watch of a migration ended.

use crate::error::Exit;

/// How the watch of a migration ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ready,
    Complete,
    Failed,
    Expired,
    /// The state of the migration is unknown, or it was not cut over.
    Error {
        message: String,
        hint: Option<String>,
        exit: Exit,
    },
    TimedOut,
    Interrupted,
}

impl Outcome {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Error { .. } => "error",
            Self::TimedOut => "timed out",
            Self::Interrupted => "interrupted",
        }
    }

    /// Returns the exit code, or `None` for success.
    pub fn exit(&self) -> Option<Exit> {
        match self {
            Self::Ready | Self::Complete => None,
            Self::Failed => Some(Exit::MigrationFailed),
            Self::Expired => Some(Exit::MigrationExpired),
            Self::Error { exit, .. } => Some(*exit),
            Self::TimedOut => Some(Exit::TimedOut),
            Self::Interrupted => Some(Exit::Interrupted),
        }
    }

    /// Returns the severity. The most severe outcome decides the exit code.
    pub fn severity(&self) -> u8 {
        match self {
            Self::Ready | Self::Complete => 0,
            Self::TimedOut => 1,
            Self::Error { .. } => 2,
            Self::Expired => 3,
            Self::Failed => 4,
            Self::Interrupted => 5,
        }
    }
}
