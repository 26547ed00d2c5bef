//! `atlas-migrations watch`: watches live migrations until they end.

use crate::cli::{GlobalOptions, Watch};
use crate::client::{connect, project, settings};
use crate::error::CliError;
use crate::watch::{self, Target, read_targets, unique};

pub async fn run(global: &GlobalOptions, options: &Watch) -> Result<(), CliError> {
    let settings = settings(global)?;
    let targets = match &options.file {
        Some(file) => read_targets(file)?,
        None => {
            let group = project(&settings, options.project.group_id)?;
            unique(options.ids.iter().map(|id| Target::new(group, *id, None)))
        }
    };
    let client = connect(global, &settings)?;
    watch::run(&client, global.output, targets, options.until, None, &options.options).await
}
