//! The errors that a watch ends with.

use super::outcome::Outcome;
use super::state::WatchState;
use super::watched_migration::{CutoverState, WatchedMigration};
use crate::error::{CliError, Exit};
use crate::interrupt;
use crate::terminal::WriteError;

/// The maximum number of migrations that an error lists.
const MAX_LISTED: usize = 20;

/// Returns the result of a cutover that was sent, unless the migration has ended.
pub fn cutover_note(migration: &WatchedMigration) -> Option<&'static str> {
    let has_ended = matches!(
        migration.outcome,
        Some(Outcome::Complete | Outcome::Failed | Outcome::Expired | Outcome::Error { .. })
    );
    match &migration.cutover {
        _ if has_ended => None,
        CutoverState::NotSent => None,
        CutoverState::Sending => Some("its cutover was being sent and may have taken effect"),
        CutoverState::Unclear { .. } => Some("its cutover may have taken effect"),
        CutoverState::Accepted => Some("its cutover was accepted"),
    }
}

/// Returns the error for the second signal.
pub fn interrupted_at_once(state: &WatchState) -> CliError {
    with_cutovers(interrupt::error("interrupted").hint(interrupt::WATCH_NOTE), state)
}

/// Returns the error for a reader that closed stdout. It is silent unless migrations were to be cut over.
pub fn reader_gone(state: &WatchState, cuts_over: bool) -> CliError {
    if !cuts_over {
        return CliError::silent(Exit::ReaderGone);
    }
    let open = state.migrations.iter().filter(|migration| migration.outcome.is_none());
    let not_sent = open.filter(|migration| migration.cutover == CutoverState::NotSent).count();
    let message = match (&state.migrations[..], not_sent) {
        (_, 0) => "the reader of stdout closed it".to_owned(),
        ([migration], _) => {
            let name = &migration.target.name;
            format!("the reader of stdout closed it; migration {name} was not cut over")
        }
        _ => format!("the reader of stdout closed it; {not_sent} migrations were not cut over"),
    };
    let error = CliError::new(message)
        .exit(Exit::ReaderGone)
        .hint("show the status of a migration with `atlas-migrations describe`")
        .may_have_taken_effect(false, None);
    with_cutovers(error, state)
}

/// Returns the result of the watch, and adds the outcomes to the error if they could not be written to stdout.
pub fn conclude(
    result: Result<(), CliError>,
    written: Result<(), WriteError>,
    state: &WatchState,
) -> Result<(), CliError> {
    let reason = match written {
        // A reader that closed stdout after the end wants no more.
        Ok(()) | Err(WriteError::ReaderGone) => return result,
        Err(WriteError::Stalled) => "stdout was not read".to_owned(),
        Err(WriteError::Unwritable(reason)) => reason,
    };
    let unwritten = format!("the output could not be written: {reason}");
    let error = match result {
        Err(error) => error.line(format!("  {unwritten}")),
        Ok(()) => {
            CliError::new(format!("the watch succeeded, but {unwritten}")).exit(Exit::NotWritten)
        }
    };
    let listed = state.migrations.iter().take(MAX_LISTED);
    let error = listed.fold(error, |error, migration| {
        let outcome = migration.outcome.as_ref().map_or("not finished", Outcome::as_str);
        error.line(format!("  {}: {outcome}", migration.target.name))
    });
    Err(with_cutovers(error, state))
}

/// Returns the error for the most severe outcome.
pub fn worst_outcome(state: &WatchState) -> Result<(), CliError> {
    let Some((worst, exit)) = state.worst().and_then(|worst| Some((worst, worst.exit()?))) else {
        return Ok(());
    };
    let outcomes = state.migrations.iter().filter_map(|migration| migration.outcome.as_ref());
    let alike = outcomes.filter(|outcome| outcome.severity() == worst.severity()).count();
    let which = match &state.migrations[..] {
        [migration] => format!("migration {}", migration.target.name),
        all => format!("{alike} of {} migrations", all.len()),
    };
    let error = match worst {
        Outcome::Failed => CliError::new(format!("{which} failed")),
        Outcome::Expired => CliError::new(format!("{which} expired")),
        Outcome::TimedOut => {
            let details = match &state.migrations[..] {
                [migration] => unmet(migration).map(|text| format!(": {text}")).unwrap_or_default(),
                _ => String::new(),
            };
            let message = format!("{which} did not reach the awaited state in time{details}");
            CliError::new(message).hint(interrupt::WATCH_NOTE)
        }
        Outcome::Interrupted => CliError::new("interrupted").hint(interrupt::WATCH_NOTE),
        Outcome::Error { message, hint, .. } => {
            let error = CliError::new(match state.migrations.len() {
                1 => message.clone(),
                _ => format!("{which} could not be watched to the end: {message}"),
            });
            hint.iter().fold(error, CliError::hint)
        }
        Outcome::Ready | Outcome::Complete => return Ok(()),
    };
    Err(error.exit(exit))
}

/// Returns what a migration that timed out was waiting for, if it was to be cut over.
fn unmet(migration: &WatchedMigration) -> Option<String> {
    match &migration.cutover {
        CutoverState::Unclear { reason, .. } => {
            Some(format!("it is still unknown whether its cutover took effect: {reason}"))
        }
        _ => migration.waiting_for().map(|condition| condition.to_string()),
    }
}

fn with_cutovers(error: CliError, state: &WatchState) -> CliError {
    let notes =
        state.migrations.iter().filter_map(|migration| Some((migration, cutover_note(migration)?)));
    notes.fold(error, |error, (migration, note)| {
        let id = migration.target.key.id.to_string();
        error
            .line(format!("  {}: {note}", migration.target.name))
            .may_have_taken_effect(true, Some(id))
    })
}
