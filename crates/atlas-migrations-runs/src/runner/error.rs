//! [`RunError`].

use std::fmt;

use atlas_migrations_journal::{Error as JournalError, Hash, Name};

/// Why a run did not start, or ended early. Nothing is sent after it.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// The journal has never seen the plan, and the caller did not ask to start it.
    NeverStarted {
        /// The plan.
        plan: Name,
    },
    /// A migration whose create request was allowed differs from the plan.
    Frozen {
        /// The migration.
        name: Name,
        /// The hash of the request that was allowed.
        allowed: Option<Hash>,
        /// The hash of the request in the plan.
        planned: Hash,
    },
    /// More than one approver needs a journal that tells people apart.
    NeedsPostgres {
        /// The migration.
        name: Name,
        /// How many approvers it needs.
        approvers: u32,
    },
    /// A password cannot be read.
    Password {
        /// The migration.
        name: Name,
        /// Why.
        why: String,
    },
    /// A hook of the plan cannot be used.
    Hook(crate::hooks::HookError),
    /// The journal cannot be used.
    Journal(JournalError),
}

impl From<JournalError> for RunError {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<crate::hooks::HookError> for RunError {
    fn from(error: crate::hooks::HookError) -> Self {
        Self::Hook(error)
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverStarted { plan } => write!(
                formatter,
                "this journal has never seen the plan `{plan}`, so nothing is sent: if it was started elsewhere, name that journal; \
                 `--start` starts it for the first time"
            ),
            Self::Frozen { name, allowed, planned } => write!(
                formatter,
                "`{name}`: the request of this attempt was allowed to be sent and cannot change (request {}, plan {planned}): \
                 restore its source, destination, host, drop and sharding in the plan",
                allowed.as_ref().map_or("unknown", Hash::as_str)
            ),
            Self::NeedsPostgres { name, approvers } => write!(
                formatter,
                "`{name}` needs {approvers} approvers, and a journal in a file belongs to one user: use a PostgreSQL journal, or one \
                 approver"
            ),
            Self::Password { name, why } => {
                write!(formatter, "`{name}`: the password cannot be read: {why}; nothing was sent")
            }
            Self::Hook(error) => error.fmt(formatter),
            Self::Journal(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Journal(error) => Some(error),
            Self::Hook(error) => Some(error),
            _ => None,
        }
    }
}
