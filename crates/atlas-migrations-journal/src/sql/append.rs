//! Stores one event, with everything that must be true for it, in one transaction.

use std::{sync::Arc, time::Duration};

use futures_core::future::BoxFuture;
use serde_json::{Map, Value};

use super::{
    core::{Core, empty_meta},
    driver::{Access, Driver, Leases, Row, Tx},
    rows::{event_record, kind_of, select_events},
    tables::{Constraint, insert_event, violated, write_derived, write_slots},
};
use crate::{
    error::{Error, Result},
    event::{Event, EventRecord, NewEvent, Operation, UnclearReason},
    hash::without_password,
    ids::{EventId, RunnerId, StreamId},
    state::{Rejection, StreamState},
    store::{Append, Appended, Expected, Fence, NewStream, SendPermit},
    text::Redactor,
};

/// How often the fate of a commit is asked for.
const SETTLE_ATTEMPTS: u32 = 5;

const MOVE_PLAN_GATE: &str = "UPDATE stream SET gate = gate + 1 WHERE key = (SELECT plan FROM stream WHERE id = $1) RETURNING gate";
const MOVE_GATE: &str =
    "UPDATE stream SET gate = gate + 1 WHERE id = $1 AND kind = 'plan' RETURNING key";
const TAKE_STREAM: &str = "UPDATE stream SET head = head + 1, gate = gate + CASE WHEN kind = 'plan' THEN $2 ELSE 0 END \
     WHERE id = $1 RETURNING key, head, kind, owner, fence";
const LOCK_META: &str = "UPDATE meta SET events = events WHERE one = 1";
const INSERT_STREAM: &str = "INSERT INTO stream (id, kind, scope, name, plan, owner, fence, head, state) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 'planned') RETURNING key";
const EVENTS_AFTER: &str = select_events!("WHERE e.stream = $1 AND e.seq > $2 ORDER BY e.seq");
const FIND_EVENT: &str = "SELECT s.id, e.seq, e.pos, e.at_ms FROM event e JOIN stream s ON s.key = e.stream WHERE e.event_id = $1";
const WHO_COMPLETED: &str = "SELECT name FROM stream WHERE completed = $1 LIMIT 1";

/// A stored event together with the state after it.
struct Stored {
    appended: Appended,
    state: StreamState,
}

impl<D: Driver> Core<D> {
    /// Stores an event of an existing stream.
    pub(super) async fn append(&self, append: Append) -> Result<Appended> {
        let started = self.options.clock.since_boot();
        let is_intent = append.event.event.is_intent();
        if is_intent {
            if append.expected == Expected::End {
                return Err(Rejection::Misplaced(
                    "an intent is appended after the event that it was decided at",
                )
                .into());
            }
            self.check_right_to_send(append.fence.map(|fence| fence.runner))?;
        }
        let stored = self
            .commit_event(append.event.event_id, |core, tx| {
                let append = append.clone();
                Box::pin(async move { core.append_in(tx, &append).await })
            })
            .await?;
        Ok(self.permit(stored, is_intent, started))
    }

    /// Stores a stream with its first event. The runner that writes it works on the stream from then on.
    pub(super) async fn create(&self, stream: NewStream, first: NewEvent) -> Result<Appended> {
        let started = self.options.clock.since_boot();
        let is_intent = first.event.is_intent();
        if is_intent {
            self.check_right_to_send(first.runner)?;
        }
        let stored = self
            .commit_event(first.event_id, |core, tx| {
                let (stream, first) = (stream.clone(), first.clone());
                Box::pin(async move { core.create_in(tx, &stream, &first).await })
            })
            .await?;
        Ok(self.permit(stored, is_intent, started))
    }

    /// Adds the right to send to an intent that this call stored.
    fn permit(&self, mut appended: Appended, is_intent: bool, started: Duration) -> Appended {
        if is_intent && !appended.repeated {
            let window = self.options.rules.send_window;
            appended.permit =
                Some(SendPermit::new(Arc::clone(&self.options.clock), started, window));
        }
        appended
    }

