//! What the events of a stream say, added up.

use std::collections::{BTreeMap, BTreeSet};

use super::slot::{Slot, SlotKey, SlotState};
use crate::{
    event::{Action, EndResult, Operation, StreamKind, ValidationStatus},
    hash::Hash,
    ids::AtlasId,
};

/// The state of one stream. [`StreamState::new`] and [`StreamState::apply`] make it from events.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StreamState {
    /// What the stream is the log of.
    pub kind: StreamKind,
    /// The sequence of the last event.
    pub head: u64,
    /// The current attempt, from 1.
    pub attempt: u32,
    /// The requests that were allowed, without those known to have had no effect.
    pub slots: BTreeMap<SlotKey, Slot>,
    /// Why nothing may be sent for the stream, if this version cannot understand it.
    pub blocked: Option<String>,
    /// The project.
    pub group_id: Option<AtlasId>,
    /// The migration of the current attempt.
    pub migration_id: Option<AtlasId>,
    /// The destination, as `project/cluster`.
    pub destination: Option<String>,
    /// Whether the create request drops the destination's data.
    pub drops_destination: bool,
    /// The hash of the create request.
    pub request_hash: Option<Hash>,
    /// The hash of the policy, or of the plan.
    pub policy_hash: Option<Hash>,
    /// How many people approve the cutover.
    pub approvers: u32,
    /// How long an approval counts, in milliseconds, if the policy bounds it.
    pub approval_expires_after_ms: Option<u64>,
    /// The approvals that were not withdrawn, by sequence.
    pub approvals: BTreeMap<u64, Approval>,
    /// The result of the last validation of the current attempt.
    pub validation: Option<ValidationStatus>,
    /// Why the last request was refused.
    pub refusal: Option<Refusal>,
    /// What Atlas showed last.
    pub look: Option<Look>,
    /// The sequence of the event that holds the stream.
    pub held: Option<u64>,
    /// Until when the cutover is postponed, in milliseconds since 1970.
    pub postponed_until_ms: Option<i64>,
    /// Until when a hook forbids the cutover; `None` inside means until released.
    pub veto: Option<Option<i64>>,
    /// Whether a person gave the cutover up.
    pub forgone: bool,
    /// Since when polls fail, in milliseconds since 1970.
    pub polls_failing_since_ms: Option<i64>,
    /// How the current attempt ended.
    pub ended: Option<EndResult>,
    /// The destination that an attempt completed.
    pub completed_destination: Option<String>,
    /// The operation of each intent, by sequence.
    pub(super) intents: BTreeMap<u64, SlotKey>,
    /// The intents whose fate was resolved, or unclear, before an outcome came.
    pub(super) clouded: BTreeSet<u64>,
}

/// An approval that a person gave.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Approval {
    /// What it allows.
    pub action: Action,
    /// The hash of the policy that it is for.
    pub policy_hash: Hash,
    /// The hash of the create request that it is for.
    pub request_hash: Hash,
    /// When it expires, in milliseconds since 1970.
    pub expires_ms: Option<i64>,
    /// Who gave it: the database user, or nobody in particular on SQLite.
    pub db_user: Option<String>,
}

/// What Atlas showed of the migration.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Look {
    /// The status.
    pub status: String,
    /// Whether the migration is ready for the cutover.
    pub ready: bool,
    /// The lag.
    pub lag_seconds: Option<u64>,
    /// When it was seen, in milliseconds since 1970.
    pub polled_ms: i64,
}

impl Look {
    /// The time between two events that say nothing new but the lag, at least.
    const LAG_AT_LEAST_MS: i64 = 600_000;
    /// The same at most, if somebody looks.
    const LAG_AT_MOST_MS: i64 = 3_600_000;
    /// The part by which a lag changes until that is seen in a curve of days and seconds.
    const VISIBLE: u64 = 20;

    /// Returns whether the lag of a later look is worth an event of its own.
    ///
    /// Views draw curves and estimate from the events, and a migration may replicate for weeks: the lag is worth an event if it
    /// changed by a twentieth and 10 minutes passed, or an hour passed. The lag of a migration that is ready is not.
    pub fn is_lag_news(&self, ready: bool, lag_seconds: Option<u64>, at_ms: i64) -> bool {
        let Some(lag) = lag_seconds.filter(|_| !ready) else { return false };
        let age_ms = at_ms.saturating_sub(self.polled_ms);
        let is_moved = self.lag_seconds.is_none_or(|before| {
            // A second more or less is nothing.
            lag.abs_diff(before).saturating_mul(Self::VISIBLE) > before.max(Self::VISIBLE)
        });
        age_ms >= Self::LAG_AT_MOST_MS || (age_ms >= Self::LAG_AT_LEAST_MS && is_moved)
    }
}

