//! Asks Atlas about the migrations that have not ended.

use std::sync::Arc;

use atlas_client_core::sanitize;
use atlas_migrations::Client;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::view::MigrationView;
use crate::error::CliError;
use crate::journal::{OpenJournal, actor, record_look};
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
                record(journal, view).await?;
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

/// Records what Atlas shows. A journal that does not take it is a warning.
async fn record(journal: &OpenJournal, view: &mut MigrationView) -> Result<(), CliError> {
    let (Some(job), None) = (&view.fresh, &journal.info.read_only) else { return Ok(()) };
    let (store, redactor) = (&*journal.store, &journal.redactor);
    let recorded = record_look(store, redactor, &actor(), view.summary.row.id, job).await;
    match recorded {
        Ok(false) => return Ok(()),
        Ok(true) => {}
        Err(error) => {
            warn(&format!("what Atlas shows of `{}` is not recorded: {error}", view.name));
        }
    }
    view.reread(journal).await
}
