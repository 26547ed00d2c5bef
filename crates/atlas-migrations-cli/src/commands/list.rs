//! `atlas-migrations list` and `atlas-migrations status`: the migrations of the journal.

use std::collections::HashSet;

use atlas_migrations::Settings;
use atlas_migrations_journal::overview::Urgency;
use atlas_migrations_journal::state::Phase;
use atlas_migrations_journal::store::StreamRow;

use super::follow_status;
use crate::cli::{GlobalOptions, List, Status};
use crate::client::{connect, settings};
use crate::error::{CliError, Exit};
use crate::journal::{Directory, Journal, OpenJournal, redactor};
use crate::output::show;
use crate::overview::{MigrationView, list_table, refresh, status_table, to_json};
use crate::terminal::note;

/// How long `list` shows a migration that was completed or given up.
const SHOWN_AFTER_END_MS: i64 = 7 * 24 * 3600 * 1000;

pub async fn list(
    global: &GlobalOptions,
    journal: &Journal,
    options: &List,
) -> Result<(), CliError> {
    let settings = settings(global)?;
    let journal = opened(journal, &settings).await?;
    let directory = Directory::read(journal).await?;
    let rows = directory.rows().iter().filter(|row| options.all || !row.archived);
    let (mut views, now_ms) =
        views(global, &settings, journal, &directory, rows, options.offline).await?;
    let total = views.len();
    if !options.all {
        views.retain(|view| !is_old(view, now_ms));
    }
    show(global.output, &to_json(&views, now_ms), || list_table(&views, now_ms))?;
    match total - views.len() {
        0 if total == 0 => {
            note("the journal has no migrations; `create` and `journal adopt` add some");
        }
        0 => {}
        hidden => note(&format!("{hidden} more ended more than 7 days ago: see --all")),
    }
    Ok(())
}

pub async fn status(
    global: &GlobalOptions,
    journal: &Journal,
    options: &Status,
) -> Result<(), CliError> {
    let settings = settings(global)?;
    let journal = opened(journal, &settings).await?;
    if options.follow {
        return follow_status::follow(global.output, journal, options).await;
    }
    let directory = Directory::read(journal).await?;
    let mut rows = Vec::new();
    let mut seen = HashSet::new();
    for name in &options.names {
        let row = directory.find(name, None)?;
        if seen.insert(row.id) {
            rows.push(row);
        }
    }
    if options.names.is_empty() {
        rows = directory.rows().iter().filter(|row| !row.archived).collect();
    }
    let (views, now_ms) =
        views(global, &settings, journal, &directory, rows, options.offline).await?;
    show(global.output, &to_json(&views, now_ms), || status_table(&views, now_ms))?;
    let exit = views.iter().find_map(|view| exit_of(view.summary.urgency(now_ms)));
    exit.map_or(Ok(()), |exit| Err(CliError::silent(exit)))
}

async fn opened<'a>(
    journal: &'a Journal,
    settings: &Settings,
) -> Result<&'a OpenJournal, CliError> {
    match journal.for_reading(redactor(Some(settings), None)).await? {
        Some(journal) => Ok(journal),
        None => Err(CliError::usage(format!(
            "Atlas has no call that lists live migrations, so only the journal knows them: {}",
            journal.why_absent()
        ))
        .hint("`create` and `journal adopt` put migrations into the journal")),
    }
}

/// Returns the migrations in the order of urgency, and the time.
async fn views<'a>(
    global: &GlobalOptions,
    settings: &Settings,
    journal: &OpenJournal,
    directory: &Directory,
    rows: impl IntoIterator<Item = &'a StreamRow>,
    is_offline: bool,
) -> Result<(Vec<MigrationView>, i64), CliError> {
    let mut views = Vec::new();
    for row in rows {
        views.push(MigrationView::read(journal, directory, row).await?);
    }
    if !is_offline && views.iter().any(|view| view.live_ids().is_some()) {
        let client = connect(global, settings)
            .map_err(|error| error.also_hint("--offline shows what the journal knows"))?;
        refresh(&client, journal, &mut views).await?;
    }
    let now_ms = journal.store.info().await?.now_ms;
    views.sort_by_cached_key(|view| {
        let (archived, urgency, left) = view.summary.sort_key(now_ms);
        (archived, urgency, left, view.name.clone())
    });
    Ok((views, now_ms))
}

/// Returns whether a migration was completed or given up long ago.
fn is_old(view: &MigrationView, now_ms: i64) -> bool {
    matches!(view.summary.phase(), Phase::Complete | Phase::Forgone)
        && view
            .summary
            .ended_ms
            .is_some_and(|ended| now_ms.saturating_sub(ended) > SHOWN_AFTER_END_MS)
}

/// Returns the exit code of `status`, or `None` for success.
fn exit_of(urgency: Urgency) -> Option<Exit> {
    match urgency {
        Urgency::Unclear => Some(Exit::Service),
        Urgency::Failed => Some(Exit::MigrationFailed),
        Urgency::Expired => Some(Exit::MigrationExpired),
        _ => None,
    }
}
