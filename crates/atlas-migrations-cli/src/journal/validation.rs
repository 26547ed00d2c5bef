//! Records how a validation ended.

use atlas_migrations::{Validation, ValidationStatus};
use atlas_migrations_journal::event::{self, Actor, NewEvent, Validated};
use atlas_migrations_journal::store::Append;
use atlas_migrations_journal::{Error, StreamId};

use super::open::OpenJournal;

/// Stores how the last validation of a migration ended, unless it runs or the journal knows that.
pub async fn record_validation(
    journal: &OpenJournal,
    actor: &Actor,
    stream: StreamId,
    validation: &Validation,
) -> Result<(), Error> {
    let status = match &validation.status {
        Some(ValidationStatus::Success) => event::ValidationStatus::Success,
        Some(ValidationStatus::Failed) => event::ValidationStatus::Failed,
        _ => return Ok(()),
    };
    let Some(id) = validation.id.and_then(|id| id.to_string().parse().ok()) else {
        return Ok(());
    };
    let mut validated = Validated::new(id, status);
    let message = validation.error_message.as_deref();
    validated.message = message.map(|message| journal.redactor.text(message));
    let (_, state) = journal.store.state(stream).await?;
    if state.validation.is_some() || journal.info.read_only.is_some() {
        return Ok(());
    }
    let event = NewEvent::new(actor.clone(), validated).with_attempt(state.attempt);
    journal.store.append(Append::fact(stream, event)).await?;
    Ok(())
}
