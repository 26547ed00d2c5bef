//! Reads streams and events.

use super::{
    append::catch_up,
    core::{Core, number},
    driver::{Driver, Tx, Value},
    rows::{event_record, select_events, select_streams, stream_row},
};
use crate::{
    error::{Error, Result},
    event::EventRecord,
    ids::StreamId,
    state::StreamState,
    store::{JournalInfo, StreamFilter, StreamRow},
};

pub(super) const COUNT_EVENTS: &str = "SELECT events FROM meta";
const STREAM: &str = select_streams!("WHERE s.id = $1");
const STREAMS: &str = select_streams!(
    "WHERE ($1 = '' OR s.kind = $1) AND ($2 = 0 OR s.scope = $3) AND ($4 = '' OR s.name = $4) \
     AND ($5 = 0 OR p.id = $6) AND ($7 = 1 OR s.archived = 0) ORDER BY s.key"
);
const EVENTS_OF: &str = select_events!("WHERE s.id = $1 AND e.seq > $2 ORDER BY e.seq");
const EVENT: &str = select_events!("WHERE s.id = $1 AND e.seq = $2");
const CHANGES: &str = select_events!("WHERE e.pos > $1 ORDER BY e.pos LIMIT 1000");

impl<D: Driver> Core<D> {
    pub(super) async fn info(&self) -> Result<JournalInfo> {
        let acknowledged = self.acknowledged();
        let (events, now_ms) = self
            .reading(|core, tx| {
                Box::pin(async move {
                    let events = number(tx, COUNT_EVENTS).await?;
                    Ok((events, core.driver.now_ms(tx).await?))
                })
            })
            .await?;
        self.check_history(acknowledged, events)?;
        self.acknowledge(events);
        Ok(JournalInfo {
            kind: self.driver.kind(),
            location: self.driver.location(),
            journal_id: self.journal_id,
            schema_version: self.schema_version,
            events,
            read_only: self.driver.read_only(),
            warnings: self.driver.warnings(),
            now_ms,
        })
    }

    pub(super) async fn read(&self, stream: StreamId, after_seq: u64) -> Result<Vec<EventRecord>> {
        self.reading(|_, tx| {
            Box::pin(async move {
                let rows =
                    tx.rows(EVENTS_OF, vec![stream.as_uuid().into(), after_seq.into()]).await?;
                if rows.is_empty() {
                    stream_of(tx, stream).await?;
                }
                rows.iter().map(event_record).collect()
            })
        })
        .await
    }

    pub(super) async fn read_one(&self, stream: StreamId, seq: u64) -> Result<Option<EventRecord>> {
        self.reading(|_, tx| {
            Box::pin(async move {
                let rows = tx.rows(EVENT, vec![stream.as_uuid().into(), seq.into()]).await?;
                rows.first().map(event_record).transpose()
            })
        })
        .await
    }

    pub(super) async fn state(&self, stream: StreamId) -> Result<(StreamRow, StreamState)> {
        let known = self.known_state(stream);
        let (row, state) = self
            .reading(|_, tx| {
                let known = known.clone();
                Box::pin(async move {
                    let (key, row) = stream_of(tx, stream).await?;
                    let known = known.filter(|known| known.head <= row.head);
                    let start = known.map_or_else(
                        || StreamState::new(row.kind),
                        std::sync::Arc::unwrap_or_clone,
                    );
                    let state = catch_up(tx, key, start).await?;
                    Ok((row, state))
                })
            })
            .await?;
        if let Some(known) = known {
            self.check_history(known.head, row.head)?;
        }
        Ok((row, state))
    }

    pub(super) async fn streams(&self, filter: StreamFilter) -> Result<Vec<StreamRow>> {
        self.reading(|_, tx| {
            let plan = filter.plan.map(StreamId::as_uuid);
            let values: Vec<Value> = vec![
                filter.kind.map_or("", crate::event::StreamKind::as_str).into(),
                filter.scope.is_some().into(),
                filter.scope.clone().unwrap_or_default().into(),
                filter.name.clone().unwrap_or_default().into(),
                plan.is_some().into(),
                plan.unwrap_or_default().into(),
                filter.archived.into(),
            ];
            Box::pin(async move {
                let rows = tx.rows(STREAMS, values).await?;
                rows.iter().map(|row| stream_row(row).map(|(_, stream)| stream)).collect()
            })
        })
        .await
    }

    pub(super) async fn changes(&self, after_position: u64) -> Result<Vec<EventRecord>> {
        let acknowledged = self.acknowledged();
        let (events, records) = self
            .reading(|_, tx| {
                Box::pin(async move {
                    let events = number(tx, COUNT_EVENTS).await?;
                    // Most calls find nothing: then the row of `meta` is all that is read.
                    if events <= after_position {
                        return Ok((events, Vec::new()));
                    }
                    let rows = tx.rows(CHANGES, vec![after_position.into()]).await?;
                    Ok((events, rows.iter().map(event_record).collect::<Result<Vec<_>>>()?))
                })
            })
            .await?;
        self.check_history(acknowledged, events)?;
        Ok(records)
    }
}

pub(super) async fn stream_of<T: Tx>(tx: &mut T, stream: StreamId) -> Result<(i64, StreamRow)> {
    match tx.rows(STREAM, vec![stream.as_uuid().into()]).await?.first() {
        Some(row) => stream_row(row),
        None => Err(Error::NoSuchStream(stream)),
    }
}
