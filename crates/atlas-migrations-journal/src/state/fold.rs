//! Adds events up to a state.

use super::{
    slot::{Slot, SlotKey, SlotState},
    stream_state::{Approval, Look, Refusal, StreamState},
};
use crate::{
    event::{
        EndResult, Event, EventRecord, Intent, Operation, Outcome, OutcomeResult, Resolution,
        Resolved, StreamKind, Unclear,
    },
    ids::AtlasId,
};

impl StreamState {
    /// Adds up all events of a stream.
    pub fn fold<'a>(kind: StreamKind, records: impl IntoIterator<Item = &'a EventRecord>) -> Self {
        let mut state = Self::new(kind);
        for record in records {
            state.apply(record);
        }
        state
    }

    /// Adds the next event. Any event can be added: an event that contradicts others blocks the stream.
    pub fn apply(&mut self, record: &EventRecord) {
        if record.seq != self.head + 1 {
            self.block(format!("event {} follows event {}", record.seq, self.head));
        }
        self.head = record.seq;
        match &record.event {
            Event::PlanStarted(plan) => self.policy_hash = Some(plan.plan_hash.clone()),
            Event::PlanChanged(plan) => self.policy_hash = Some(plan.plan_hash.clone()),
            Event::Planned(planned) => {
                self.request_hash = Some(planned.request_hash.clone());
                self.policy_hash = Some(planned.policy_hash.clone());
                self.approvers = planned.approvers;
                self.approval_expires_after_ms = planned.approval_expires_after_ms;
                self.drops_destination = planned.drops_destination;
                if planned.group_id.is_some() {
                    self.group_id = planned.group_id.clone();
                }
                if planned.destination.is_some() {
                    self.destination = planned.destination.clone();
                }
            }
            Event::Adopted(adopted) => {
                self.group_id = Some(adopted.group_id.clone());
                self.learn_id(&adopted.migration_id);
                self.policy_hash = adopted.policy_hash.clone().or(self.policy_hash.take());
                self.approvers = adopted.approvers;
                if adopted.destination.is_some() {
                    self.destination = adopted.destination.clone();
                }
            }
            Event::Intent(intent) => self.apply_intent(record, intent),
            Event::Outcome(outcome) => self.apply_outcome(outcome),
            Event::Unclear(unclear) => self.apply_unclear(unclear),
            Event::Resolved(resolved) => self.apply_resolved(resolved),
            Event::Validated(validated) => {
                self.validation = Some(validated.status.clone());
            }
            Event::Observed(observed) => {
                self.look = Some(Look {
                    status: observed.status.clone(),
                    ready: observed.ready == Some(true),
                    lag_seconds: observed.lag_seconds,
                    polled_ms: observed.polled_ms,
                });
            }
            Event::PollsFailing(failing) => self.polls_failing_since_ms = Some(failing.since_ms),
            Event::PollsBack(_) => self.polls_failing_since_ms = None,
            Event::Approved(approved) => {
                let approval = Approval {
                    action: approved.action.clone(),
                    policy_hash: approved.policy_hash.clone(),
                    request_hash: approved.request_hash.clone(),
                    expires_ms: self.approval_expiry(record.at_ms, approved.expires_ms),
                    db_user: record.db_user.clone(),
                };
                self.approvals.insert(record.seq, approval);
            }
            Event::ApprovalWithdrawn(withdrawn) => self.approvals.retain(|seq, approval| {
                let named = withdrawn.approvals.is_empty() || withdrawn.approvals.contains(seq);
                !(named && approval.action == withdrawn.action)
            }),
            Event::Held(_) => self.held = Some(record.seq),
            Event::Released(_) => {
                self.held = None;
                self.veto = None;
            }
            Event::Postponed(postponed) => self.postponed_until_ms = postponed.until_ms,
            Event::Vetoed(vetoed) => self.veto = Some(vetoed.until_ms),
            Event::CutoverForgone(_) => self.forgone = true,
            Event::Retry(retry) => self.next_attempt(retry.attempt),
            Event::Ended(ended) => self.end(&ended.result),
            Event::Unknown(unknown) if unknown.may_be_intent() => {
                self.block(format!(
                    "event {} is an intent that this version does not know (type `{}`, version {})",
                    record.seq, unknown.event_type, unknown.version
                ));
            }
            Event::DeadlineNear(_)
            | Event::HookStarted(_)
            | Event::HookEnded(_)
            | Event::Unknown(_) => {}
        }
    }

    fn apply_intent(&mut self, record: &EventRecord, intent: &Intent) {
        if let Operation::Other(op) = &intent.op {
            self.block(format!(
                "event {} allows `{op}`, which this version does not know",
                record.seq
            ));
        }
        let key = SlotKey { attempt: record.attempt, op: intent.op.clone() };
        let slot = Slot {
            intent_seq: record.seq,
            state: SlotState::Open,
            intent_ms: record.at_ms,
            runner: record.runner,
            actor: record.actor.to_string(),
        };
        self.intents.insert(record.seq, key.clone());
        if let Some(earlier) = self.slots.insert(key, slot)
            && !intent.op.is_repeatable()
        {
            self.block(format!(
                "events {} and {} both allow `{}`",
                earlier.intent_seq, record.seq, intent.op
            ));
        }
        match intent.op {
            Operation::Validate => {
                self.validation = None;
                // A refused create request waits for the next attempt, whatever is validated.
                self.refusal.take_if(|refusal| refusal.op == Operation::Validate);
            }
            Operation::Create | Operation::Cutover => self.refusal = None,
            _ => {}
        }
    }

    fn apply_outcome(&mut self, outcome: &Outcome) {
        let Some(key) = self.intents.get(&outcome.intent_seq).cloned() else {
            return;
        };
        match &outcome.result {
            OutcomeResult::Accepted => self.accept(&key, outcome),
            OutcomeResult::Refused => {
                if self.close(&key, outcome.intent_seq) {
                    self.refusal = Some(Refusal {
                        op: key.op.clone(),
                        status: outcome.status,
                        code: outcome.code.as_ref().map(ToString::to_string),
                    });
                }
            }
            OutcomeResult::NotSent => {
                self.close(&key, outcome.intent_seq);
            }
            OutcomeResult::Other(_) => self.cloud(&key, outcome.intent_seq),
        }
    }

    fn accept(&mut self, key: &SlotKey, outcome: &Outcome) {
        let seq = outcome.intent_seq;
        match key.op {
            // Without an id there is a migration that nobody can name.
            Operation::Create if outcome.id.is_none() && self.migration_id.is_none() => {
                return self.cloud(key, seq);
            }
            Operation::LinkDelete => {
                self.slots.remove(&SlotKey { attempt: key.attempt, op: Operation::LinkCreate });
                self.slots.remove(key);
                return;
            }
            _ => {}
        }
        match self.slots.get_mut(key) {
            Some(slot) if slot.intent_seq == seq => slot.state = SlotState::Done,
            Some(slot) if !key.op.is_repeatable() => {
                let other = slot.intent_seq;
                self.block(format!(
                    "the requests of events {seq} and {other} may both have taken effect (`{}`)",
                    key.op
                ));
            }
            // A person said that the request took no effect, and then its response came.
            None if !key.op.is_repeatable() => {
                let slot = Slot {
                    intent_seq: seq,
                    state: SlotState::Done,
                    intent_ms: 0,
                    runner: None,
                    actor: String::new(),
                };
                self.slots.insert(key.clone(), slot);
            }
            _ => {}
        }
        if key.op == Operation::Create
            && let Some(id) = &outcome.id
        {
            if key.attempt == self.attempt {
                self.learn_id(id);
            } else {
                self.block(format!(
                    "attempt {} started migration {id}, and attempt {} exists",
                    key.attempt, self.attempt
                ));
            }
        }
    }

    fn apply_unclear(&mut self, unclear: &Unclear) {
        if let Some(key) = self.intents.get(&unclear.intent_seq).cloned() {
            self.cloud(&key, unclear.intent_seq);
        }
    }

    fn apply_resolved(&mut self, resolved: &Resolved) {
        let Some(key) = self.intents.get(&resolved.intent_seq).cloned() else {
            return;
        };
        self.clouded.insert(resolved.intent_seq);
        match resolved.result {
            Resolution::TookEffect => {
                if let Some(slot) = self.undecided_slot(&key, resolved.intent_seq) {
                    slot.state = SlotState::Done;
                    if key.op == Operation::LinkDelete {
                        self.slots
                            .remove(&SlotKey { attempt: key.attempt, op: Operation::LinkCreate });
                        self.slots.remove(&key);
                    }
                }
                if let (Operation::Create, Some(id)) = (&key.op, &resolved.id) {
                    self.learn_id(id);
                }
            }
            Resolution::DidNot => {
                self.close(&key, resolved.intent_seq);
            }
            Resolution::Other(_) => {}
        }
    }

    /// Marks a request's fate as unknown. A validation changes nothing, so its slot is free again at once.
    fn cloud(&mut self, key: &SlotKey, seq: u64) {
        self.clouded.insert(seq);
        if key.op == Operation::Validate {
            self.close(key, seq);
        } else if let Some(slot) = self.undecided_slot(key, seq) {
            slot.state = SlotState::Unclear;
        }
    }

    /// Frees the slot of a request that took no effect. Returns whether the request had the slot.
    fn close(&mut self, key: &SlotKey, seq: u64) -> bool {
        let had_it = self.undecided_slot(key, seq).is_some();
        if had_it {
            self.slots.remove(key);
        }
        had_it
    }

    fn undecided_slot(&mut self, key: &SlotKey, seq: u64) -> Option<&mut Slot> {
        self.slots.get_mut(key).filter(|slot| slot.intent_seq == seq && slot.state.is_undecided())
    }

    fn learn_id(&mut self, id: &AtlasId) {
        match &self.migration_id {
            Some(known) if known != id => {
                self.block(format!(
                    "both migration {known} and migration {id} belong to attempt {}",
                    self.attempt
                ));
            }
            _ => self.migration_id = Some(id.clone()),
        }
    }

    fn end(&mut self, result: &EndResult) {
        for (key, slot) in &mut self.slots {
            if key.attempt == self.attempt {
                slot.state = SlotState::Done;
            }
        }
        if *result == EndResult::Complete {
            self.completed_destination = self.destination.clone();
        }
        self.ended = Some(result.clone());
    }

    fn next_attempt(&mut self, attempt: u32) {
        self.attempt = attempt;
        self.migration_id = None;
        self.approvals.clear();
        self.validation = None;
        self.refusal = None;
        self.look = None;
        self.postponed_until_ms = None;
        self.veto = None;
        self.forgone = false;
        self.polls_failing_since_ms = None;
        self.ended = None;
    }

    fn block(&mut self, reason: String) {
        self.blocked.get_or_insert(reason);
    }
}
