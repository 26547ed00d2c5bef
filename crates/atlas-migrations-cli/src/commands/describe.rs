//! `atlas-migrations describe`: shows the status of a live migration.

use atlas_migrations::LiveMigration;

use crate::cli::{Describe, GlobalOptions};
use crate::client::{connect, settings};
use crate::error::CliError;
use crate::journal::Journal;
use crate::migration_target;
use crate::output::show;
use crate::terminal::{self, Line, optional, seconds, table, yes_or_no};

pub async fn run(
    global: &GlobalOptions,
    journal: &Journal,
    options: &Describe,
) -> Result<(), CliError> {
    let settings = settings(global)?;
    let given = options.project.group_id;
    let target = migration_target::find(journal, &settings, given, &options.target.id).await?;
    let client = connect(global, &settings)?;
    let job = client.live_migration(target.group, target.id).await?;
    show(global.output, &job, || row(target.name.as_deref(), &job))
}

/// Returns a table with one migration, and its name if it has one.
pub fn row(name: Option<&str>, job: &LiveMigration) -> Vec<Line> {
    let hosts = job.migration_hosts.as_ref().map(|hosts| hosts.join(", "));
    let cells = [
        optional(job.id),
        seconds(job.lag),
        yes_or_no(job.ready_for_cutover),
        terminal::status(job.status.as_ref()),
        optional(hosts),
    ];
    let headings = ["ID", "LAG TIME", "READY FOR CUTOVER", "STATUS", "MIGRATION HOST"];
    match name {
        None => table(headings, &[cells]),
        Some(name) => {
            let [id, lag, ready, status, hosts] = cells;
            let headings = ["ID", "NAME", headings[1], headings[2], headings[3], headings[4]];
            table(headings, &[[id, name.into(), lag, ready, status, hosts]])
        }
    }
}
