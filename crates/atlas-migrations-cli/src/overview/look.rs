//! Records what Atlas shows of a migration, when it is news.

use atlas_migrations::{LiveMigration, LiveMigrationStatus};
use atlas_migrations_journal::event::{Actor, EndResult, Ended, Event, NewEvent, Observed};
use atlas_migrations_journal::state::StreamState;
use atlas_migrations_journal::store::{Append, StreamRow};

use crate::journal::OpenJournal;

/// Returns the events that say what Atlas shows, without what the journal knows.
pub fn news(
    journal: &OpenJournal,
    state: &StreamState,
    job: &LiveMigration,
    now_ms: i64,
) -> Vec<Event> {
    let Some(status) = &job.status else { return Vec::new() };
    let mut events = Vec::new();
    let is_ready = job.can_be_cut_over();
    let known = state.look.as_ref().map(|look| (look.status.as_str(), look.ready));
    if known != Some((status.as_str(), is_ready)) {
        let status = journal.redactor.text(status.as_str());
        let mut observed = Observed::new(status.as_str().to_owned(), now_ms);
        observed.ready = job.ready_for_cutover.map(|_| is_ready);
        observed.lag_seconds = job.lag.map(|lag| lag.as_secs());
        events.push(observed.into());
    }
    let end = match status {
        LiveMigrationStatus::Complete => EndResult::Complete,
        LiveMigrationStatus::Failed => EndResult::Failed,
        LiveMigrationStatus::Expired => EndResult::Expired,
        _ => return events,
    };
    if state.ended.is_none() {
        let mut ended = Ended::new(end);
        ended.destination = state.destination.clone();
        events.push(ended.into());
    }
    events
}

/// Stores events as facts. Returns the error of the first one that the journal does not take.
pub async fn record(
    journal: &OpenJournal,
    actor: &Actor,
    row: &StreamRow,
    attempt: u32,
    events: Vec<Event>,
) -> Result<(), atlas_migrations_journal::Error> {
    for event in events {
        let event = NewEvent::new(actor.clone(), event).with_attempt(attempt);
        journal.store.append(Append::fact(row.id, event)).await?;
    }
    Ok(())
}
