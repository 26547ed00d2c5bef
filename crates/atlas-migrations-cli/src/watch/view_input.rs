//! What the view of a watch shows: events made of what was seen, beside those that the journal has.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime};

use atlas_client_core::sanitize;
use atlas_migrations_board::{LagPoint, Published, Snapshot, events_of, rows_of};
use atlas_migrations_chart::MarkKind;
use atlas_migrations_journal::event::{
    Actor, Adopted, EndResult, Ended, Event, EventRecord, Intent, NewEvent, Operation,
    Outcome as Response, OutcomeResult, PollsFailing, Sent, StreamKind, Unclear, UnclearReason,
};
use atlas_migrations_journal::state::StreamState;
use atlas_migrations_journal::store::StreamRow;
use atlas_migrations_journal::{Hash, StreamId};
use atlas_migrations_terminal::{Estimate, Looks};
use serde_json::Value;

use super::cutover_condition::WaitingFor;
use super::outcome::Outcome;
use super::state::WatchState;
use super::watched_migration::{CutoverState, Outage, Phase, WatchedMigration};
use crate::follow_view::{Input, Note};
use crate::time_text::short;

/// Failed polls are shown from this number on.
const MANY_FAILURES: u32 = 3;

/// Returns what the view shows now. The journal is what was read of it last, if there is one.
pub fn input(state: &WatchState, journal: Option<&Published>) -> Input {
    let now_ms = state.wall_ms(state.now());
    let mut maker = Maker {
        state,
        actor: Actor::new("watch", "this computer"),
        now_ms,
        snapshot: Snapshot::default(),
        looks: Looks::default(),
        notes: HashMap::new(),
    };
    let base = journal.map(|published| &*published.snapshot);
    for migration in &state.migrations {
        maker.add(migration, base);
    }
    let problem = journal.and_then(|published| published.problem.clone());
    let published = Published {
        snapshot: Arc::new(maker.snapshot),
        read_ms: now_ms,
        read_at: Instant::now(),
        problem,
    };
    Input {
        published,
        looks: Arc::new(Mutex::new(maker.looks)),
        plan: None,
        notes: Arc::new(maker.notes),
    }
}

struct Maker<'a> {
    state: &'a WatchState,
    actor: Actor,
    now_ms: i64,
    snapshot: Snapshot,
    looks: Looks,
    notes: HashMap<String, Note>,
}

