//! `atlas-migrations plan`: drafts and checks plans.

mod check;
mod init;
mod report_table;

use std::process::ExitCode;

use crate::cli::{GlobalOptions, Plan};
use crate::error::CliError;
use crate::journal::Journal;
use crate::output;
use crate::terminal;

pub async fn run(
    global: &GlobalOptions,
    journal: &Journal,
    plan: Plan,
) -> Result<ExitCode, CliError> {
    match plan {
        Plan::Init(options) => init::run(global, options).await?,
        Plan::Check(options) => check::run(global, journal, &options).await?,
        Plan::Schema => {
            let schema = output::data(&atlas_migrations_plan::schema())?;
            terminal::print(schema.as_bytes())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
