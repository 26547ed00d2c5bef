//! What Atlas shows of a migration, for the journal.

use atlas_migrations::{LiveMigration, LiveMigrationStatus};
use atlas_migrations_journal::event::{EndResult, Observed};

/// Returns the status as Atlas writes it.
pub fn status(job: &LiveMigration) -> String {
    job.status.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string)
}

/// Returns the observation of a migration at a time, in milliseconds since 1970.
pub fn observed(job: &LiveMigration, now_ms: i64) -> Observed {
    let mut observed = Observed::new(status(job), now_ms);
    observed.ready = job.ready_for_cutover;
    observed.lag_seconds = job.lag.map(|lag| lag.as_secs());
    observed
}

/// Returns how the migration ended, if it did.
pub fn end(job: &LiveMigration) -> Option<EndResult> {
    match job.status.as_ref()? {
        LiveMigrationStatus::Complete => Some(EndResult::Complete),
        LiveMigrationStatus::Failed => Some(EndResult::Failed),
        LiveMigrationStatus::Expired => Some(EndResult::Expired),
        _ => None,
    }
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
