//! What Atlas shows of a migration, for a person.

use atlas_migrations::{Client, GroupId, LiveMigration, LiveMigrationId};

use crate::error::{CliError, Exit};

/// Asks Atlas for a migration.
///
/// # Errors
///
/// Atlas does not show it, or shows another one.
pub async fn look(
    client: &Client,
    group: GroupId,
    id: LiveMigrationId,
) -> Result<LiveMigration, CliError> {
    let job = client.live_migration(group, id).await?;
    match job.id.filter(|shown| *shown != id) {
        None => Ok(job),
        Some(other) => {
            let message =
                format!("nothing was done: Atlas responded with migration {other}, not {id}");
            Err(CliError::new(message).exit(Exit::Service))
        }
    }
}

/// Returns the status as Atlas writes it.
pub fn status(job: &LiveMigration) -> String {
    job.status.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string)
}

/// Describes what Atlas shows, in one line.
pub fn describe(job: &LiveMigration) -> String {
    let ready = match job.ready_for_cutover {
        Some(true) => ", ready for cutover",
        Some(false) => ", not ready for cutover",
        None => "",
    };
    let lag = job.lag.map(|lag| format!(", lag {} s", lag.as_secs())).unwrap_or_default();
    let hosts = job.migration_hosts.as_ref().map(|hosts| format!(", host {}", hosts.join(", ")));
    format!("{}{ready}{lag}{}", status(job), hosts.unwrap_or_default())
}
