//! Finds streams of the journal by the names that a user gives.

use atlas_client_core::sanitize;
use atlas_migrations_journal::StreamId;
use atlas_migrations_journal::event::StreamKind;
use atlas_migrations_journal::store::{StreamFilter, StreamRow};

use crate::error::CliError;
use crate::journal::OpenJournal;

/// How many near names an error lists.
const MAX_NEAR: usize = 5;

/// Finds the streams with these names. Each stream is returned once, in the order of the names.
///
/// # Errors
///
/// A name is unknown or ambiguous. Then nothing was done about the others either.
pub async fn find_all(
    journal: &OpenJournal,
    names: &[String],
    kinds: &[StreamKind],
) -> Result<Vec<StreamRow>, CliError> {
    let mut filter = StreamFilter::default();
    filter.archived = true;
    let rows = journal.store.streams(filter).await?;
    let mut found: Vec<StreamRow> = Vec::new();
    for name in names {
        let row = find(&rows, name, kinds)?;
        if !found.iter().any(|other| other.id == row.id) {
            found.push(row.clone());
        }
    }
    Ok(found)
}

/// Finds the stream with this name.
///
/// # Errors
///
/// The name is unknown or ambiguous.
pub async fn find_one(
    journal: &OpenJournal,
    name: &str,
    kinds: &[StreamKind],
) -> Result<StreamRow, CliError> {
    let found = find_all(journal, &[name.to_owned()], kinds).await?;
    found.into_iter().next().ok_or_else(|| unknown(name, &[], kinds))
}

/// Returns the name of a stream with its scope.
pub fn qualified(row: &StreamRow) -> String {
    if row.scope.is_empty() { row.name.clone() } else { format!("{}/{}", row.scope, row.name) }
}

fn find<'a>(
    rows: &'a [StreamRow],
    given: &str,
    kinds: &[StreamKind],
) -> Result<&'a StreamRow, CliError> {
    let id: Option<StreamId> = given.parse().ok();
    let fits = |row: &&StreamRow| kinds.contains(&row.kind);
    if let Some(row) = rows.iter().filter(fits).find(|row| Some(row.id) == id) {
        return Ok(row);
    }
    let is_meant = |row: &&StreamRow| {
        row.name == given || qualified(row) == given || row.migration_id.as_deref() == Some(given)
    };
    // The name of an archived stream is free for others.
    let named: Vec<_> =
        rows.iter().filter(fits).filter(|row| !row.archived).filter(is_meant).collect();
    match named[..] {
        [row] => Ok(row),
        [] => Err(unknown(given, rows, kinds)),
        _ => Err(ambiguous(given, &named)),
    }
}

fn unknown(given: &str, rows: &[StreamRow], kinds: &[StreamKind]) -> CliError {
    let what: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
    let what = what.join(" or ");
    let error = CliError::usage(format!(
        "nothing was done: the journal has no {what} named `{}`",
        sanitize(given)
    ));
    let wanted = given.rsplit('/').next().unwrap_or(given);
    let mut near: Vec<_> = rows
        .iter()
        .filter(|row| !row.archived && kinds.contains(&row.kind))
        .map(|row| (strsim::damerau_levenshtein(&row.name, wanted), qualified(row)))
        .filter(|(distance, name)| *distance <= 1 + wanted.len() / 4 || name.contains(wanted))
        .collect();
    near.sort();
    let near: Vec<_> = near.into_iter().take(MAX_NEAR).map(|(_, name)| name).collect();
    error.hint(if near.is_empty() {
        "`atlas-migrations journal list` shows the names".to_owned()
    } else {
        format!("did you mean {}?", near.join(", "))
    })
}

fn ambiguous(given: &str, named: &[&StreamRow]) -> CliError {
    let error = CliError::usage(format!(
        "nothing was done: {} streams of the journal are named `{}`",
        named.len(),
        sanitize(given)
    ));
    named
        .iter()
        .fold(error, |error, row| {
            error.line(format!("  {} {}, stream {}", row.kind, qualified(row), row.id))
        })
        .hint("give the name with its plan or project, as PLAN/NAME, or the ID of the stream")
}