/// A request that Atlas refused.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Refusal {
    /// The request.
    pub op: Operation,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The error code of Atlas.
    pub code: Option<String>,
}

impl Refusal {
    /// Returns whether the same request may be sent again without a person: the rate limit refused it.
    pub fn is_temporary(&self) -> bool {
        self.status == Some(429)
    }
}

impl StreamState {
    /// Creates the state of a stream without events.
    pub fn new(kind: StreamKind) -> Self {
        Self {
            kind,
            head: 0,
            attempt: 1,
            slots: BTreeMap::new(),
            blocked: None,
            group_id: None,
            migration_id: None,
            destination: None,
            drops_destination: false,
            request_hash: None,
            policy_hash: None,
            approvers: 0,
            approval_expires_after_ms: None,
            approvals: BTreeMap::new(),
            validation: None,
            refusal: None,
            look: None,
            held: None,
            postponed_until_ms: None,
            veto: None,
            forgone: false,
            polls_failing_since_ms: None,
            ended: None,
            completed_destination: None,
            intents: BTreeMap::new(),
            clouded: BTreeSet::new(),
        }
    }

    /// Returns the slot of an operation in the current attempt.
    pub fn slot(&self, op: &Operation) -> Option<&Slot> {
        self.slots.get(&SlotKey { attempt: self.attempt, op: op.clone() })
    }

    /// Returns the slot that the request of an intent has.
    pub fn slot_of(&self, intent_seq: u64) -> Option<&Slot> {
        self.slots.values().find(|slot| slot.intent_seq == intent_seq)
    }

    /// Returns the slot whose request may still take effect, the oldest first.
    pub fn undecided(&self) -> Option<(&SlotKey, &Slot)> {
        self.slots
            .iter()
            .filter(|(_, slot)| slot.state.is_undecided())
            .min_by_key(|(_, slot)| slot.intent_seq)
    }

    /// Returns the slot whose request's fate is not known, the oldest first.
    pub fn unclear(&self) -> Option<(&SlotKey, &Slot)> {
        self.slots
            .iter()
            .filter(|(_, slot)| slot.state == SlotState::Unclear)
            .min_by_key(|(_, slot)| slot.intent_seq)
    }

    /// Returns the sequences of the approvals of an action that count now: for the current hashes, not expired, one per
    /// database user.
    pub fn valid_approvals(&self, action: &Action, now_ms: i64) -> Vec<u64> {
        let mut users = BTreeSet::new();
        self.approvals
            .iter()
            .filter(|(_, approval)| {
                approval.action == *action
                    && Some(&approval.policy_hash) == self.policy_hash.as_ref()
                    && self.request_hash.as_ref().is_none_or(|hash| approval.request_hash == *hash)
                    && approval.expires_ms.is_none_or(|expires| now_ms < expires)
            })
            .filter(|(_, approval)| users.insert(approval.db_user.clone()))
            .map(|(seq, _)| *seq)
            .collect()
    }

    /// Returns when an approval expires: at the time that its approver gave or the policy says, whichever is earlier.
    pub(super) fn approval_expiry(&self, approved_ms: i64, given_ms: Option<i64>) -> Option<i64> {
        let policy_ms = self
            .approval_expires_after_ms
            .map(|after| approved_ms.saturating_add(i64::try_from(after).unwrap_or(i64::MAX)));
        [policy_ms, given_ms].into_iter().flatten().min()
    }

    /// Returns how many approvals an action needs.
    pub fn needed_approvals(&self, action: &Action) -> usize {
        match action {
            Action::CreateWithDrop => usize::from(self.drops_destination),
            Action::Cutover => usize::try_from(self.approvers).unwrap_or(usize::MAX),
            Action::Other(_) => usize::MAX,
        }
    }

    /// Returns whether a hook forbids the cutover now.
    pub fn is_vetoed(&self, now_ms: i64) -> bool {
        self.veto.is_some_and(|until| until.is_none_or(|until| now_ms < until))
    }

    /// Returns whether the cutover is postponed now.
    pub fn is_postponed(&self, now_ms: i64) -> bool {
        self.postponed_until_ms.is_some_and(|until| now_ms < until)
    }

    /// Returns whether the stream occupies its destination: from the create intent, or the adoption, to the end.
    pub fn occupies_destination(&self) -> bool {
        self.ended.is_none()
            && self.destination.is_some()
            && (self.migration_id.is_some() || self.slot(&Operation::Create).is_some())
    }
}
