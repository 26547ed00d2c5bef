//! `atlas-migrations describe`: shows the status of a live migration.

use atlas_migrations::LiveMigration;

use crate::cli::{Describe, GlobalOptions};
use crate::client::connect_to_project;
use crate::error::CliError;
use crate::output::show;
use crate::terminal::{self, Line, optional, seconds, table, yes_or_no};

pub async fn run(global: &GlobalOptions, options: &Describe) -> Result<(), CliError> {
    let (client, project) = connect_to_project(global, options.project.group_id)?;
    let job = client.live_migration(project, options.id).await?;
    show(global.output, &job, || row(&job))
}

/// Returns a table with one migration.
pub fn row(job: &LiveMigration) -> Vec<Line> {
    let hosts = job.migration_hosts.as_ref().map(|hosts| hosts.join(", "));
    let cells = [
        optional(job.id),
        seconds(job.lag),
        yes_or_no(job.ready_for_cutover),
        terminal::status(job.status.as_ref()),
        optional(hosts),
    ];
    let headings = ["ID", "LAG TIME", "READY FOR CUTOVER", "STATUS", "MIGRATION HOST"];
    table(headings, &[cells])
}
