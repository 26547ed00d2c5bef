//! An event of a migration together with the state before and after it, and what that means to hooks.

use atlas_migrations_journal::{
    event::{
        EndResult, Event, EventRecord, Operation, OutcomeResult, Resolution, StreamKind,
        ValidationStatus,
    },
    state::{Conditions, StreamState, WaitsFor},
};
use atlas_migrations_plan::HookEvent;

/// How long a migration that is ready waits for its cutover.
const READY_MS: i64 = 120 * 3_600_000;

/// Adds events up and says what each means to hooks.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub(super) state: StreamState,
    /// When the migration expires at the earliest, in milliseconds since 1970.
    pub(super) deadline_ms: Option<i64>,
    /// The sequence of the event that opened the question whether the cutover may start.
    pub(super) question_seq: u64,
    /// The operation of each intent, by sequence.
    intents: Vec<(u64, Operation)>,
}

impl Moment {
    pub(super) fn new() -> Self {
        Self {
            state: StreamState::new(StreamKind::Migration),
            deadline_ms: None,
            question_seq: 0,
            intents: Vec::new(),
        }
    }

    /// Returns the moment of one event, and what it means to hooks.
    pub(super) fn at(
        records: &[EventRecord],
        seq: u64,
    ) -> Option<(&EventRecord, Self, Vec<HookEvent>)> {
        let mut moment = Self::new();
        for record in records {
            let events = moment.add(record);
            if record.seq == seq {
                return Some((record, moment, events));
            }
        }
        None
    }

    /// Adds the next event. Returns what it means to hooks, the most urgent last.
    pub(super) fn add(&mut self, record: &EventRecord) -> Vec<HookEvent> {
        let was_ready = self.is_ready();
        let waited_for = self.approvals(record.at_ms);
        self.state.apply(record);
        let mut events: Vec<_> = self.meaning(&record.event).into_iter().collect();
        if self.is_ready() != was_ready {
            self.deadline_ms = self.state.look.as_ref().map(|look| look.polled_ms + READY_MS);
            self.deadline_ms = self.deadline_ms.filter(|_| self.is_ready());
            if self.is_ready() {
                events.push(HookEvent::Ready);
            }
        }
        match &record.event {
            Event::DeadlineNear(near) => self.deadline_ms = Some(near.earliest_ms),
            Event::Observed(observed) if observed.ready == Some(true) => {
                self.question_seq = record.seq;
            }
            Event::Released(_) | Event::Retry(_) => self.question_seq = record.seq,
            Event::Intent(intent) => self.intents.push((record.seq, intent.op.clone())),
            _ => {}
        }
        let waits_for = self.approvals(record.at_ms);
        if waits_for.is_some() && waits_for != waited_for {
            events.push(HookEvent::WaitingForApproval);
        }
        events
    }

    fn meaning(&self, event: &Event) -> Option<HookEvent> {
        match event {
            Event::Validated(validated) => Some(match validated.status {
                ValidationStatus::Success => HookEvent::Validated,
                _ => HookEvent::Failed,
            }),
            Event::Adopted(_) => Some(HookEvent::Created),
            Event::Outcome(outcome) => {
                let op = self.operation(outcome.intent_seq)?;
                match (&outcome.result, op) {
                    (OutcomeResult::Accepted, op) => took_effect(op),
                    // What the rate limit refuses is sent again.
                    (OutcomeResult::Refused, Operation::Create | Operation::Cutover)
                        if outcome.status != Some(429) =>
                    {
                        Some(HookEvent::Failed)
                    }
                    _ => None,
                }
            }
            Event::Unclear(unclear) => {
                // A validation changes nothing and is sent again.
                let op = self.operation(unclear.intent_seq)?;
                (*op != Operation::Validate).then_some(HookEvent::Unclear)
            }
            Event::Resolved(resolved) if resolved.result == Resolution::TookEffect => {
                took_effect(self.operation(resolved.intent_seq)?)
            }
            Event::DeadlineNear(_) => Some(HookEvent::DeadlineNear),
            Event::PollsFailing(_) => Some(HookEvent::PollsFailing),
            Event::Ended(ended) => match ended.result {
                EndResult::Complete => Some(HookEvent::Complete),
                EndResult::Failed => Some(HookEvent::Failed),
                EndResult::Expired => Some(HookEvent::Expired),
                _ => None,
            },
            _ => None,
        }
    }

    fn operation(&self, intent_seq: u64) -> Option<&Operation> {
        self.intents.iter().find(|(seq, _)| *seq == intent_seq).map(|(_, op)| op)
    }

    fn is_ready(&self) -> bool {
        self.state.look.as_ref().is_some_and(|look| look.ready)
    }

    /// Returns the action that needs approvals now.
    fn approvals(&self, now_ms: i64) -> Option<atlas_migrations_journal::event::Action> {
        match self.state.waits_for(&Conditions::new(now_ms)) {
            WaitsFor::Approvals { action, .. } => Some(action),
            _ => None,
        }
    }
}

fn took_effect(op: &Operation) -> Option<HookEvent> {
    match op {
        Operation::Create => Some(HookEvent::Created),
        Operation::Cutover => Some(HookEvent::CutOver),
        _ => None,
    }
}
