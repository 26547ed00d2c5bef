//! [`ChangeError`].

use std::fmt;

use atlas_migrations_journal::event::{Operation, UnclearReason};

use super::notice::Recorded;

/// Why a change did not succeed, and whether it may have taken effect.
#[derive(Debug)]
#[non_exhaustive]
pub enum ChangeError {
    /// The request is incomplete, or the service did not accept the credential before the intent. Nothing was recorded.
    Unready(atlas_migrations::Error),
    /// The rules of the journal do not allow the request now. It was not sent.
    Rejected(atlas_migrations_journal::Error),
    /// The journal cannot be used. The request was not sent.
    Journal(atlas_migrations_journal::Error),
    /// The intent is recorded and the request was not sent. It may be sent again with a new intent.
    NotSent {
        /// The request.
        operation: Operation,
        /// The sequence of the intent.
        intent_seq: u64,
        /// Why.
        error: atlas_migrations::Error,
        /// Whether this is in the journal.
        recorded: Recorded,
    },
    /// Atlas refused the request. It took no effect.
    Refused {
        /// The request.
        operation: Operation,
        /// The sequence of the intent.
        intent_seq: u64,
        /// What Atlas says.
        error: atlas_migrations::Error,
        /// Whether this is in the journal.
        recorded: Recorded,
    },
    /// It is not known whether the request took effect. Nothing more is sent until that is resolved.
    Unclear {
        /// The request.
        operation: Operation,
        /// The sequence of the intent.
        intent_seq: u64,
        /// The reason.
        reason: UnclearReason,
        /// What happened.
        error: atlas_migrations::Error,
        /// Whether this is in the journal.
        recorded: Recorded,
    },
    /// The runtime of this process shuts down.
    ShutDown,
}

impl ChangeError {
    /// Returns whether the request may have taken effect.
    pub fn may_have_taken_effect(&self) -> bool {
        matches!(self, Self::Unclear { .. } | Self::ShutDown)
    }

    /// Returns the error of the client, if the request or the one before it failed.
    pub fn client_error(&self) -> Option<&atlas_migrations::Error> {
        match self {
            Self::Unready(error)
            | Self::NotSent { error, .. }
            | Self::Refused { error, .. }
            | Self::Unclear { error, .. } => Some(error),
            Self::Rejected(_) | Self::Journal(_) | Self::ShutDown => None,
        }
    }

    /// Returns whether the outcome is in the journal; `None` if there is none.
    pub fn recorded(&self) -> Option<&Recorded> {
        match self {
            Self::NotSent { recorded, .. }
            | Self::Refused { recorded, .. }
            | Self::Unclear { recorded, .. } => Some(recorded),
            _ => None,
        }
    }

    /// Returns whether the same request may be sent again, with a new intent, without a person: the rate limit refused it,
    /// or it never left.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Refused { error, .. } => error.is_rate_limited(),
            Self::NotSent { .. } => true,
            Self::Unready(error) => {
                error.is_rate_limited() || error.is_transport() || error.is_server()
            }
            Self::Rejected(error) => error.is_conflict(),
            Self::Journal(error) => error.is_temporary(),
            Self::Unclear { .. } | Self::ShutDown => false,
        }
    }
}

/// Sorts an error of an append that was to record an intent.
impl From<atlas_migrations_journal::Error> for ChangeError {
    fn from(error: atlas_migrations_journal::Error) -> Self {
        use atlas_migrations_journal::Error as Journal;
        match error {
            Journal::Rejected(_)
            | Journal::Conflict { .. }
            | Journal::GateMoved { .. }
            | Journal::GateMissing
            | Journal::FenceLost { .. }
            | Journal::FenceMissing
            | Journal::LeaseStale(_)
            | Journal::UnknownRunner(_)
            | Journal::SlotTaken
            | Journal::NameTaken { .. }
            | Journal::DestinationTaken { .. }
            | Journal::DestinationCompleted { .. }
            | Journal::MigrationTaken { .. }
            | Journal::NoSuchStream(_) => Self::Rejected(error),
            error => Self::Journal(error),
        }
    }
}

impl fmt::Display for ChangeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(error) => write!(formatter, "nothing was sent: {error}"),
            Self::Journal(error) => write!(
                formatter,
                "nothing was sent, because the journal cannot record it: {error}"
            ),
            Self::NotSent { operation, error, .. } => {
                write!(formatter, "{operation} was not sent: {error}")
            }
            Self::Unready(error) | Self::Refused { error, .. } => write!(formatter, "{error}"),
            Self::Unclear { operation, intent_seq, error, .. } => write!(
                formatter,
                "{operation} is unclear (event {intent_seq}); nothing more is sent until it is resolved: {error}"
            ),
            Self::ShutDown => formatter.write_str(
                "the program shuts down before the response is known; the journal says what may have been sent",
            ),
        }
    }
}

impl std::error::Error for ChangeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Rejected(error) | Self::Journal(error) => Some(error),
            other => other.client_error().map(|error| error as _),
        }
    }
}
