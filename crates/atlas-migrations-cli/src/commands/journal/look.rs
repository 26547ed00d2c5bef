//! What Atlas shows of a migration, as text.

use atlas_migrations::LiveMigration;

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
