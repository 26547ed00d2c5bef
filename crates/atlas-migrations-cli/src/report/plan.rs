//! The report of a plan.

use atlas_migrations_journal::event::{Event, EventRecord};
use atlas_migrations_journal::store::StreamRow;
use atlas_migrations_report::PlanReport;

use super::problem::entries;

/// Returns what the journal knows of a plan.
pub fn plan(row: &StreamRow, records: &[EventRecord]) -> PlanReport {
    let mut report = PlanReport::new(&row.name);
    for record in records {
        let (file, hash, plan) = match &record.event {
            Event::PlanStarted(plan) => (&plan.file, &plan.plan_hash, &plan.plan),
            Event::PlanChanged(plan) => (&plan.file, &plan.plan_hash, &plan.plan),
            _ => continue,
        };
        report.file.clone_from(file);
        report.hash = hash.to_string();
        report.applied = format!("{plan:#}");
    }
    report.events = entries(records);
    report
}
