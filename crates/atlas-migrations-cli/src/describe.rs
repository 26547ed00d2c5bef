//! `atlas-migrations describe`.

use std::io::{self, IsTerminal as _};

use atlas_migrations::{GetLiveMigration, LiveMigration};

use crate::arguments::{Common, Describe, Output};
use crate::failure::Failure;
use crate::terminal::{self, has_colour, optional, print, table};

pub async fn run(common: &Common, arguments: &Describe) -> Result<(), Failure> {
    let connection = common.connect()?;
    let project = connection.project(arguments.project.group_id)?;
    let call = connection.client.live_migration(&project, &arguments.id);
    if arguments.envelope || arguments.pretty {
        return as_received(call, arguments).await;
    }
    let job = call.await?;
    let text = match common.output {
        Output::Table => row(&job, has_colour()),
        Output::Json => {
            let json = serde_json::to_string_pretty(&job);
            let json = json.map_err(|error| Failure::new("cannot write JSON").because(&error))?;
            format!("{json}\n")
        }
    };
    Ok(print(text.as_bytes())?)
}

/// Prints the answer's body, whatever its status, byte for byte.
async fn as_received(call: GetLiveMigration<'_>, arguments: &Describe) -> Result<(), Failure> {
    let raw = call.raw().envelope(arguments.envelope).pretty(arguments.pretty).send().await?;
    print(raw.body())?;
    if io::stdout().is_terminal() && !raw.body().ends_with(b"\n") {
        print(b"\n")?;
    }
    raw.error_for_status()?;
    Ok(())
}

/// A migration as a table of one row.
pub fn row(job: &LiveMigration, colour: bool) -> String {
    let hosts = job.migration_hosts.as_ref().map(|hosts| hosts.join(", "));
    let cells = [
        optional(job.id),
        optional(job.lag.map(|lag| format!("{} s", lag.as_secs()))),
        optional(job.ready_for_cutover.map(|ready| if ready { "yes" } else { "no" })),
        terminal::status(job.status.as_ref()),
        optional(hosts),
    ];
    let headings = ["ID", "LAG TIME", "READY FOR CUTOVER", "STATUS", "MIGRATION HOST"];
    table(headings, &[cells], colour)
}
