//! `atlas-migrations watch`: watches live migrations until they end.

use crate::cli::{GlobalOptions, Watch};
use crate::client::{connect, settings};
use crate::error::CliError;
use crate::journal::{Journal, LookLog};
use crate::migration_target;
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
    let looks = journal.if_open().and_then(LookLog::start);
    watch::run(&client, global.output, targets, options.until, None, looks, &options.options).await
}
