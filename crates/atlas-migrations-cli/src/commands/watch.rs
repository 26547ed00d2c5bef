//! `atlas-migrations watch`: watches live migrations until they end.

use atlas_migrations::Settings;
use atlas_migrations_journal::store::StreamFilter;

use crate::cli::{GlobalOptions, Watch};
use crate::client::{connect, settings};
use crate::error::CliError;
use crate::journal::{Journal, LookLog, redactor};
use crate::migration_target;
use crate::page::{PageBeside, Shown};
use crate::terminal::note;
use crate::watch::{self, Target, read_targets, unique};

pub async fn run(
    global: &GlobalOptions,
    journal: &Journal,
    options: &Watch,
) -> Result<(), CliError> {
    let settings = settings(global)?;
    let targets = match &options.file {
        Some(file) => read_targets(file)?,
        None => {
            let given = options.project.group_id;
            let found = migration_target::find_all(journal, &settings, given, &options.ids).await?;
            unique(found.into_iter().map(|found| {
                Target::new(found.group, found.id, found.name.as_deref()).in_plan(found.plan)
            }))
        }
    };
    let client = connect(global, &settings)?;
    let page = page(journal, &settings, options, &targets).await?;
    let looks = journal.if_open().and_then(LookLog::start);
    let (format, until) = (global.output, options.until);
    let result = watch::run(&client, format, targets, until, None, looks, &options.options).await;
    if let Some(page) = page {
        page.stay().await;
    }
    result
}

/// Serves the page beside the watch, if the options say so. It shows what is watched, as the journal has it: there the watch
/// records what it sees.
async fn page(
    journal: &Journal,
    settings: &Settings,
    options: &Watch,
    targets: &[Target],
) -> Result<Option<PageBeside>, CliError> {
    if options.page.serve.is_none() && options.page.readers.first_given().is_none() {
        return Ok(None);
    }
    let opened = journal.for_reading(redactor(Some(settings), None)).await?;
    let opened = opened.ok_or_else(|| {
        CliError::usage(format!("--serve shows the journal: {}", journal.why_absent())).hint(
            "`journal adopt` adds a migration that was started elsewhere; --metrics needs no journal",
        )
    })?;
    let rows = opened.store.streams(StreamFilter::default()).await?;
    let is_known = |target: &&Target| {
        let id = target.key.id.to_string();
        rows.iter().any(|row| row.migration_id.as_deref() == Some(&id))
    };
    let (known, all) = (targets.iter().filter(is_known).count(), targets.len());
    if known < all {
        note(&format!(
            "the journal has {known} of the {all} migrations, so the page shows only those; `journal adopt` adds the others"
        ));
    }
    let watched = targets.iter().map(|target| target.key).collect();
    PageBeside::start(&options.page, opened, Shown::Migrations(watched)).await
}
