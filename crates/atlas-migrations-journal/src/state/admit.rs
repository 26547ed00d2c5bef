//! Decides whether an event may be appended to a state.

use std::time::Duration;

use super::{
    rejection::Rejection,
    slot::{Slot, SlotState},
    stream_state::StreamState,
};
use crate::event::{
    Action, EndResult, Event, Intent, NewEvent, Operation, Planned, Resolution, Resolved,
    ResolvedBy, StreamKind, Unclear, UnclearReason,
};

/// The time limits of intents.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Rules {
    /// How long an intent may be used.
    pub send_window: Duration,
    /// How long after an intent another process may call it unclear, or a person may say that it took no effect.
    pub unclear_after: Duration,
    /// How long after a cutover's intent a person may say that it took no effect.
    pub cutover_did_not_after: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            send_window: Duration::from_secs(10),
            unclear_after: Duration::from_mins(1),
            cutover_did_not_after: Duration::from_secs(610),
        }
    }
}

impl StreamState {
    /// Checks whether an event may be the next one.
    ///
    /// Facts are accepted in nearly every state; intents in few.
    ///
    /// # Errors
    /// Returns the first rule that the event breaks.
    pub fn admit(&self, event: &NewEvent, now_ms: i64, rules: &Rules) -> Result<(), Rejection> {
        self.check_kind(&event.event)?;
        match &event.event {
            Event::Intent(intent) => {
                if event.attempt != self.attempt {
                    return Err(Rejection::OtherAttempt { current: self.attempt });
                }
                self.admit_intent(intent, now_ms)
            }
            Event::Unknown(unknown) if unknown.may_be_intent() => Err(Rejection::Blocked(
                "this version does not write intents that it does not know".to_owned(),
            )),
            Event::Outcome(outcome) => self.known_intent(outcome.intent_seq),
            Event::Unclear(unclear) => self.admit_unclear(event, unclear, now_ms, rules),
            Event::Resolved(resolved) => self.admit_resolved(resolved, now_ms, rules),
            Event::Planned(planned) => self.admit_planned(planned),
            Event::Adopted(_) if self.migration_id.is_some() => Err(Rejection::HasMigration),
            Event::Adopted(_) => self.nothing_undecided(None),
            Event::PlanStarted(_) if self.head > 0 => {
                Err(Rejection::Misplaced("the plan was started before"))
            }
            Event::PlanChanged(_) if self.head == 0 => {
                Err(Rejection::Misplaced("the plan was never started"))
            }
            Event::Held(_) | Event::CutoverForgone(_) | Event::Postponed(_) => {
                self.before_cutover()
            }
            Event::Retry(retry) => self.admit_retry(retry.attempt),
            Event::Ended(_) if self.ended.is_some() => {
                Err(Rejection::Misplaced("the attempt ended before"))
            }
            Event::Ended(ended) => self.admit_end(&ended.result),
            _ => Ok(()),
        }
    }

    fn check_kind(&self, event: &Event) -> Result<(), Rejection> {
        let fits = match event {
            Event::PlanStarted(_) | Event::PlanChanged(_) => self.kind == StreamKind::Plan,
            Event::Held(_)
            | Event::Released(_)
            | Event::Postponed(_)
            | Event::HookStarted(_)
            | Event::HookEnded(_) => self.kind != StreamKind::Link,
            Event::Intent(intent) => match intent.op {
                Operation::LinkCreate | Operation::LinkDelete => self.kind == StreamKind::Link,
                Operation::Validate | Operation::Create | Operation::Cutover => {
                    self.kind == StreamKind::Migration
                }
                Operation::Other(_) => false,
            },
            Event::Outcome(_) | Event::Unclear(_) | Event::Resolved(_) => {
                self.kind != StreamKind::Plan
            }
            Event::Unknown(_) => true,
            _ => self.kind == StreamKind::Migration,
        };
        if fits { Ok(()) } else { Err(Rejection::WrongKind(self.kind)) }
    }

