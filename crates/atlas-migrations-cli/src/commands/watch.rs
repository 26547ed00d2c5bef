//! `atlas-migrations watch`: watches live migrations until they end.

use atlas_migrations::Settings;

use crate::cli::{GlobalOptions, Watch};
use crate::client::{connect, settings};
use crate::error::CliError;
use crate::journal::{Journal, LookLog, redactor};
use crate::migration_target;
use crate::page::PageBeside;
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
    let page = page(journal, &settings, options).await?;
    let looks = journal.if_open().and_then(LookLog::start);
    let (format, until) = (global.output, options.until);
    let result = watch::run(&client, format, targets, until, None, looks, &options.options).await;
    if let Some(page) = page {
        page.stay().await;
    }
    result
}

/// Serves the page beside the watch, if the options say so. It shows the journal, in which the watch records what it sees.
async fn page(
    journal: &Journal,
    settings: &Settings,
    options: &Watch,
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
    PageBeside::start(&options.page, opened, None).await
}
