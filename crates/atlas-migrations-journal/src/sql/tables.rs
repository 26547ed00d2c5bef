//! Writes an event and the rows that are made from it.

use serde_json::Value as Json;

use super::{
    driver::{Row, Tx, Value},
    rows::Derived,
};
use crate::{
    error::{Error, Result},
    event::{Event, EventRecord, ResolvedBy},
    ids::RunnerId,
    state::{SlotKey, StreamState},
};

const INSERT_EVENT: &str = "INSERT INTO event (pos, stream, seq, event_id, type, v, attempt, at_ms, actor, runner, body, db_user) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING at_ms, db_user";
const DERIVE_STREAM: &str = "UPDATE stream SET attempt = $2, state = $3, group_id = $4, migration_id = $5, \
     destination = $6, completed = $7, ended = $8 WHERE key = $1";
const INSERT_SLOT: &str =
    "INSERT INTO slot (stream, attempt, op, intent_seq, state) VALUES ($1, $2, $3, $4, $5)";
const UPDATE_SLOT: &str =
    "UPDATE slot SET intent_seq = $4, state = $5 WHERE stream = $1 AND attempt = $2 AND op = $3";
const DELETE_SLOT: &str = "DELETE FROM slot WHERE stream = $1 AND attempt = $2 AND op = $3";
const WHO_OCCUPIES: &str = "SELECT name FROM stream WHERE destination = $1 AND key <> $2";
const WHO_FOLLOWS: &str =
    "SELECT name FROM stream WHERE group_id = $1 AND migration_id = $2 AND key <> $3";

/// Inserts an event and takes over the time and the user that the database gave it.
pub(super) async fn insert_event<T: Tx>(
    tx: &mut T,
    key: i64,
    record: &mut EventRecord,
) -> Result<()> {
    let values = vec![
        record.position.into(),
        key.into(),
        record.seq.into(),
        record.event_id.as_uuid().into(),
        record.event.event_type().into(),
        record.event.version().into(),
        record.attempt.into(),
        record.at_ms.into(),
        record.actor.as_str().into(),
        record.runner.map(RunnerId::as_uuid).into(),
        Json::Object(record.fields.clone()).to_string().into(),
        // Only an import brings one; PostgreSQL sets it otherwise.
        record.db_user.clone().into(),
    ];
    let rows = tx.rows(INSERT_EVENT, values).await?;
    if let Some(row) = rows.first() {
        record.at_ms = row.int(0)?;
        record.db_user = row.optional_text(1)?;
    }
    Ok(())
}

/// Writes the slots that an event changed. An intent that may be sent once only is a plain insert: the primary key decides.
pub(super) async fn write_slots<T: Tx>(
    tx: &mut T,
    key: i64,
    record: &EventRecord,
    before: &StreamState,
    after: &StreamState,
) -> Result<()> {
    let place =
        |slot: &SlotKey| vec![Value::from(key), slot.attempt.into(), slot.op.as_str().into()];
    for slot in before.slots.keys().filter(|slot| !after.slots.contains_key(slot)) {
        tx.execute(DELETE_SLOT, place(slot)).await?;
    }
    let sole = match &record.event {
        Event::Intent(intent) if !intent.op.is_repeatable() => {
            Some(SlotKey { attempt: record.attempt, op: intent.op.clone() })
        }
        _ => None,
    };
    for (slot, content) in &after.slots {
        let known = before.slots.get(slot);
        if known == Some(content) {
            continue;
        }
        let mut values = place(slot);
        values.extend([content.intent_seq.into(), content.state.as_str().into()]);
        let sql =
            if known.is_none() || sole.as_ref() == Some(slot) { INSERT_SLOT } else { UPDATE_SLOT };
        tx.execute(sql, values).await.map_err(|error| match violated(&error) {
            Some(Constraint::Slot) => Error::SlotTaken,
            _ => error,
        })?;
    }
    Ok(())
}

/// Writes the columns of the stream that an event changed.
///
/// A destination or a migration that another stream has refuses the event, but never an outcome, or a resolution by what
/// Atlas shows: then the column stays empty.
pub(super) async fn write_derived<T: Tx>(
    tx: &mut T,
    key: i64,
    record: &EventRecord,
    before: &StreamState,
    after: &StreamState,
) -> Result<()> {
    let known = Derived::of(before);
    let mut derived = Derived::of(after);
    if before.head > 0 && derived == known {
        return Ok(());
    }
    // A violated constraint breaks a transaction of PostgreSQL off, so who is in the way is asked before.
    let must_store = match &record.event {
        Event::Outcome(_) => true,
        // A person can correct the ID.
        Event::Resolved(resolved) => resolved.by != ResolvedBy::Person,
        _ => false,
    };
    if let Some(destination) = &derived.destination
        && let Some(row) =
            tx.rows(WHO_OCCUPIES, vec![destination.as_str().into(), key.into()]).await?.first()
    {
        if !must_store {
            return Err(Error::DestinationTaken {
                destination: destination.clone(),
                by: row.text(0)?,
            });
        }
        derived.destination = None;
    }
    if let (Some(group), Some(id)) = (&derived.group_id, &derived.migration_id)
        && let Some(row) = tx
            .rows(WHO_FOLLOWS, vec![group.as_str().into(), id.as_str().into(), key.into()])
            .await?
            .first()
    {
        if !must_store {
            return Err(Error::MigrationTaken { by: row.text(0)? });
        }
        derived.migration_id = None;
    }
    let mut values = vec![key.into()];
    values.extend(derived.values());
    tx.execute(DERIVE_STREAM, values).await.map_err(|error| match violated(&error) {
        // Another process was faster by a moment: the next try sees it.
        Some(Constraint::Destination | Constraint::Migration) => Error::Busy(error.to_string()),
        _ => error,
    })?;
    Ok(())
}

/// The constraints that have an error of their own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Constraint {
    Name,
    Destination,
    Migration,
    Slot,
}

/// Returns the unique constraint that a statement violated.
pub(super) fn violated(error: &Error) -> Option<Constraint> {
    let Error::Database(error) = error else { return None };
    let error = error.downcast_ref::<sqlx::Error>()?.as_database_error()?;
    if !error.is_unique_violation() {
        return None;
    }
    // PostgreSQL names the constraint; SQLite names the columns.
    let message = error.message();
    let says = |words: [&str; 2]| words.into_iter().any(|word| message.contains(word));
    [
        (Constraint::Name, ["stream_name", "stream.name"]),
        (Constraint::Destination, ["stream_destination", "stream.destination"]),
        (Constraint::Migration, ["stream_atlas", "stream.migration_id"]),
        (Constraint::Slot, ["slot_pkey", "slot.op"]),
    ]
    .into_iter()
    .find(|(_, words)| says(*words))
    .map(|(constraint, _)| constraint)
}