    fn admit_intent(&self, intent: &Intent, now_ms: i64) -> Result<(), Rejection> {
        if let Some(reason) = &self.blocked {
            return Err(Rejection::Blocked(reason.clone()));
        }
        if let Some(end) = &self.ended {
            return Err(Rejection::Ended(end.clone()));
        }
        self.nothing_undecided(Some(&intent.op))?;
        if let Some(slot) = self.slot(&intent.op)
            && slot.state == SlotState::Done
            && !intent.op.is_repeatable()
        {
            return Err(Rejection::AlreadyDone {
                op: intent.op.clone(),
                intent_seq: slot.intent_seq,
            });
        }
        let overridden = intent.override_policy.is_some();
        if self.held.is_some() && !overridden {
            return Err(Rejection::Held);
        }
        match intent.op {
            Operation::Create => self.admit_create(intent, now_ms),
            Operation::Cutover => self.admit_cutover(intent, now_ms, overridden),
            _ => Ok(()),
        }
    }

    fn admit_create(&self, intent: &Intent, now_ms: i64) -> Result<(), Rejection> {
        if self.migration_id.is_some() {
            return Err(Rejection::HasMigration);
        }
        if self.request_hash.as_ref().is_some_and(|hash| *hash != intent.request_hash) {
            return Err(Rejection::HashChanged);
        }
        if self
            .refusal
            .as_ref()
            .is_some_and(|refusal| refusal.op == Operation::Create && !refusal.is_temporary())
        {
            return Err(Rejection::RefusedBefore);
        }
        // No reason overrides this one: the destination's data is lost.
        self.approved(&Action::CreateWithDrop, now_ms)
    }

    fn admit_cutover(
        &self,
        intent: &Intent,
        now_ms: i64,
        overridden: bool,
    ) -> Result<(), Rejection> {
        if self.migration_id.is_none() {
            return Err(Rejection::NoMigration);
        }
        if overridden {
            return Ok(());
        }
        if self.forgone {
            return Err(Rejection::Forgone);
        }
        if self.is_vetoed(now_ms) {
            return Err(Rejection::Held);
        }
        if self.is_postponed(now_ms) {
            return Err(Rejection::Postponed {
                until_ms: self.postponed_until_ms.unwrap_or(i64::MAX),
            });
        }
        if !self.look.as_ref().is_some_and(|look| look.ready) {
            return Err(Rejection::NotReady);
        }
        if intent.policy_hash.is_some() && intent.policy_hash != self.policy_hash {
            return Err(Rejection::HashChanged);
        }
        self.approved(&Action::Cutover, now_ms)
    }

    fn approved(&self, action: &Action, now_ms: i64) -> Result<(), Rejection> {
        let need = self.needed_approvals(action);
        let have = self.valid_approvals(action, now_ms).len();
        if have < need {
            Err(Rejection::NotApproved { action: action.clone(), have, need })
        } else {
            Ok(())
        }
    }

    /// Checks that no request of the stream may still take effect, but for one that the new request may follow.
    fn nothing_undecided(&self, next: Option<&Operation>) -> Result<(), Rejection> {
        let obstacle = self.slots.iter().find(|(key, slot)| {
            let may_follow = match next {
                // A validation changes nothing.
                Some(Operation::Validate) => key.op == Operation::Validate,
                // A person deletes the link to resolve an unclear request. A living process may still send an open one.
                Some(Operation::LinkDelete) => slot.state == SlotState::Unclear,
                // A create request does not wait for a validation that may be on its way.
                Some(_) => key.op == Operation::Validate && slot.state == SlotState::Unclear,
                None => false,
            };
            slot.state.is_undecided() && !may_follow
        });
        match obstacle {
            None => Ok(()),
            Some((key, slot)) => Err(Rejection::Undecided {
                op: key.op.clone(),
                intent_seq: slot.intent_seq,
                actor: slot.actor.clone(),
                unclear: slot.state == SlotState::Unclear,
            }),
        }
    }

    fn known_intent(&self, intent_seq: u64) -> Result<(), Rejection> {
        if self.intents.contains_key(&intent_seq) {
            Ok(())
        } else {
            Err(Rejection::NoSuchIntent { intent_seq })
        }
    }

    /// Returns the slot that an intent still has.
    fn undecided_of(&self, intent_seq: u64) -> Result<&Slot, Rejection> {
        self.known_intent(intent_seq)?;
        self.slot_of(intent_seq)
            .filter(|slot| slot.state.is_undecided())
            .ok_or(Rejection::Misplaced("the fate of that request is known"))
    }

