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
        self.properties().0
    }

    /// Returns the exit code, or `None` for success.
    pub fn exit(&self) -> Option<Exit> {
        self.properties().1
    }

    /// Returns the severity. The most severe outcome decides the exit code.
    pub fn severity(&self) -> u8 {
        self.properties().2
    }

    fn properties(&self) -> (&'static str, Option<Exit>, u8) {
        match self {
            Self::Ready => ("ready", None, 0),
            Self::Complete => ("complete", None, 0),
            Self::TimedOut => ("timed out", Some(Exit::TimedOut), 1),
            Self::Error { exit, .. } => ("error", Some(*exit), 2),
            Self::Expired => ("expired", Some(Exit::MigrationExpired), 3),
            Self::Failed => ("failed", Some(Exit::MigrationFailed), 4),
            Self::Interrupted => ("interrupted", Some(Exit::Interrupted), 5),
        }
    }
}
