//! Records what Atlas shows of a migration, when it is news.

use atlas_migrations::{LiveMigration, LiveMigrationStatus};
use atlas_migrations_journal::event::{Actor, EndResult, Ended, Event, NewEvent, Observed};
use atlas_migrations_journal::state::StreamState;
use atlas_migrations_journal::store::{Append, Store};
use atlas_migrations_journal::{Error, Redactor, StreamId};

/// How often the stream is read: after each event, and after another process wrote to it at the same moment.
const ROUNDS: u32 = 10;

/// Stores what Atlas shows of a migration, unless the journal knows it. Returns whether it was news.
pub async fn record_look(
    store: &dyn Store,
    redactor: &Redactor,
    actor: &Actor,
    stream: StreamId,
    job: &LiveMigration,
) -> Result<bool, Error> {
    let now_ms = store.info().await?.now_ms;
    let mut is_news = false;
    for _ in 0..ROUNDS {
        let (row, state) = store.state(stream).await?;
        let Some(event) = news(redactor, &state, job, now_ms) else { return Ok(is_news) };
        let event = NewEvent::new(actor.clone(), event).with_attempt(state.attempt);
        match store.append(Append::fact(stream, event).at_head(row.head)).await {
            Ok(_) => is_news = true,
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(error),
        }
    }
    // The next look records what is missing.
    Ok(is_news)
}

/// Returns the next event that says what Atlas shows and the journal does not know.
fn news(
    redactor: &Redactor,
    state: &StreamState,
    job: &LiveMigration,
    now_ms: i64,
) -> Option<Event> {
    let status = job.status.as_ref().filter(|_| state.ended.is_none())?;
    let is_ready = job.can_be_cut_over();
    let known = state.look.as_ref().map(|look| (look.status.as_str(), look.ready));
    let text = redactor.text(status.as_str());
    let lag_seconds = job.lag.map(|lag| lag.as_secs());
    let is_lag_news =
        state.look.as_ref().is_some_and(|look| look.is_lag_news(is_ready, lag_seconds, now_ms));
    if known != Some((text.as_str(), is_ready)) || is_lag_news {
        let mut observed = Observed::new(text.as_str().to_owned(), now_ms);
        observed.ready = job.ready_for_cutover.map(|_| is_ready);
        observed.lag_seconds = lag_seconds;
        return Some(observed.into());
    }
    let mut ended = Ended::new(match status {
        LiveMigrationStatus::Complete => EndResult::Complete,
        LiveMigrationStatus::Failed => EndResult::Failed,
        LiveMigrationStatus::Expired => EndResult::Expired,
        _ => return None,
    });
    ended.destination = state.destination.clone();
    Some(ended.into())
}
