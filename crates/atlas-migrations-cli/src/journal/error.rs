//! What an error of the journal means for the user.

use atlas_migrations_journal::Error;

use crate::error::{CliError, Exit};

impl CliError {
    /// Says that a request was not sent because the journal does not record it.
    pub fn nothing_sent(error: Self) -> Self {
        error
            .prefixed("nothing was sent")
            .also_hint("--no-journal sends it without a record")
            .may_have_taken_effect(false, None)
    }
}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        let message = match &error {
            Error::Insecure { .. } | Error::File { .. } => {
                format!("the journal cannot be used: {error}")
            }
            _ => error.to_string(),
        };
        let result = Self::new(message).exit(exit_of(&error));
        match hint(&error) {
            Some(hint) => result.hint(hint),
            None => result,
        }
    }
}

/// Returns the exit code for an error of the journal.
fn exit_of(error: &Error) -> Exit {
    match error {
        Error::Location(_)
        | Error::Insecure { .. }
        | Error::NotAJournal(_)
        | Error::Import { .. } => Exit::Usage,
        Error::NoSuchStream(_) => Exit::NotFound,
        Error::Conflict { .. }
        | Error::GateMoved { .. }
        | Error::GateMissing
        | Error::FenceLost { .. }
        | Error::FenceMissing
        | Error::LeaseStale(_)
        | Error::UnknownRunner(_)
        | Error::Rejected(_)
        | Error::SlotTaken
        | Error::NameTaken { .. }
        | Error::DestinationTaken { .. }
        | Error::DestinationCompleted { .. }
        | Error::MigrationTaken { .. }
        | Error::NotEnded(_) => Exit::Rejected,
        _ => Exit::Journal,
    }
}

fn hint(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::Location(_) | Error::Insecure { .. } | Error::NotAJournal(_) => {
            "--journal or ATLAS_MIGRATIONS_JOURNAL names another journal"
        }
        Error::ReadOnly(_) => {
            "make the journal writable for this user, or name another one with --journal"
        }
        Error::Unreachable(_) => {
            "check the host, the database and the password: the password comes from PGPASSWORD, PGPASSFILE or ~/.pgpass"
        }
        Error::Busy(_) => "try again when the other process has ended",
        Error::Ambiguous { .. } => "look at `atlas-migrations list` before you try again",
        Error::NameTaken { .. } => "`atlas-migrations list --all` shows the names",
        Error::DestinationTaken { .. } | Error::DestinationCompleted { .. } => {
            "`atlas-migrations list --all` shows the destinations"
        }
        _ => return None,
    })
}
