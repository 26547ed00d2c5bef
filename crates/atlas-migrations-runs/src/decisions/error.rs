//! [`DecisionError`].

use std::fmt;

use atlas_migrations_journal::Error;

/// Why a decision was not recorded.
#[derive(Debug)]
#[non_exhaustive]
pub enum DecisionError {
    /// The state of the stream does not allow it. Nothing was recorded.
    Refused(String),
    /// The journal does not allow it, or cannot be used.
    Journal(Error),
}

impl fmt::Display for DecisionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => formatter.write_str(why),
            Self::Journal(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for DecisionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(_) => None,
            Self::Journal(error) => error.source(),
        }
    }
}

impl From<Error> for DecisionError {
    fn from(error: Error) -> Self {
        Self::Journal(error)
    }
}
