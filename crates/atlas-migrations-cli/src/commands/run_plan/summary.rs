//! How the migrations of a plan stand, and what that means for the exit code.

use atlas_migrations_journal::event::EndResult;
use atlas_migrations_journal::state::{Phase, WaitsFor};
use atlas_migrations_plan::Plan;
use atlas_migrations_runs::runner::{MigrationSummary, RunSummary};
use serde_json::{Value, json};

use crate::error::{CliError, Exit};
use crate::events::{End, Event, EventLine, RunEnd};
use crate::interrupt;
use crate::terminal::{CYAN, Cell, GREEN, Line, RED, YELLOW, optional, table};

/// Returns the table at the end of a run.
pub fn table_of(summary: &RunSummary) -> Vec<Line> {
    let rows: Vec<_> = summary
        .migrations
        .iter()
        .map(|one| {
            [
                name(one),
                Cell::from(one.phase.to_string()).styled(color(one)),
                waits_for(one),
                optional(one.project.as_deref()),
                optional(one.migration_id.as_deref()),
            ]
        })
        .collect();
    table(["NAME", "STATE", "WAITS FOR", "PROJECT", "ID"], &rows)
}

/// Returns the event of one migration at the end of a run.
pub fn end_event(one: &MigrationSummary) -> EventLine {
    let end = RunEnd {
        attempt: one.attempt,
        state: one.phase.as_str().to_owned(),
        project_id: one.project.clone(),
        live_migration_id: one.migration_id.clone(),
        result: one.ended.as_ref().map(|result| result.as_str().to_owned()),
        waits_for: one.waits_for.to_string(),
        planned: one.is_planned,
    };
    EventLine::now(Some(one.name.to_string()), Event::End(End::Run(end)))
}

/// What would be done next for a migration.
pub struct NextStep {
    name: String,
    state: String,
    next: String,
}

/// Returns what would be done next for each migration.
pub fn next_steps(plan: &Plan, found: Option<&RunSummary>) -> Vec<NextStep> {
    let known = found.map(|summary| &summary.migrations[..]).unwrap_or_default();
    let step = |one: &MigrationSummary| NextStep {
        name: name(one).text().to_owned(),
        state: one.phase.to_string(),
        next: one.next.clone(),
    };
    let mut steps: Vec<_> = known.iter().map(step).collect();
    for planned in &plan.migrations {
        if !known.iter().any(|one| one.name == planned.name) {
            steps.push(NextStep {
                name: planned.name.to_string(),
                state: "new".to_owned(),
                next: "write it down in the journal, then ask Atlas to validate the request"
                    .to_owned(),
            });
        }
    }
    steps
}

/// Returns the table of `--dry-run`.
pub fn steps_table(steps: &[NextStep]) -> Vec<Line> {
    let rows: Vec<_> = steps
        .iter()
        .map(|step| [Cell::from(&step.name), Cell::from(&step.state), Cell::from(&step.next)])
        .collect();
    table(["NAME", "STATE", "NEXT"], &rows)
}

/// Returns the JSON of `--dry-run`.
pub fn steps_json(steps: &[NextStep]) -> Value {
    steps
        .iter()
        .map(|step| json!({"name": step.name, "state": step.state, "next": step.next}))
        .collect()
}

/// Returns the result of the command: the worst of the migrations decides.
pub fn conclude(summary: &RunSummary, is_signaled: bool) -> Result<(), CliError> {
    if summary.interrupted {
        let exit = if is_signaled { Exit::Interrupted } else { Exit::ReaderGone };
        return Err(CliError::new("the run was interrupted")
            .exit(exit)
            .hint(format!("the same command goes on; {}", interrupt::WATCH_NOTE)));
    }
    let worst = summary
        .migrations
        .iter()
        .filter(|one| one.is_planned)
        .filter_map(|one| problem(one).map(|(rank, exit, what)| (rank, exit, what, one)))
        .min_by_key(|(rank, ..)| *rank);
    match worst {
        None => Ok(()),
        Some((_, exit, what, one)) => Err(CliError::new(format!("`{}` {what}", one.name))
            .exit(exit)
            .hint(format!("`atlas-migrations status` says what it waits for: {}", one.waits_for))),
    }
}

/// Returns what is wrong with a migration: its rank, its exit code, and a text.
fn problem(one: &MigrationSummary) -> Option<(u8, Exit, &'static str)> {
    match (&one.ended, one.phase) {
        (_, Phase::Unclear | Phase::Blocked) => {
            Some((0, Exit::Service, "is unclear: a person has to resolve it"))
        }
        (Some(EndResult::Failed), _) => Some((1, Exit::MigrationFailed, "failed")),
        (Some(EndResult::Expired), _) => Some((2, Exit::MigrationExpired, "expired")),
        _ if one.is_failed => Some((3, Exit::Rejected, "was refused or vetoed")),
        _ => None,
    }
}

fn name(one: &MigrationSummary) -> Cell {
    let attempt = if one.attempt > 1 { format!(" #{}", one.attempt) } else { String::new() };
    let orphan = if one.is_planned { "" } else { " (not in the plan)" };
    format!("{}{attempt}{orphan}", one.name).into()
}

fn waits_for(one: &MigrationSummary) -> Cell {
    match one.waits_for {
        WaitsFor::Nothing => "-".into(),
        ref waits => waits.to_string().into(),
    }
}

fn color(one: &MigrationSummary) -> anstyle::Style {
    match (&one.ended, one.phase) {
        (Some(EndResult::Complete), _) => GREEN,
        (_, Phase::Unclear | Phase::Blocked | Phase::Failed | Phase::Expired) => RED,
        (_, Phase::Ready | Phase::Held) => YELLOW,
        _ => CYAN,
    }
}
