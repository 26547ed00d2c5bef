//! `atlas-migrations describe`.

use atlas_migrations::LiveMigration;

use crate::api::received;
use crate::arguments::{Common, Describe};
use crate::connection::{connect, project, settings};
use crate::failure::Failure;
use crate::output::show;
use crate::terminal::{self, Line, optional, table, yes_or_no};

pub async fn run(common: &Common, arguments: &Describe) -> Result<(), Failure> {
    let settings = settings(common)?;
    let project = project(&settings, arguments.project.group_id)?;
    let client = connect(common, &settings)?;
    let call = client.live_migration(project, arguments.id);
    if arguments.envelope || arguments.pretty {
        let raw = call.raw().envelope(arguments.envelope).pretty(arguments.pretty);
        return received(raw.send().await?, true);
    }
    let job = call.await?;
    show(common.output, &job, || row(&job))
}

/// A migration as a table of one row.
pub fn row(job: &LiveMigration) -> Vec<Line> {
    let hosts = job.migration_hosts.as_ref().map(|hosts| hosts.join(", "));
    let cells = [
        optional(job.id),
        optional(job.lag.map(|lag| format!("{} s", lag.as_secs()))),
        yes_or_no(job.ready_for_cutover),
        terminal::status(job.status.as_ref()),
        optional(hosts),
    ];
    let headings = ["ID", "LAG TIME", "READY FOR CUTOVER", "STATUS", "MIGRATION HOST"];
    table(headings, &[cells])
}
