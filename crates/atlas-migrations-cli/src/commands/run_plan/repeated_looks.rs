//! [`RepeatedLooks`]: tells looks that found nothing new but another lag.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use atlas_migrations_journal::Name;
use atlas_migrations_journal::event::Event;
use atlas_migrations_runs::runner::RunEvent;

/// What a look found: the status, and whether the migration was ready.
type Found = (String, Option<bool>);

/// What the last look at each migration found.
#[derive(Debug, Default)]
pub struct RepeatedLooks(Mutex<HashMap<Option<Name>, Found>>);

impl RepeatedLooks {
    /// Returns whether an event is a look that found nothing new but another lag. People do not need a line for it.
    pub fn contain(&self, event: &RunEvent) -> bool {
        let RunEvent::Recorded { name, record } = event else { return false };
        let Event::Observed(look) = &record.event else { return false };
        let now = (look.status.clone(), look.ready);
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.insert(name.clone(), now.clone()) == Some(now)
    }
}
