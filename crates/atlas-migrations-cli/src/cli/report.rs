//! The options of `report`.

use std::path::PathBuf;

use clap::Args;

use crate::name_completion;

/// Write what happened to migrations as one HTML file, for a ticket or a postmortem
///
/// The report says what was planned, what happened when and by whom, who approved, how each migration ended, how long it
/// took, and what is unclear, with a chart of the lags. It is made from the journal: Atlas is not asked. The file loads
/// nothing and has no script; it is readable in light and dark, and prints. Users, hosts and cluster names are in it.
#[derive(Args)]
pub struct Report {
    /// Names of plans or migrations, or plan files. Default: all that are not archived
    #[arg(value_name = "NAME|PLAN", add = name_completion::completer())]
    pub names: Vec<String>,
    /// File to write. An existing regular file is replaced
    #[arg(long, value_name = "FILE.html")]
    pub out: PathBuf,
}
