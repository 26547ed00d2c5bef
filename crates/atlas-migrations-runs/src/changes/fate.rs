//! What an error of the client says about the fate of a request: the client's one decision table, in the words of the
//! journal.

use atlas_migrations::Error;
use atlas_migrations_journal::event::{Operation, Sent, UnclearReason};

/// The fate of a request that did not succeed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Fate {
    NotSent,
    Refused,
    Unclear(UnclearReason, Sent),
}

impl Fate {
    pub(super) fn of(operation: &Operation, error: &Error) -> Self {
        let status = error.status().map(|status| status.as_u16());
        if error.was_not_sent() {
            Self::NotSent
        } else if error.may_have_taken_effect() {
            let sent = if status.is_some() { Sent::Whole } else { Sent::Unknown };
            Self::Unclear(reason(error), sent)
        } else if *operation == Operation::Cutover && status == Some(409) {
            // Somebody else may have cut over first: the state of the migration shows it.
            Self::Unclear(UnclearReason::from("conflict"), Sent::Whole)
        } else {
            Self::Refused
        }
    }
}

fn reason(error: &Error) -> UnclearReason {
    if error.is_timeout() {
        UnclearReason::Timeout
    } else if error.status().is_some() {
        UnclearReason::ServerError
    } else {
        UnclearReason::ConnectionLost
    }
}
