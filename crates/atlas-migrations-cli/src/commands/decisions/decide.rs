//! Who decides, and what a decision that was not recorded means for the user.

use atlas_migrations_journal::event::Actor;
use atlas_migrations_runs::decisions::{DecisionError, Situation};

use crate::error::{CliError, Exit};
use crate::instant::utc;
use crate::journal::actor;

/// Returns the user of this process, with the name that a person claims as a note.
pub fn decider(by: Option<&str>) -> Actor {
    by.map_or_else(actor, |by| actor().claiming(by))
}

/// Returns what may still be on its way to Atlas, or happens there, although the stream is held.
pub fn what_goes_on(situation: &Situation) -> String {
    match situation.state.undecided() {
        Some((key, slot)) => {
            let (op, seq, at) = (&key.op, slot.intent_seq, utc(slot.intent_ms));
            format!("; the {op} request of event {seq} ({at}) may have been sent before")
        }
        None if situation.state.migration_id.is_some() => "; Atlas goes on replicating".to_owned(),
        None => String::new(),
    }
}

impl From<DecisionError> for CliError {
    fn from(error: DecisionError) -> Self {
        match error {
            DecisionError::Journal(error) => error.into(),
            error => {
                Self::new(error.to_string()).exit(Exit::Rejected).may_have_taken_effect(false, None)
            }
        }
    }
}
