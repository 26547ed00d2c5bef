//! Reads rows of the tables, and the columns of `stream` that are made from events.

use serde_json::{Map, Value as Json};

use super::driver::{Row, Value};
use crate::{
    error::{Error, Result},
    event::{Actor, Event, EventRecord, StreamKind},
    state::StreamState,
    store::StreamRow,
};

/// The columns that [`stream_row`] reads.
macro_rules! select_streams {
    ($rest:literal) => {
        concat!(
            "SELECT s.key, s.id, s.kind, s.scope, s.name, p.id, s.head, s.attempt, s.state, s.gate, s.group_id, ",
            "s.migration_id, s.destination, s.completed, s.ended, s.archived, s.owner, s.fence ",
            "FROM stream s LEFT JOIN stream p ON p.key = s.plan ",
            $rest
        )
    };
}
pub(super) use select_streams;

/// The columns that [`event_record`] reads.
macro_rules! select_events {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, e.seq, e.pos, e.event_id, e.type, e.v, e.attempt, e.at_ms, e.actor, e.db_user, e.runner, e.body ",
            "FROM event e JOIN stream s ON s.key = e.stream ",
            $rest
        )
    };
}
pub(super) use select_events;

pub(super) fn kind_of(word: &str) -> Result<StreamKind> {
    StreamKind::from_word(word)
        .ok_or_else(|| Error::Corrupt(format!("the kind of a stream is `{word}`")))
}

fn small(value: i64) -> Result<u32> {
    u32::try_from(value).map_err(|_| Error::Corrupt(format!("the number {value} is out of range")))
}

/// Reads a row of [`select_streams`]: the key and the rest.
pub(super) fn stream_row(row: &impl Row) -> Result<(i64, StreamRow)> {
    let stream = StreamRow {
        id: row.uuid(1)?.into(),
        kind: kind_of(&row.text(2)?)?,
        scope: row.text(3)?,
        name: row.text(4)?,
        plan: row.optional_uuid(5)?.map(Into::into),
        head: row.count(6)?,
        attempt: small(row.int(7)?)?,
        phase: row.text(8)?,
        gate: row.count(9)?,
        group_id: row.optional_text(10)?,
        migration_id: row.optional_text(11)?,
        destination: row.optional_text(12)?,
        completed: row.optional_text(13)?,
        ended: row.int(14)? != 0,
        archived: row.int(15)? != 0,
        owner: row.optional_uuid(16)?.map(Into::into),
        fence: row.count(17)?,
    };
    Ok((row.int(0)?, stream))
}

/// Reads a row of [`select_events`].
pub(super) fn event_record(row: &impl Row) -> Result<EventRecord> {
    let event_type = row.text(4)?;
    let version = small(row.int(5)?)?;
    let body = row.text(11)?;
    let fields: Map<String, Json> = serde_json::from_str(&body)
        .map_err(|error| Error::Corrupt(format!("the body of an event: {error}")))?;
    let actor: Actor = serde_json::from_value(Json::String(row.text(8)?))
        .map_err(|error| Error::Corrupt(error.to_string()))?;
    Ok(EventRecord {
        stream: row.uuid(0)?.into(),
        seq: row.count(1)?,
        position: row.count(2)?,
        event_id: row.uuid(3)?.into(),
        attempt: small(row.int(6)?)?,
        at_ms: row.int(7)?,
        actor,
        db_user: row.optional_text(9)?,
        runner: row.optional_uuid(10)?.map(Into::into),
        event: Event::from_fields(&event_type, version, &fields),
        fields,
    })
}

/// The columns of `stream` that are made from events.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Derived {
    pub(super) attempt: u32,
    pub(super) phase: &'static str,
    pub(super) group_id: Option<String>,
    pub(super) migration_id: Option<String>,
    pub(super) destination: Option<String>,
    pub(super) completed: Option<String>,
    pub(super) ended: bool,
}

impl Derived {
    pub(super) fn of(state: &StreamState) -> Self {
        Self {
            attempt: state.attempt,
            phase: state.phase().as_str(),
            group_id: state.group_id.as_ref().map(ToString::to_string),
            migration_id: state.migration_id.as_ref().map(ToString::to_string),
            destination: state.destination.clone().filter(|_| state.occupies_destination()),
            completed: state.completed_destination.clone(),
            ended: state.ended.is_some(),
        }
    }

    /// Returns the values of the columns, in the order of the fields.
    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            self.attempt.into(),
            self.phase.into(),
            self.group_id.clone().into(),
            self.migration_id.clone().into(),
            self.destination.clone().into(),
            self.completed.clone().into(),
            self.ended.into(),
        ]
    }

    /// Returns what differs from a row, as text.
    pub(super) fn differences(&self, row: &StreamRow) -> Vec<String> {
        let pairs = [
            ("attempt", row.attempt.to_string(), self.attempt.to_string()),
            ("state", row.phase.clone(), self.phase.to_owned()),
            ("group_id", format!("{:?}", row.group_id), format!("{:?}", self.group_id)),
            ("migration_id", format!("{:?}", row.migration_id), format!("{:?}", self.migration_id)),
            ("destination", format!("{:?}", row.destination), format!("{:?}", self.destination)),
            ("completed", format!("{:?}", row.completed), format!("{:?}", self.completed)),
            ("ended", row.ended.to_string(), self.ended.to_string()),
        ];
        pairs
            .into_iter()
            .filter(|(_, stored, made)| stored != made)
            .map(|(column, stored, made)| format!("{column} is {stored}, the events say {made}"))
            .collect()
    }
}
