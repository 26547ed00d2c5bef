//! Where each migration stands in the end, and what that comes to.

use super::board::{Board, Cutover, Outcome, Row};
use super::ending::of_cutover;
use crate::failure::Failure;
use crate::interrupt::GOES_ON;
use crate::terminal::{self, Cell, GREEN, Line, RED, YELLOW, optional, table, yes_or_no};

/// A line for each migration.
pub fn summary(board: &Board) -> Vec<Line> {
    let rows: Vec<_> = board.rows.iter().map(cells).collect();
    table(["MIGRATION", "LAG TIME", "READY FOR CUTOVER", "STATUS", "OUTCOME"], &rows)
}

fn cells(row: &Row) -> [Cell; 5] {
    let job = row.job();
    let mut outcome = match &row.outcome {
        Some(Outcome::Error { why, .. }) => format!("error: {why}"),
        Some(outcome) => outcome.as_str().to_owned(),
        None => row.stage(),
    };
    if let Some(said) = of_cutover(row) {
        outcome.push_str("; ");
        outcome.push_str(said);
    }
    let color = match row.outcome {
        None | Some(Outcome::Ready | Outcome::Complete) => GREEN,
        Some(Outcome::TimedOut | Outcome::Interrupted) => YELLOW,
        Some(_) => RED,
    };
    [
        row.target.name.clone().into(),
        optional(job.and_then(|job| job.lag).map(|lag| format!("{} s", lag.as_secs()))),
        yes_or_no(job.and_then(|job| job.ready_for_cutover)),
        terminal::status(job.and_then(|job| job.status.as_ref())),
        Cell::from(outcome).styled(color),
    ]
}

/// What did not come in time, where more is known than that.
fn missing(row: &Row) -> Option<String> {
    match &row.cutover {
        Cutover::Unclear { why, .. } => {
            Some(format!("whether its cutover took effect is not known yet: {why}"))
        }
        _ => row.waiting_for().map(|what| what.to_string()),
    }
}

/// What the worst of all ends comes to.
pub fn ended(board: &Board) -> Result<(), Failure> {
    let Some((worst, exit)) = board.worst().and_then(|worst| Some((worst, worst.exit()?))) else {
        return Ok(());
    };
    let alike = board.rows.iter().filter(|row| {
        row.outcome.as_ref().is_some_and(|outcome| outcome.badness() == worst.badness())
    });
    let which = match &board.rows[..] {
        [row] => format!("the migration {}", row.target.name),
        rows => format!("{} of {} migrations", alike.count(), rows.len()),
    };
    let failure = match worst {
        Outcome::Failed => Failure::new(format!("{which} failed")),
        Outcome::Expired => Failure::new(format!("{which} expired")),
        Outcome::TimedOut => {
            let missing = match &board.rows[..] {
                [row] => missing(row).map(|what| format!(": {what}")).unwrap_or_default(),
                _ => String::new(),
            };
            Failure::new(format!("{which} did not get there in time{missing}")).hint(GOES_ON)
        }
        Outcome::Interrupted => Failure::new("interrupted").hint(GOES_ON),
        Outcome::Error { why, hint, .. } => {
            let failure = Failure::new(match board.rows.len() {
                1 => why.clone(),
                _ => format!("{which} could not be followed to the end: {why}"),
            });
            hint.iter().fold(failure, Failure::hint)
        }
        Outcome::Ready | Outcome::Complete => return Ok(()),
    };
    Err(failure.exit(exit))
}