impl Maker<'_> {
    fn add(&mut self, migration: &WatchedMigration, base: Option<&Snapshot>) {
        let id = migration.target.key.id.to_string();
        let known = base.and_then(|base| {
            let mut rows = rows_of(base, StreamKind::Migration, None);
            let row = rows.find(|row| row.migration_id.as_ref() == Some(&id))?;
            Some((base, row, events_of(base, row.id)))
        });
        let (stream, is_known) = match known {
            Some((base, row, events)) => {
                self.add_plan(base, row.plan);
                self.add_known(migration, row, events);
                (row.id, true)
            }
            None => {
                self.add_unknown(migration, &id);
                (migration.stream, false)
            }
        };
        self.add_looks(migration, stream);
        let note = note(migration, is_known);
        self.notes.insert(stream.to_string(), note);
    }

    fn add_plan(&mut self, base: &Snapshot, plan: Option<StreamId>) {
        let row = base.rows.iter().find(|row| Some(row.id) == plan);
        let Some(row) = row.filter(|row| !self.snapshot.events.contains_key(&row.id)) else {
            return;
        };
        self.snapshot.rows.push(row.clone());
        if let Some(events) = base.events.get(&row.id) {
            self.snapshot.events.insert(row.id, Arc::clone(events));
        }
    }

    /// Adds what was seen to the events of the journal.
    fn add_known(&mut self, migration: &WatchedMigration, row: &StreamRow, events: &[EventRecord]) {
        let mut records = events.to_vec();
        let state = StreamState::fold(row.kind, events);
        let seen = migration.looks.last();
        if state.ended.is_none()
            && let Some(seen) = seen
            && state.look.as_ref().is_none_or(|look| look.polled_ms < seen.polled_ms)
        {
            let last = state.look.as_ref().map(|look| (look.status.as_str(), look.ready));
            if last != Some((seen.status.as_str(), seen.ready == Some(true))) {
                self.push(&mut records, row.id, state.attempt, seen.polled_ms, seen.clone());
            }
            if let Some(end) = end(&seen.status) {
                self.push(&mut records, row.id, state.attempt, seen.polled_ms, Ended::new(end));
            }
        }
        self.push_outage(&mut records, migration, row.id, state.attempt);
        self.snapshot.rows.push(row.clone());
        self.snapshot.events.insert(row.id, Arc::new(records));
    }

    /// Makes events of what was seen of a migration that the journal does not know.
    fn add_unknown(&mut self, migration: &WatchedMigration, id: &str) {
        let (stream, group) = (migration.stream, migration.target.key.group.to_string());
        let mut row =
            StreamRow::in_memory(stream, StreamKind::Migration, migration.target.name.clone());
        row.group_id = Some(group.clone());
        row.migration_id = Some(id.to_owned());
        // A migration that this command cuts over waits for nobody, like one in a plan.
        row.plan = migration.condition.map(|_| stream);
        let mut events: BTreeMap<(i64, u8), Event> = BTreeMap::new();
        let start_ms = self.state.wall_ms(self.state.start);
        if let (Ok(group), Ok(id)) = (group.parse(), id.parse()) {
            events.insert(
                (start_ms, 0),
                Adopted::new(group, id, "followed by this watch".to_owned()).into(),
            );
        }
        for look in &migration.looks {
            events.insert((look.polled_ms, 1), look.clone().into());
        }
        if migration.cutover != CutoverState::NotSent {
            events.insert((self.cutover_ms(migration), 2), cutover_intent().into());
        }
        let mut records = Vec::new();
        for ((at_ms, _), event) in events {
            let is_intent = matches!(event, Event::Intent(_));
            self.push(&mut records, stream, 1, at_ms, event);
            if is_intent {
                self.push_response(&mut records, &migration.cutover, stream, at_ms);
            }
        }
        if let Some(last) = migration.looks.last()
            && let Some(end) = end(&last.status)
        {
            self.push(&mut records, stream, 1, last.polled_ms, Ended::new(end));
        }
        self.push_outage(&mut records, migration, stream, 1);
        self.snapshot.rows.push(row);
        self.snapshot.events.insert(stream, Arc::new(records));
    }

    fn push_response(
        &self,
        records: &mut Vec<EventRecord>,
        cutover: &CutoverState,
        stream: StreamId,
        at_ms: i64,
    ) {
        let intent = records.last().map_or(0, |record| record.seq);
        match cutover {
            CutoverState::NotSent | CutoverState::Sending => {}
            CutoverState::Accepted => {
                let accepted = Response::new(intent, OutcomeResult::Accepted);
                self.push(records, stream, 1, at_ms, accepted);
            }
            CutoverState::Unclear { .. } => {
                let unclear = Unclear::new(intent, UnclearReason::ConnectionLost, Sent::Unknown);
                self.push(records, stream, 1, at_ms, unclear);
            }
        }
    }

    fn cutover_ms(&self, migration: &WatchedMigration) -> i64 {
        let sent = migration
            .events
            .iter()
            .rev()
            .find(|event| matches!(event.kind, MarkKind::CutoverSent | MarkKind::Unclear));
        sent.map_or(self.now_ms, |event| self.state.wall_ms(event.at))
    }

    fn push_outage(
        &self,
        records: &mut Vec<EventRecord>,
        migration: &WatchedMigration,
        stream: StreamId,
        attempt: u32,
    ) {
        let Some(outage) = shown_outage(migration) else { return };
        let (since_ms, count) = (self.state.wall_ms(outage.since), outage.failed_polls.into());
        let failing = PollsFailing::new(since_ms, outage.class.clone(), count);
        self.push(records, stream, attempt, since_ms, failing);
    }

    fn push(
        &self,
        records: &mut Vec<EventRecord>,
        stream: StreamId,
        attempt: u32,
        at_ms: i64,
        event: impl Into<Event>,
    ) {
        let seq = records.last().map_or(0, |record| record.seq) + 1;
        let event = NewEvent::new(self.actor.clone(), event).with_attempt(attempt);
        records.push(EventRecord::in_memory(stream, seq, at_ms, event));
    }

    fn add_looks(&mut self, migration: &WatchedMigration, stream: StreamId) {
        let stream = stream.to_string();
        for sample in migration.lags.samples() {
            if let Some(lag) = sample.lag {
                let at_ms = self.state.wall_ms(sample.at);
                self.looks.add_lag(&stream, LagPoint { at_ms, seconds: lag.as_secs() });
            }
        }
        let Some(update) = &migration.latest else { return };
        let seen_ms = milliseconds(update.observed_at);
        let estimate = update.estimate.map(|estimate| {
            let at = |duration: std::time::Duration| {
                seen_ms.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
            };
            Estimate {
                expected_ms: at(estimate.expected),
                earliest_ms: at(estimate.earliest),
                latest_ms: at(estimate.latest),
            }
        });
        let rate = update.trend.map(|trend| trend.catch_up_rate);
        self.looks.set_estimate(&stream, estimate, rate);
    }
}

