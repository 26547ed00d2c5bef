//! Records what Atlas shows of a migration, when it is news.

use atlas_migrations::{LiveMigration, LiveMigrationStatus};
use atlas_migrations_journal::event::{Actor, EndResult, Ended, Event, NewEvent, Observed};
use atlas_migrations_journal::state::StreamState;
use atlas_migrations_journal::store::{Append, Store};
use atlas_migrations_journal::{Error, Redactor, StreamId};

/// Stores what Atlas shows of a migration, unless the journal knows it. Returns whether it was news.
pub async fn record_look(
    store: &dyn Store,
    redactor: &Redactor,
    actor: &Actor,
    (stream, state): (StreamId, &StreamState),
    job: &LiveMigration,
) -> Result<bool, Error> {
    let now_ms = store.info().await?.now_ms;
    let events = news(redactor, state, job, now_ms);
    let is_news = !events.is_empty();
    for event in events {
        let event = NewEvent::new(actor.clone(), event).with_attempt(state.attempt);
        store.append(Append::fact(stream, event)).await?;
    }
    Ok(is_news)
}

/// Returns the events that say what Atlas shows, without what the journal knows.
fn news(redactor: &Redactor, state: &StreamState, job: &LiveMigration, now_ms: i64) -> Vec<Event> {
    let Some(status) = &job.status else { return Vec::new() };
    let mut events = Vec::new();
    let is_ready = job.can_be_cut_over();
    let known = state.look.as_ref().map(|look| (look.status.as_str(), look.ready));
    let text = redactor.text(status.as_str());
    if known != Some((text.as_str(), is_ready)) {
        let mut observed = Observed::new(text.as_str().to_owned(), now_ms);
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