    fn admit_unclear(
        &self,
        event: &NewEvent,
        unclear: &Unclear,
        now_ms: i64,
        rules: &Rules,
    ) -> Result<(), Rejection> {
        let slot = self.undecided_of(unclear.intent_seq)?;
        if slot.state == SlotState::Unclear {
            return Err(Rejection::Misplaced("that request is unclear already"));
        }
        let by_sender = event.runner.is_some() && event.runner == slot.runner;
        if unclear.reason == UnclearReason::RunnerGone || !by_sender {
            not_before(slot.intent_ms, rules.unclear_after, now_ms)?;
        }
        Ok(())
    }

    fn admit_resolved(
        &self,
        resolved: &Resolved,
        now_ms: i64,
        rules: &Rules,
    ) -> Result<(), Rejection> {
        let slot = self.undecided_of(resolved.intent_seq)?;
        let op = self.intents.get(&resolved.intent_seq).map(|key| &key.op);
        match resolved.result {
            Resolution::DidNot => {
                let wait = match op {
                    Some(Operation::Cutover) => rules.cutover_did_not_after,
                    _ => rules.unclear_after,
                };
                if resolved.by != ResolvedBy::Person {
                    return Err(Rejection::Misplaced(
                        "only a person can say that a request took no effect",
                    ));
                }
                not_before(slot.intent_ms, wait, now_ms)
            }
            Resolution::TookEffect if op == Some(&Operation::Create) && resolved.id.is_none() => {
                Err(Rejection::Misplaced(
                    "a create request that took effect has the ID of a migration",
                ))
            }
            _ => Ok(()),
        }
    }

    fn admit_planned(&self, planned: &Planned) -> Result<(), Rejection> {
        let sent = self.migration_id.is_some() || self.slot(&Operation::Create).is_some();
        let same = self.request_hash.as_ref().is_none_or(|hash| *hash == planned.request_hash)
            && self.drops_destination == planned.drops_destination
            && (planned.destination.is_none() || self.destination == planned.destination);
        if sent && !same { Err(Rejection::Frozen) } else { Ok(()) }
    }

    fn before_cutover(&self) -> Result<(), Rejection> {
        match self.slot(&Operation::Cutover) {
            Some(slot) => Err(Rejection::TooLate {
                intent_seq: slot.intent_seq,
                actor: slot.actor.clone(),
                at_ms: slot.intent_ms,
            }),
            None => Ok(()),
        }
    }

    fn admit_retry(&self, attempt: u32) -> Result<(), Rejection> {
        let follows = match &self.ended {
            Some(EndResult::Failed | EndResult::Expired) => true,
            Some(_) => false,
            None => {
                self.refusal.as_ref().is_some_and(|r| r.op == Operation::Create)
                    && self.migration_id.is_none()
            }
        };
        self.nothing_undecided(None)?;
        if follows && Some(attempt) == self.attempt.checked_add(1) {
            Ok(())
        } else {
            Err(Rejection::CannotRetry)
        }
    }

    /// An attempt ends when Atlas says so, or when nothing was started and a person gave it up.
    fn admit_end(&self, result: &EndResult) -> Result<(), Rejection> {
        let create_is_undecided =
            self.slot(&Operation::Create).is_some_and(|slot| slot.state.is_undecided());
        match result {
            EndResult::Forgone if !self.forgone => {
                Err(Rejection::Misplaced("the cutover was not given up"))
            }
            _ if create_is_undecided => self.nothing_undecided(None),
            _ => Ok(()),
        }
    }

    /// Returns whether an outcome comes after its request was called unclear or was resolved.
    pub(crate) fn is_late(&self, event: &Event) -> bool {
        matches!(event, Event::Outcome(outcome) if self.clouded.contains(&outcome.intent_seq))
    }
}

fn not_before(intent_ms: i64, wait: Duration, now_ms: i64) -> Result<(), Rejection> {
    let wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    let allowed_ms = intent_ms.saturating_add(wait_ms);
    if now_ms < allowed_ms { Err(Rejection::TooEarly { allowed_ms }) } else { Ok(()) }
}
