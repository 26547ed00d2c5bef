//! Finds the last validation of a migration in the journal.

use std::collections::HashSet;

use atlas_migrations::{GroupId, Settings, ValidationId};
use atlas_migrations_journal::StreamId;
use atlas_migrations_journal::event::{Event, EventRecord, Operation};

use crate::cli::QualifiedName;
use crate::error::{CliError, Exit};
use crate::journal::{Journal, project_of, redactor};
use crate::migration_target::directory;

/// Returns the project and the ID of the last validation of a migration, and its stream.
pub async fn find(
    journal: &Journal,
    settings: &Settings,
    given: Option<GroupId>,
    name: &QualifiedName,
) -> Result<(GroupId, ValidationId, StreamId), CliError> {
    let none = || {
        CliError::new(format!("the journal knows no validation of `{name}`"))
            .exit(Exit::NotFound)
            .hint("validate a request with `atlas-migrations validate`")
    };
    let directory = directory(journal, settings, Some(name)).await?.ok_or_else(none)?;
    let row = directory.find(name, given)?;
    let journal = journal.required(redactor(Some(settings), None)).await?;
    let records = journal.store.read(row.id, 0).await?;
    let project = project_of(row).and_then(|project| project.parse().ok());
    let (group, id) = project.zip(last(&records)).ok_or_else(none)?;
    Ok((group, id, row.id))
}

fn last(records: &[EventRecord]) -> Option<ValidationId> {
    let is_validate = |record: &&EventRecord| matches!(&record.event, Event::Intent(intent) if intent.op == Operation::Validate);
    let intents: HashSet<_> = records.iter().filter(is_validate).map(|record| record.seq).collect();
    let id = records.iter().rev().find_map(|record| match &record.event {
        Event::Validated(validated) => Some(&validated.validation_id),
        Event::Outcome(outcome) if intents.contains(&outcome.intent_seq) => outcome.id.as_ref(),
        _ => None,
    });
    id?.as_str().parse().ok()
}
