//! Runs the commands of `atlas-migrations journal`.

use super::{adopt, archive, checks, copies, list, resolve, show};
use crate::cli::{GlobalOptions, JournalCommand};
use crate::error::CliError;
use crate::journal::Journal;

pub async fn run(
    global: &GlobalOptions,
    journal: &Journal,
    command: JournalCommand,
) -> Result<(), CliError> {
    match command {
        JournalCommand::List(options) => list::run(global, journal, &options).await,
        JournalCommand::Show(options) => show::run(global, journal, &options).await,
        JournalCommand::Info => checks::info(global, journal).await,
        JournalCommand::Verify => checks::verify(global, journal).await,
        JournalCommand::Export(options) => copies::export(global, journal, &options).await,
        JournalCommand::Import(options) => copies::import(global, journal, &options).await,
        JournalCommand::Backup(options) => copies::back_up(global, journal, &options).await,
        JournalCommand::Adopt(options) => adopt::run(global, journal, &options).await,
        JournalCommand::Resolve(options) => resolve::run(global, journal, &options).await,
        JournalCommand::Archive(options) => archive::run(global, journal, &options).await,
    }
}
