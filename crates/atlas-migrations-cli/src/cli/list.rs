//! The options of `list` and `status`.

use clap::Args;

use super::target::QualifiedName;
use crate::name_completion;

/// List the migrations of the journal, the most urgent first
///
/// Atlas has no call that lists live migrations, so only the journal knows them. Each one that has not ended is
/// refreshed from Atlas; what changed is recorded in the journal.
///
/// Order: unclear, failed, expired, less than 24 h to the deadline, waiting for a person, ready, cutting over,
/// replicating, not started, complete.
#[derive(Args)]
pub struct List {
    /// Also list archived migrations, and those that were completed or given up more than 7 days ago
    #[arg(long)]
    pub all: bool,
    /// Show what the journal knows, without a request to Atlas
    #[arg(long)]
    pub offline: bool,
}

/// Show what each migration of the journal waits for, and who or what can end that
///
/// Exit codes, the worst decides: 7 if it is unknown whether a request took effect, 8 if a migration failed, 9 if one
/// expired, else 0.
#[derive(Args)]
pub struct Status {
    /// Names of migrations: orders, or weekend-12/orders. Default: all that are not archived
    #[arg(value_name = "NAME", add = name_completion::completer())]
    pub names: Vec<QualifiedName>,
    /// Show what the journal knows, without a request to Atlas
    #[arg(long)]
    pub offline: bool,
    /// Follow the journal in a live view on the terminal, without requests to Atlas: others work on the migrations, such
    /// as a run on another machine. `?` shows the keys
    #[arg(long)]
    pub follow: bool,
}
