//! What the events of one stream say, as far as a runner needs more than the journal's own state.

use std::collections::{BTreeMap, BTreeSet};

use atlas_migrations_journal::{
    AtlasId,
    event::{Event, EventRecord, Operation, OutcomeResult, StreamKind},
    state::StreamState,
};

/// The state of one stream, and what else its events say about the current attempt.
#[derive(Clone, Debug)]
pub(super) struct History {
    pub(super) state: StreamState,
    /// The validation whose result is not known.
    pub(super) validation: Option<AtlasId>,
    /// Whether the migration was ready in this attempt.
    pub(super) was_ready: bool,
    /// When the migration was first seen ready, if it still is, in milliseconds since 1970.
    pub(super) ready_since_ms: Option<i64>,
    /// The hours before the deadline that were announced.
    pub(super) deadlines: BTreeSet<u32>,
    operations: BTreeMap<u64, Operation>,
}

impl History {
    pub(super) fn new(kind: StreamKind) -> Self {
        Self {
            state: StreamState::new(kind),
            validation: None,
            was_ready: false,
            ready_since_ms: None,
            deadlines: BTreeSet::new(),
            operations: BTreeMap::new(),
        }
    }

    /// Adds the next event. One that is known is ignored.
    pub(super) fn apply(&mut self, record: &EventRecord) {
        if record.seq <= self.state.head {
            return;
        }
        self.state.apply(record);
        match &record.event {
            Event::Intent(intent) => {
                self.operations.insert(record.seq, intent.op.clone());
                if intent.op == Operation::Validate {
                    self.validation = None;
                }
            }
            Event::Outcome(outcome)
                if outcome.result == OutcomeResult::Accepted
                    && self.operations.get(&outcome.intent_seq) == Some(&Operation::Validate) =>
            {
                self.validation.clone_from(&outcome.id);
            }
            Event::Validated(_) => self.validation = None,
            Event::Observed(observed) if observed.ready == Some(true) => {
                self.was_ready = true;
                self.ready_since_ms.get_or_insert(observed.polled_ms);
            }
            Event::Observed(_) => self.ready_since_ms = None,
            Event::DeadlineNear(near) => {
                self.deadlines.insert(near.hours_left);
            }
            Event::Retry(_) => {
                let state = self.state.clone();
                let operations = std::mem::take(&mut self.operations);
                *self = Self { state, operations, ..Self::new(StreamKind::Migration) };
            }
            _ => {}
        }
    }
}
