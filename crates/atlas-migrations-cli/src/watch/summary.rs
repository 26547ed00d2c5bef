//! The table of the final states.

use super::exit_error::cutover_note;
use super::outcome::Outcome;
use super::state::WatchState;
use super::watched_migration::WatchedMigration;
use crate::terminal::{self, Cell, GREEN, Line, RED, YELLOW, seconds, table, yes_or_no};

/// Returns a table with one row for each migration.
pub fn summary(state: &WatchState) -> Vec<Line> {
    let rows: Vec<_> = state.migrations.iter().map(cells).collect();
    table(["MIGRATION", "LAG TIME", "READY FOR CUTOVER", "STATUS", "OUTCOME"], &rows)
}

fn cells(migration: &WatchedMigration) -> [Cell; 5] {
    let job = migration.job();
    let mut outcome = match &migration.outcome {
        Some(Outcome::Error { message, .. }) => format!("error: {message}"),
        Some(outcome) => outcome.as_str().to_owned(),
        None => migration.phase_text(),
    };
    if let Some(note) = cutover_note(migration) {
        outcome.push_str("; ");
        outcome.push_str(note);
    }
    let color = match migration.outcome {
        None | Some(Outcome::Ready | Outcome::Complete) => GREEN,
        Some(Outcome::TimedOut | Outcome::Interrupted) => YELLOW,
        Some(_) => RED,
    };
    [
        (&migration.target.name).into(),
        seconds(job.and_then(|job| job.lag)),
        yes_or_no(job.and_then(|job| job.ready_for_cutover)),
        terminal::status(migration.status()),
        Cell::from(outcome).styled(color),
    ]
}
