//! How the program ends that followed migrations and could not say on stdout what became of them.

use super::board::{Board, Cutover, Outcome, Row};
use crate::failure::{Exit, Failure};
use crate::interrupt;
use crate::terminal::Failed;

/// Of so many migrations it is said what became of them.
const NAMED: usize = 20;

/// What a cutover that was begun has come to, where the migration has not come to its end.
pub fn of_cutover(row: &Row) -> Option<&'static str> {
    let is_over = matches!(
        row.outcome,
        Some(Outcome::Complete | Outcome::Failed | Outcome::Expired | Outcome::Error { .. })
    );
    match &row.cutover {
        _ if is_over => None,
        Cutover::No => None,
        Cutover::Sending => Some("its cutover was being sent and may have taken effect"),
        Cutover::Unclear { .. } => Some("its cutover may have taken effect"),
        Cutover::Accepted(_) => Some("its cutover was accepted"),
    }
}

/// How it ends when it is told to stop for the second time.
pub fn at_once(board: &Board) -> Failure {
    let failure = interrupt::failure("interrupted").hint(interrupt::GOES_ON);
    with_cutovers(failure, board)
}

/// How it ends when nobody reads stdout any more: without a word, unless it was to cut over.
pub fn reader_gone(board: &Board, was_to_cut_over: bool) -> Failure {
    if !was_to_cut_over {
        return Failure::quiet(Exit::ReaderGone);
    }
    let open = board.rows.iter().filter(|row| row.outcome.is_none());
    let waits = open.filter(|row| row.cutover == Cutover::No).count();
    let message = match (&board.rows[..], waits) {
        (_, 0) => "nobody reads stdout any more".to_owned(),
        ([row], _) => {
            let name = &row.target.name;
            format!("nobody reads stdout any more; the migration {name} was not cut over")
        }
        _ => format!("nobody reads stdout any more; {waits} migrations were not cut over"),
    };
    let failure = Failure::new(message)
        .exit(Exit::ReaderGone)
        .hint("`atlas-migrations describe` shows how a migration stands")
        .may_have_taken_effect(false, None);
    with_cutovers(failure, board)
}

/// How it ends: as the migrations did, and where stdout was not written with all of that on stderr.
pub fn conclude(
    ended: Result<(), Failure>,
    written: Result<(), Failed>,
    board: &Board,
) -> Result<(), Failure> {
    let why = match written {
        // Who has seen enough of what has come to its end is not told about the rest.
        Ok(()) | Err(Failed::ReaderGone) => return ended,
        Err(Failed::NotRead) => "stdout was not read".to_owned(),
        Err(Failed::Unwritable(why)) => why,
    };
    let unwritten = format!("the output could not be written: {why}");
    let failure = match ended {
        Err(failure) => failure.line(format!("  {unwritten}")),
        Ok(()) => {
            Failure::new(format!("followed to the end, but {unwritten}")).exit(Exit::NotWritten)
        }
    };
    let rows = board.rows.iter().take(NAMED);
    let failure = rows.fold(failure, |failure, row| {
        let outcome = row.outcome.as_ref().map_or("not over", Outcome::as_str);
        failure.line(format!("  {}: {outcome}", row.target.name))
    });
    Err(with_cutovers(failure, board))
}

fn with_cutovers(failure: Failure, board: &Board) -> Failure {
    let sent = board.rows.iter().filter_map(|row| Some((row, of_cutover(row)?)));
    sent.fold(failure, |failure, (row, said)| {
        let id = row.target.key.id.to_string();
        failure.line(format!("  {}: {said}", row.target.name)).may_have_taken_effect(true, Some(id))
    })
}
