//! Compares the tables with the events, and takes events over from an export.

use std::collections::BTreeMap;

use super::{
    append::catch_up,
    core::{Core, number},
    driver::{Driver, Row, Tx, Value},
    read::COUNT_EVENTS,
    rows::{Derived, event_record, select_events, select_streams, stream_row},
    tables::{insert_event, write_derived, write_slots},
};
use crate::{
    error::{Error, Result},
    ids::StreamId,
    state::StreamState,
    store::{ExportedStream, Problem, StreamRow, VerifyReport},
};

const ALL_STREAMS: &str = select_streams!("ORDER BY s.key");
const EVENTS_OF: &str = select_events!("WHERE e.stream = $1 ORDER BY e.seq");
const SLOTS_OF: &str = "SELECT attempt, op, intent_seq, state FROM slot WHERE stream = $1";
const POSITIONS: &str = "SELECT COUNT(*), COALESCE(MAX(pos), 0) FROM event";
const FIND_STREAM: &str = select_streams!("WHERE s.id = $1");
const EVENT_IDS: &str = "SELECT event_id FROM event WHERE stream = $1 ORDER BY seq";
const INSERT_STREAM: &str = "INSERT INTO stream (id, kind, scope, name, plan, archived, head, state) \
     VALUES ($1, $2, $3, $4, (SELECT key FROM stream WHERE id = $5), $6, 0, 'planned') RETURNING key";
const SET_HEAD: &str = "UPDATE stream SET head = $2 WHERE key = $1";

impl<D: Driver> Core<D> {
    pub(super) async fn verify(&self) -> Result<VerifyReport> {
        self.reading(|_, tx| Box::pin(verify_in(tx))).await
    }

    /// Adds the missing events of a stream. Those that are here must be the first ones of the export.
    pub(super) async fn import(&self, exported: ExportedStream) -> Result<u64> {
        let added = self
            .writing(|_, tx| {
                let exported = exported.clone();
                Box::pin(async move {
                    if let Some(sql) = D::BEGIN_IMPORT {
                        tx.rows(sql, Vec::new()).await?;
                    }
                    import_in::<D>(tx, exported).await
                })
            })
            .await?;
        Ok(added)
    }
}

async fn verify_in<T: Tx>(tx: &mut T) -> Result<VerifyReport> {
    let mut report = VerifyReport::default();
    let mut problem = |stream, what| report.problems.push(Problem { stream, what });
    let mut rows = Vec::new();
    for row in tx.rows(ALL_STREAMS, Vec::new()).await? {
        rows.push(stream_row(&row)?);
    }
    let mut followed: BTreeMap<(String, String), StreamId> = BTreeMap::new();
    for (_, row) in &rows {
        if let (Some(group), Some(id)) = (&row.group_id, &row.migration_id) {
            followed.insert((group.clone(), id.clone()), row.id);
        }
    }
    let mut events = 0;
    for (key, row) in &rows {
        let mut state = StreamState::new(row.kind);
        for event in tx.rows(EVENTS_OF, vec![(*key).into()]).await? {
            let record = event_record(&event)?;
            if record.seq != state.head + 1 {
                problem(Some(row.id), format!("event {} follows event {}", record.seq, state.head));
            }
            state.apply(&record);
            events += 1;
        }
        if state.head != row.head {
            problem(
                Some(row.id),
                format!("head is {}, the last event is {}", row.head, state.head),
            );
        }
        let made = made_from(&state, row, &rows, &followed);
        for what in made.differences(row) {
            problem(Some(row.id), what);
        }
        for what in slot_differences(&state, &tx.rows(SLOTS_OF, vec![(*key).into()]).await?)? {
            problem(Some(row.id), what);
        }
    }
    let counted = number(tx, COUNT_EVENTS).await?;
    if let Some(row) = tx.rows(POSITIONS, Vec::new()).await?.first() {
        let (count, last) = (row.count(0)?, row.count(1)?);
        if count != counted || last != counted || events != counted {
            problem(
                None,
                format!(
                    "{counted} events were counted, {count} are there, {events} belong to a stream, the last position is {last}"
                ),
            );
        }
    }
    report.streams = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    report.events = events;
    Ok(report)
}

/// Returns the columns that the events say, but without what another stream has: then the column stays empty.
fn made_from(
    state: &StreamState,
    row: &StreamRow,
    rows: &[(i64, StreamRow)],
    followed: &BTreeMap<(String, String), StreamId>,
) -> Derived {
    let mut made = Derived::of(state);
    if let (None, Some(group), Some(id)) = (&row.migration_id, &made.group_id, &made.migration_id)
        && followed.contains_key(&(group.clone(), id.clone()))
    {
        made.migration_id = None;
    }
    if row.destination.is_none()
        && made.destination.is_some()
        && rows.iter().any(|(_, other)| other.id != row.id && other.destination == made.destination)
    {
        made.destination = None;
    }
    made
}

fn slot_differences(state: &StreamState, rows: &[impl Row]) -> Result<Vec<String>> {
    let mut stored = BTreeMap::new();
    for row in rows {
        stored.insert((row.count(0)?, row.text(1)?), (row.count(2)?, row.text(3)?));
    }
    let made: BTreeMap<_, _> = state
        .slots
        .iter()
        .map(|(key, slot)| {
            (
                (u64::from(key.attempt), key.op.to_string()),
                (slot.intent_seq, slot.state.as_str().to_owned()),
            )
        })
        .collect();
    Ok(if stored == made {
        Vec::new()
    } else {
        vec![format!("the slots are {stored:?}, the events say {made:?}")]
    })
}

async fn import_in<D: Driver>(tx: &mut D::Tx, exported: ExportedStream) -> Result<u64> {
    let row = &exported.row;
    let id = row.id.as_uuid();
    let (key, mut state) = match tx.rows(FIND_STREAM, vec![id.into()]).await?.first() {
        Some(found) => {
            let (key, _) = stream_row(found)?;
            let known = tx.rows(EVENT_IDS, vec![key.into()]).await?;
            for (at, known) in known.iter().enumerate() {
                let same = exported.events.get(at).is_none_or(|event| {
                    known.uuid(0).is_ok_and(|id| id == event.event_id.as_uuid())
                });
                if !same {
                    return Err(Error::Import {
                        line: 0,
                        why: format!("stream {} has another event {} here", row.id, at + 1),
                    });
                }
            }
            let state = catch_up(tx, key, StreamState::new(row.kind)).await?;
            (key, state)
        }
        None => {
            let plan = row.plan.map(StreamId::as_uuid);
            let values = vec![
                id.into(),
                row.kind.as_str().into(),
                row.scope.as_str().into(),
                row.name.as_str().into(),
                Value::OptionalUuid(plan),
                row.archived.into(),
            ];
            let inserted = tx.rows(INSERT_STREAM, values).await?;
            let key = inserted.first().ok_or(Error::NoSuchStream(row.id))?.int(0)?;
            (key, StreamState::new(row.kind))
        }
    };
    let mut added = 0;
    for mut record in exported.events {
        if record.seq <= state.head {
            continue;
        }
        record.position = number(tx, D::COUNT_EVENT).await?;
        insert_event(tx, key, &mut record).await?;
        let before = state.clone();
        state.apply(&record);
        write_slots(tx, key, &record, &before, &state).await?;
        write_derived(tx, key, &record, &before, &state).await?;
        added += 1;
    }
    tx.execute(SET_HEAD, vec![key.into(), state.head.into()]).await?;
    Ok(added)
}
