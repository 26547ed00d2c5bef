//! Deliveries of events to hooks, and the archive.

use super::{
    core::Core,
    driver::{Driver, Row, Tx},
    read::stream_of,
};
use crate::{
    error::{Error, Result},
    ids::StreamId,
    store::{Delivery, DeliveryState},
};

const DUE: &str = "SELECT d.hook, s.id, d.seq, e.event_id, d.tries, d.next_ms FROM delivery d \
     JOIN stream s ON s.key = d.stream LEFT JOIN event e ON e.stream = d.stream AND e.seq = d.seq \
     WHERE d.state = 'pending' AND (d.next_ms <= $1 OR d.next_ms > $2) \
     AND ($3 = 0 OR s.plan = (SELECT key FROM stream WHERE id = $4)) \
     AND NOT EXISTS (SELECT 1 FROM delivery b WHERE b.hook = d.hook \
     AND b.stream = d.stream AND b.seq < d.seq AND b.state = 'pending') ORDER BY d.next_ms, d.stream, d.seq LIMIT $5";
const INSERT: &str = "INSERT INTO delivery (hook, stream, seq, state, tries, next_ms) VALUES ($1, $2, $3, $4, 0, $5) \
     ON CONFLICT DO NOTHING";
const UPDATE: &str = "UPDATE delivery SET state = $4, tries = tries + 1, next_ms = $5 \
     WHERE hook = $1 AND stream = $2 AND seq = $3 AND tries = $6 AND state = 'pending'";
const END: &str = "UPDATE delivery SET state = $4, next_ms = $5 \
     WHERE hook = $1 AND stream = $2 AND seq = $3 AND tries = $6 AND state = 'pending'";
const FORGET: &str = "DELETE FROM delivery WHERE stream IN (SELECT s.key FROM stream s \
     JOIN event e ON e.stream = s.key AND e.seq = s.head WHERE s.ended = 1 AND e.at_ms < $1)";
const ARCHIVE: &str = "UPDATE stream SET archived = 1 WHERE key = $1";

/// The longest wait that a delivery can have. A time further ahead comes from a clock that was set back since.
const LONGEST_WAIT_MS: i64 = 3_600_000;

impl<D: Driver> Core<D> {
    /// Returns due deliveries. Of one hook and stream only the first is due, so that they arrive in order.
    pub(super) async fn due_deliveries(
        &self,
        plan: Option<StreamId>,
        limit: u32,
    ) -> Result<Vec<Delivery>> {
        self.reading(|core, tx| {
            Box::pin(async move {
                let now_ms = core.driver.now_ms(tx).await?;
                let values = vec![
                    now_ms.into(),
                    now_ms.saturating_add(LONGEST_WAIT_MS).into(),
                    plan.is_some().into(),
                    plan.map(StreamId::as_uuid).into(),
                    limit.into(),
                ];
                let rows = tx.rows(DUE, values).await?;
                rows.iter().map(delivery).collect()
            })
        })
        .await
    }

    pub(super) async fn put_delivery(&self, delivery: Delivery) -> Result<bool> {
        self.writing(|_, tx| {
            let delivery = delivery.clone();
            Box::pin(async move {
                let (key, _) = stream_of(tx, delivery.stream).await?;
                let mut values = vec![
                    delivery.hook.into(),
                    key.into(),
                    delivery.seq.into(),
                    delivery.state.as_str().into(),
                    delivery.next_ms.into(),
                ];
                let changed = if let Some(tries_before) = delivery.tries.checked_sub(1) {
                    values.push(tries_before.into());
                    tx.execute(UPDATE, values).await?
                } else {
                    tx.execute(INSERT, values).await?
                };
                Ok(changed > 0)
            })
        })
        .await
    }

    pub(super) async fn end_delivery(&self, delivery: Delivery) -> Result<bool> {
        self.writing(|_, tx| {
            let delivery = delivery.clone();
            Box::pin(async move {
                let (key, _) = stream_of(tx, delivery.stream).await?;
                let values = vec![
                    delivery.hook.into(),
                    key.into(),
                    delivery.seq.into(),
                    delivery.state.as_str().into(),
                    delivery.next_ms.into(),
                    delivery.tries.into(),
                ];
                Ok(tx.execute(END, values).await? > 0)
            })
        })
        .await
    }

    pub(super) async fn forget_deliveries(&self, ended_before_ms: i64) -> Result<u64> {
        self.writing(|_, tx| {
            Box::pin(async move { tx.execute(FORGET, vec![ended_before_ms.into()]).await })
        })
        .await
    }

    pub(super) async fn archive(&self, stream: StreamId) -> Result<()> {
        self.writing(|_, tx| {
            Box::pin(async move {
                let (key, row) = stream_of(tx, stream).await?;
                if !row.ended {
                    return Err(Error::NotEnded(stream));
                }
                tx.execute(ARCHIVE, vec![key.into()]).await.map(drop)
            })
        })
        .await
    }
}

fn delivery(row: &impl Row) -> Result<Delivery> {
    let tries = row.count(4)?;
    Ok(Delivery {
        hook: row.text(0)?,
        stream: row.uuid(1)?.into(),
        seq: row.count(2)?,
        event_id: row.optional_uuid(3)?.map(Into::into),
        state: DeliveryState::Pending,
        tries: u32::try_from(tries)
            .map_err(|_| Error::Corrupt(format!("a delivery was tried {tries} times")))?,
        next_ms: row.int(5)?,
    })
}