/// Returns the failed polls, if they are many, or the watch gave up because of them.
fn shown_outage(migration: &WatchedMigration) -> Option<&Outage> {
    let is_over = matches!(migration.outcome, Some(Outcome::Error { .. }));
    let outage = migration.outage.as_ref()?;
    (is_over || outage.failed_polls >= MANY_FAILURES).then_some(outage)
}

/// Returns what is said about a migration beside its events.
fn note(migration: &WatchedMigration, is_known: bool) -> Note {
    let mut note = Note::default();
    let id = &migration.target.key.id;
    if !is_known {
        // The names of these migrations are in no journal, so commands take their IDs.
        note.command = Some(match migration.job() {
            Some(job) if job.can_be_cut_over() && migration.condition.is_none() => {
                format!("atlas-migrations cutover {id}")
            }
            _ => String::new(),
        });
    }
    if migration.latest.is_none() && migration.outage.is_none() {
        note.line = Some("It was not polled yet.".to_owned());
        note.brief = Some("first poll".to_owned());
    }
    if migration.phase() == Phase::New {
        note.line = Some("Atlas has not started it yet.".to_owned());
        note.brief = Some("not started in Atlas".to_owned());
    }
    if let (Phase::Unknown, Some(status)) = (migration.phase(), migration.status()) {
        let status = sanitize(status.as_str());
        note.line = Some(format!("Atlas reports {status}, which this version does not know."));
        note.brief = Some("unknown status".to_owned());
    }
    if let Some(condition) = migration.condition
        && migration.is_ready_for_first_cutover()
    {
        note.brief = Some("this command cuts over".to_owned());
        note.line = Some("Caught up. This command cuts it over.".to_owned());
        if let (Some(WaitingFor::Lag { lag, .. }), Some(max)) =
            (migration.waiting_for(), condition.max_lag)
        {
            let (max, lag) = (short(max), lag.map_or_else(|| "unknown".to_owned(), short));
            note.brief = Some(format!("lag {lag}, limit {max}"));
            note.line = Some(format!(
                "Caught up, but its lag is {lag}; this command cuts it over at {max}."
            ));
        }
    }
    if let Some(outage) = shown_outage(migration) {
        let count = outage.failed_polls;
        let was = migration.phase_text();
        note.line = Some(format!("{count} polls failed: {}. It was {was}.", outage.reason));
    }
    if let Some(Outcome::Error { message, hint, .. }) = &migration.outcome {
        note.line = Some(format!("It is no longer watched: {message}."));
        note.next.clone_from(hint);
    }
    note
}

fn cutover_intent() -> Intent {
    let (method, path, version) = (String::new(), String::new(), String::new());
    Intent::new(Operation::Cutover, method, path, version, Hash::of(&Value::Null))
}

fn end(status: &str) -> Option<EndResult> {
    match status {
        "COMPLETE" => Some(EndResult::Complete),
        "FAILED" => Some(EndResult::Failed),
        "EXPIRED" => Some(EndResult::Expired),
        _ => None,
    }
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
