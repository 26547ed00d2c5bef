//! The options of `journal`.

use std::path::PathBuf;

use atlas_migrations::LiveMigrationId;
use clap::{ArgGroup, Args, Subcommand};

use super::shared::{Confirmation, Project};
use crate::name_completion;

#[derive(Subcommand)]
pub enum JournalCommand {
    List(ListStreams),
    Show(ShowStream),
    /// Show where the journal is, how many events it has, and what is doubtful about it
    Info,
    Export(ExportJournal),
    Import(ImportJournal),
    /// Check the database, and compare its tables with the events that they are made from
    Verify,
    Backup(BackUpJournal),
    Adopt(AdoptMigration),
    Resolve(ResolveRequest),
    Archive(ArchiveStream),
}

/// List the migrations, plans and links of the journal, with their last event
///
/// Asks Atlas nothing: `list` refreshes the states.
#[derive(Args)]
pub struct ListStreams {
    /// Also list what is archived
    #[arg(long)]
    pub all: bool,
}

/// Show the state and the events of a migration, a plan or a link
#[derive(Args)]
pub struct ShowStream {
    /// Name in the journal: NAME, PLAN/NAME, or the ID of a stream
    #[arg(value_name = "NAME", add = name_completion::completer())]
    pub name: String,
    /// Show each event as it is stored, with all its fields
    #[arg(long)]
    pub events: bool,
}

/// Write all events as JSON lines
///
/// What a damaged journal cannot give is skipped: each such event has a line that says so, and the exit code is 1.
#[derive(Args)]
pub struct ExportJournal {
    /// File to write. An existing regular file is replaced. Default: stdout
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// Add the events of an export that this journal does not have
///
/// Times and users of the events are kept; in a PostgreSQL journal only the owner of its tables can do that.
#[derive(Args)]
pub struct ImportJournal {
    /// File that `journal export` wrote; `-` reads stdin
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Write a copy of an SQLite journal into a new file
///
/// Never copy the file of a journal by other means: a part of its events may be in the file beside it.
#[derive(Args)]
pub struct BackUpJournal {
    /// New file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Follow a live migration that was started without this journal
///
/// The command asks Atlas for the migration first, and records what it shows. It changes nothing in Atlas.
#[derive(Args)]
pub struct AdoptMigration {
    /// Name for the migration: lowercase letters, digits, `.`, `_` and `-`
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Live migration ID
    #[arg(long, value_name = "LIVE_MIGRATION_ID")]
    pub id: LiveMigrationId,
    #[command(flatten)]
    pub project: Project,
    /// Destination cluster: no other migration of this journal can have it until this one ends
    #[arg(long, value_name = "CLUSTER")]
    pub cluster_name: Option<String>,
}

/// Say whether a request took effect whose response was lost
///
/// While this is not known, nothing that changes the migration is sent. Look at Atlas first: a request that is sent twice
/// can start two migrations.
#[derive(Args)]
#[command(group = ArgGroup::new("fate").required(true).args(["id", "absent", "took_effect", "did_not"]))]
pub struct ResolveRequest {
    /// Name in the journal: NAME, PLAN/NAME, or the ID of a stream
    #[arg(value_name = "NAME", add = name_completion::completer())]
    pub name: String,
    /// The creation took effect and started this migration. Atlas must show it, with the host of the request
    #[arg(long, value_name = "LIVE_MIGRATION_ID")]
    pub id: Option<LiveMigrationId>,
    /// The creation started no migration. Allowed a minute after it was recorded
    #[arg(long)]
    pub absent: bool,
    /// The cutover took effect
    #[arg(long)]
    pub took_effect: bool,
    /// The cutover did not take effect and never will. Allowed ten minutes after the time in which it could be sent, if
    /// five polls agree that the migration still replicates and is ready
    #[arg(long)]
    pub did_not: bool,
    /// Time between the five polls
    #[arg(long, value_name = "DURATION", default_value = "5s", hide = true, value_parser = super::duration::parse)]
    pub poll_interval: std::time::Duration,
    #[command(flatten)]
    pub confirmation: Confirmation,
    /// What proves it, for the journal
    #[arg(long, value_name = "TEXT")]
    pub evidence: Option<String>,
}

/// Free the name of a migration that ended. Its events stay in the journal
#[derive(Args)]
pub struct ArchiveStream {
    /// Name in the journal: NAME, PLAN/NAME, or the ID of a stream
    #[arg(value_name = "NAME", add = name_completion::completer())]
    pub name: String,
}
