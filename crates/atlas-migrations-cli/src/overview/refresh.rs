//! Asks Atlas about the migrations that have not ended.

use std::sync::Arc;

use atlas_client_core::sanitize;
use atlas_migrations::Client;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::look::{news, record};
use super::view::MigrationView;
use crate::error::CliError;
use crate::journal::{OpenJournal, actor};
use crate::terminal::warn;

/// The number of requests at the same time.
const CONCURRENCY: usize = 8;

/// Asks Atlas about each migration that has not ended, and records what is news.
///
/// A migration about which Atlas says nothing keeps what the journal knows, with a warning.
pub async fn refresh(
    client: &Client,
    journal: &OpenJournal,
    views: &mut [MigrationView],
) -> Result<(), CliError> {
    let room = Arc::new(Semaphore::new(CONCURRENCY));
    let mut calls = JoinSet::new();
    for (index, view) in views.iter().enumerate() {
        if let Some((group, id)) = view.live_ids() {
            let (client, room) = (client.clone(), Arc::clone(&room));
            calls.spawn(async move {
                let _permit = room.acquire().await;
                (index, client.live_migration(group, id).await)
            });
        }
    }
    while let Some(result) = calls.join_next().await {
        let Ok((index, result)) = result else { continue };
        let Some(view) = views.get_mut(index) else { continue };
        match result {
            Ok(job) => {
                view.fresh = Some(job);
                record_look(journal, view).await?;
            }
            Err(error) => view.problem = Some(sanitize(&error.summary())),
        }
    }
    let problems: Vec<_> = views.iter().filter_map(|view| view.problem.as_ref()).collect();
    if let Some(first) = problems.first() {
        let (count, total) = (problems.len(), views.len());
        warn(&format!("{count} of {total} migrations could not be refreshed: {first}"));
    }
    Ok(())
}

async fn record_look(journal: &OpenJournal, view: &mut MigrationView) -> Result<(), CliError> {
    let Some(job) = &view.fresh else { return Ok(()) };
    let now_ms = journal.store.info().await?.now_ms;
    let events = news(journal, &view.state, job, now_ms);
    if events.is_empty() || journal.info.read_only.is_some() {
        return Ok(());
    }
    let attempt = view.state.attempt;
    if let Err(error) = record(journal, &actor(), &view.row, attempt, events).await {
        warn(&format!("what Atlas shows of `{}` was not recorded: {error}", view.name));
    }
    view.reread(journal).await
}