    /// Runs a transaction that stores an event, and finds out whether it committed.
    async fn commit_event(
        &self,
        event_id: EventId,
        write: impl for<'a> Fn(&'a Self, &'a mut D::Tx) -> BoxFuture<'a, Result<Stored>> + Send + Sync,
    ) -> Result<Appended> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            self.probe("append.begin");
            let mut tx = self.begin_write().await?;
            let error = match write(self, &mut tx).await {
                Ok(stored) => match self.commit(tx).await {
                    Ok(()) => {
                        self.acknowledge(stored.appended.position);
                        self.remember_state(stored.appended.stream, Arc::new(stored.state));
                        return Ok(stored.appended);
                    }
                    Err(error) => return self.settle(event_id, error).await,
                },
                Err(error) => {
                    tx.rollback().await;
                    error
                }
            };
            // Nothing was committed. The event may be there by an earlier call, whose caller did not learn of it.
            match error {
                Error::Busy(_) if attempt < super::core::WRITE_ATTEMPTS => {}
                Error::Conflict { .. }
                | Error::Rejected(_)
                | Error::Database(_)
                | Error::NameTaken { .. }
                | Error::SlotTaken => {
                    return match self.find_event(event_id).await {
                        Ok(Some(appended)) => Ok(appended),
                        _ => Err(error),
                    };
                }
                error => return Err(error),
            }
        }
    }

    async fn commit(&self, tx: D::Tx) -> Result<()> {
        self.probe("append.written");
        tx.commit().await?;
        self.probe("append.committed");
        Ok(())
    }

    fn probe(&self, point: &'static str) {
        if let Some(probe) = self.options.probe {
            probe(point);
        }
    }

    /// Finds out whether a commit took place whose response was lost.
    ///
    /// The transaction locked the row of `meta`. Whoever gets that lock knows that the transaction is over.
    async fn settle(&self, event_id: EventId, cause: Error) -> Result<Appended> {
        for attempt in 0..SETTLE_ATTEMPTS {
            match self.look_under_lock(event_id).await {
                // Only this call can have stored it: an earlier one would have been found at its beginning.
                Ok(Some(appended)) => return Ok(Appended { repeated: false, ..appended }),
                Ok(None) => return Err(cause),
                Err(error) => {
                    tracing::debug!(%error, %event_id, "cannot find out whether a commit took place");
                    tokio::time::sleep(self.options.read_retry.pause(attempt)).await;
                }
            }
        }
        Err(Error::Ambiguous { event_id, detail: cause.to_string() })
    }

    async fn look_under_lock(&self, event_id: EventId) -> Result<Option<Appended>> {
        let mut tx = self.driver.begin(Access::Write).await?;
        let found = match tx.execute(LOCK_META, Vec::new()).await {
            Ok(_) => find_event_in(&mut tx, event_id).await,
            Err(error) => Err(error),
        };
        tx.rollback().await;
        found
    }

    pub(super) async fn find_event(&self, event_id: EventId) -> Result<Option<Appended>> {
        self.reading(|_, tx| Box::pin(find_event_in(tx, event_id))).await
    }

    /// Checks before the transaction what needs no database.
    fn check_right_to_send(&self, runner: Option<RunnerId>) -> Result<()> {
        self.refuse_after_loss()?;
        let runner = runner.ok_or(Error::FenceMissing)?;
        match self.driver.leases() {
            Leases::Time(_) => {
                let renewed = self.renewed_at(runner).ok_or(Error::UnknownRunner(runner))?;
                let age = self.options.clock.since_boot().saturating_sub(renewed);
                if age < self.options.lease_use { Ok(()) } else { Err(Error::LeaseStale(runner)) }
            }
            Leases::Locks if self.driver.holds_runner(runner) => Ok(()),
            Leases::Locks => Err(Error::UnknownRunner(runner)),
        }
    }

    async fn append_in(&self, tx: &mut D::Tx, append: &Append) -> Result<Stored> {
        let stream = append.stream.as_uuid();
        let mut new = append.event.clone();
        let moves_gate = new.event.moves_gate();
        // The plan's row is always locked before the stream's, and the stream's before that of `meta`.
        let gate = if moves_gate { self.move_plan_gate(tx, append).await? } else { None };
        let rows = tx.rows(TAKE_STREAM, vec![stream.into(), moves_gate.into()]).await?;
        let row = rows.first().ok_or(Error::NoSuchStream(append.stream))?;
        let (key, seq, kind) = (row.int(0)?, row.count(1)?, kind_of(&row.text(2)?)?);
        let (owner, fence) = (row.optional_uuid(3)?.map(Into::into), row.count(4)?);
        let head = seq.saturating_sub(1);
        if let Expected::Head(expected) = append.expected
            && expected != head
        {
            return Err(Error::Conflict { stream: append.stream, expected, actual: head });
        }
        if new.event.is_intent() {
            let wanted = append.fence.ok_or(Error::FenceMissing)?;
            if Some(wanted.runner) != owner || wanted.fence != fence {
                return Err(Error::FenceLost { owner, fence });
            }
        }
        if let Some(Fence { runner, .. }) = append.fence {
            new.runner = Some(runner);
        }
        if let (Event::Intent(intent), Some(gate)) = (&mut new.event, gate) {
            intent.gate = Some(gate);
        }
        let state = match self.known_state(append.stream).filter(|state| state.head <= head) {
            Some(state) if state.head == head => Arc::unwrap_or_clone(state),
            Some(state) => catch_up(tx, key, Arc::unwrap_or_clone(state)).await?,
            None => catch_up(tx, key, StreamState::new(kind)).await?,
        };
        if let Some(known) = self.known_state(append.stream) {
            self.check_history(known.head, head)?;
        }
        if let Event::Unclear(unclear) = &new.event
            && unclear.reason == UnclearReason::RunnerGone
            && let Some(runner) = state.slot_of(unclear.intent_seq).and_then(|slot| slot.runner)
            && self.is_alive(tx, runner).await?
        {
            return Err(Rejection::RunnerAlive(runner).into());
        }
        self.store_event(tx, append.stream, key, state, new).await
    }

    /// Moves the gate of the stream's plan. Returns the gate before.
    async fn move_plan_gate(&self, tx: &mut D::Tx, append: &Append) -> Result<Option<u64>> {
        let rows = tx.rows(MOVE_PLAN_GATE, vec![append.stream.as_uuid().into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let actual = row.count(0)?.saturating_sub(1);
        if matches!(&append.event.event, Event::Intent(intent) if intent.op == Operation::Cutover) {
            let seen = append.gate.ok_or(Error::GateMissing)?;
            if seen != actual {
                return Err(Error::GateMoved { seen, actual });
            }
        }
        Ok(Some(actual))
    }

    async fn create_in(
        &self,
        tx: &mut D::Tx,
        stream: &NewStream,
        first: &NewEvent,
    ) -> Result<Stored> {
        let plan = match stream.plan {
            None => None,
            Some(plan) => {
                let rows = tx.rows(MOVE_GATE, vec![plan.as_uuid().into()]).await?;
                Some(rows.first().ok_or(Error::NoSuchStream(plan))?.int(0)?)
            }
        };
        let values = vec![
            stream.id.as_uuid().into(),
            stream.kind.as_str().into(),
            stream.scope.as_str().into(),
            stream.name.as_str().into(),
            plan.into(),
            first.runner.map(RunnerId::as_uuid).into(),
            i64::from(first.runner.is_some()).into(),
        ];
        let rows =
            tx.rows(INSERT_STREAM, values).await.map_err(|error| match violated(&error) {
                Some(Constraint::Name) => Error::NameTaken {
                    kind: stream.kind,
                    scope: stream.scope.clone(),
                    name: stream.name.to_string(),
                },
                _ => error,
            })?;
        let key = rows.first().ok_or(Error::NoSuchStream(stream.id))?.int(0)?;
        self.store_event(tx, stream.id, key, StreamState::new(stream.kind), first.clone()).await
    }

    /// Stores the event after `state`, whose stream's row is locked and counted up.
    async fn store_event(
        &self,
        tx: &mut D::Tx,
        stream: StreamId,
        key: i64,
        before: StreamState,
        mut new: NewEvent,
    ) -> Result<Stored> {
        let acknowledged = self.acknowledged();
        let counted = tx.rows(D::COUNT_EVENT, Vec::new()).await?;
        let counted = counted.first().ok_or_else(empty_meta)?;
        let position = counted.count(0)?;
        let now_ms = counted.optional_int(1)?.unwrap_or_else(|| self.options.clock.wall_ms());
        self.check_history(acknowledged, position.saturating_sub(1))?;
        before.admit(&new, now_ms, &self.options.rules)?;
        if let (Event::Intent(intent), true) = (&new.event, before.drops_destination)
            && intent.op == Operation::Create
            && let Some(destination) = &before.destination
            && let Some(row) =
                tx.rows(WHO_COMPLETED, vec![destination.as_str().into()]).await?.first()
        {
            return Err(Error::DestinationCompleted {
                destination: destination.clone(),
                by: row.text(0)?,
            });
        }
        let late = before.is_late(&new.event);
        match &mut new.event {
            Event::Outcome(outcome) => outcome.late = late,
            Event::Intent(intent) => {
                intent.send_window_ms =
                    u64::try_from(self.options.rules.send_window.as_millis()).unwrap_or(u64::MAX);
            }
            _ => {}
        }
        let mut record =
            record_of(stream, before.head + 1, position, now_ms, new, &self.options.redactor);
        insert_event(tx, key, &mut record).await?;
        let mut after = before.clone();
        after.apply(&record);
        write_slots(tx, key, &record, &before, &after).await?;
        write_derived(tx, key, &record, &before, &after).await?;
        let appended = Appended {
            stream,
            seq: record.seq,
            position,
            event_id: record.event_id,
            at_ms: record.at_ms,
            repeated: false,
            permit: None,
        };
        Ok(Stored { appended, state: after })
    }
}

async fn find_event_in<T: Tx>(tx: &mut T, event_id: EventId) -> Result<Option<Appended>> {
    let rows = tx.rows(FIND_EVENT, vec![event_id.as_uuid().into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Appended {
        stream: row.uuid(0)?.into(),
        seq: row.count(1)?,
        position: row.count(2)?,
        event_id,
        at_ms: row.int(3)?,
        repeated: true,
        permit: None,
    }))
}

/// Adds the events that a state does not know yet.
pub(super) async fn catch_up<T: Tx>(
    tx: &mut T,
    key: i64,
    mut state: StreamState,
) -> Result<StreamState> {
    for row in tx.rows(EVENTS_AFTER, vec![key.into(), state.head.into()]).await? {
        state.apply(&event_record(&row)?);
    }
    Ok(state)
}

fn record_of(
    stream: StreamId,
    seq: u64,
    position: u64,
    now_ms: i64,
    new: NewEvent,
    redactor: &Redactor,
) -> EventRecord {
    let mut fields = new.event.to_fields();
    match &new.event {
        Event::Unknown(_) => {
            let clean = redactor.json(without_password(Value::Object(fields)));
            fields = if let Value::Object(clean) = clean { clean } else { Map::new() };
        }
        _ => {
            // These fields come from a file that a person wrote.
            for key in ["request", "plan", "changes"] {
                if let Some(field) = fields.get_mut(key) {
                    *field = redactor.json(without_password(field.take()));
                }
            }
        }
    }
    EventRecord {
        stream,
        seq,
        position,
        event_id: new.event_id,
        attempt: new.attempt,
        at_ms: now_ms,
        actor: new.actor,
        db_user: None,
        runner: new.runner,
        event: Event::from_fields(new.event.event_type(), new.event.version(), &fields),
        fields,
    }
}
