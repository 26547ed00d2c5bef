//! What a stream waits for, and who or what can end it, in one line.

use std::fmt;

use super::{phase::Phase, slot::SlotState, stream_state::StreamState};
use crate::clock::utc;
use crate::event::{Action, Operation, ValidationStatus};

/// What the events of a stream do not say: the time and the plan's policy.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Conditions {
    /// The time, in milliseconds since 1970.
    pub now_ms: i64,
    /// The window of the cutover.
    pub window: WindowView,
    /// The hook before the cutover.
    pub hook: HookView,
    /// Whether it is this migration's turn in its plan.
    pub turn: bool,
    /// Whether the lag is low enough.
    pub lag_is_low: bool,
}

impl Conditions {
    /// Creates conditions under which nothing but the stream itself is in the way.
    pub fn new(now_ms: i64) -> Self {
        Self {
            now_ms,
            window: WindowView::Open,
            hook: HookView::None,
            turn: true,
            lag_is_low: true,
        }
    }
}

/// The window of the cutover.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum WindowView {
    /// The cutover may be sent now.
    Open,
    /// The window opens at this time, as text.
    Opens(String),
    /// No window opens again.
    Over,
}

/// The hook before the cutover.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum HookView {
    /// There is none, or it allowed the cutover.
    None,
    /// It has not been run, or runs.
    Pending,
}

/// What a stream waits for. Its text names who or what ends it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum WaitsFor {
    /// Nothing: it ended.
    Nothing,
    /// Nothing: the next request can be sent now.
    Runner(&'static str),
    /// Its turn in the plan.
    Turn,
    /// Approvals.
    Approvals {
        /// The action.
        action: Action,
        /// How many count.
        have: usize,
        /// How many are needed.
        need: usize,
    },
    /// The result of the validation.
    Validation,
    /// A response.
    Response {
        /// The request.
        op: Operation,
        /// Who sends it.
        actor: String,
    },
    /// Atlas, until the migration is ready.
    Ready,
    /// Atlas, until the migration is complete.
    Completion,
    /// The opening of the window.
    Window(String),
    /// A lower lag.
    Lag,
    /// The hook before the cutover.
    Hook,
    /// A time, in milliseconds since 1970.
    Postponement(i64),
    /// A person who releases it.
    Release,
    /// Evidence, or a person.
    Evidence {
        /// The request.
        op: Operation,
        /// The sequence of its intent.
        intent_seq: u64,
    },
    /// The end of a migration whose cutover was given up.
    Expiry,
    /// A person.
    Person(String),
}

impl fmt::Display for WaitsFor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => formatter.write_str("nothing"),
            Self::Runner(next) => write!(formatter, "`run`, which {next}"),
            Self::Turn => {
                formatter.write_str("its turn; an earlier migration of the plan ends that")
            }
            Self::Approvals { action, have, need } => {
                write!(formatter, "approvals for {action}, {have} of {need}; `approve` gives one")
            }
            Self::Validation => formatter.write_str("the result of the validation; Atlas gives it"),
            Self::Response { op, actor } => {
                write!(formatter, "the response to {op}; {actor} records it")
            }
            Self::Ready => formatter.write_str("replication; Atlas says when it is ready"),
            Self::Completion => formatter.write_str("the cutover; Atlas says when it is complete"),
            Self::Window(opens) => write!(formatter, "the window; it opens {opens}"),
            Self::Lag => formatter.write_str("a lower lag; Atlas catches up"),
            Self::Hook => formatter.write_str("the hook before the cutover; its exit decides"),
            Self::Postponement(until_ms) => {
                write!(formatter, "{}; `postpone-until` changes that", utc(*until_ms))
            }
            Self::Release => formatter.write_str("a person; `release` ends the hold"),
            Self::Evidence { op: Operation::Cutover, intent_seq } => {
                write!(
                    formatter,
                    "the fate of the cutover (event {intent_seq}); its state in Atlas decides, or `journal resolve`"
                )
            }
            Self::Evidence { op: Operation::LinkCreate | Operation::LinkDelete, intent_seq } => {
                write!(
                    formatter,
                    "the fate of the link (event {intent_seq}); `link delete` resolves it"
                )
            }
            Self::Evidence { op, intent_seq } => {
                write!(
                    formatter,
                    "the fate of {op} (event {intent_seq}); `journal resolve` decides it"
                )
            }
            Self::Expiry => {
                formatter.write_str("the expiry in Atlas; the destination is occupied until then")
            }
            Self::Person(what) => write!(formatter, "a person: {what}"),
        }
    }
}

impl StreamState {
    /// Returns what the stream waits for.
    pub fn waits_for(&self, conditions: &Conditions) -> WaitsFor {
        if let Some((key, slot)) = self.undecided() {
            return match slot.state {
                SlotState::Unclear => {
                    WaitsFor::Evidence { op: key.op.clone(), intent_seq: slot.intent_seq }
                }
                _ => WaitsFor::Response { op: key.op.clone(), actor: slot.actor.clone() },
            };
        }
        match self.phase() {
            Phase::Blocked => WaitsFor::Person(
                self.blocked.clone().unwrap_or_else(|| "a newer version is needed".to_owned()),
            ),
            Phase::Planned => self.waits_before_create(),
            Phase::Validating => WaitsFor::Validation,
            Phase::Validated
                if self.refusal.as_ref().is_some_and(|refusal| !refusal.is_temporary()) =>
            {
                self.waits_before_create()
            }
            Phase::Validated => {
                self.approvals(&Action::CreateWithDrop, conditions).unwrap_or(if conditions.turn {
                    WaitsFor::Runner("starts it")
                } else {
                    WaitsFor::Turn
                })
            }
            Phase::Replicating => WaitsFor::Ready,
            Phase::Ready => self.waits_before_cutover(conditions),
            Phase::CuttingOver => WaitsFor::Completion,
            Phase::Held => WaitsFor::Release,
            Phase::Failed | Phase::Expired => {
                WaitsFor::Person("`retry` starts the next attempt".to_owned())
            }
            Phase::Forgone if self.ended.is_none() => WaitsFor::Expiry,
            _ => WaitsFor::Nothing,
        }
    }

    fn waits_before_create(&self) -> WaitsFor {
        match (&self.refusal, &self.validation) {
            (Some(refusal), _) if !refusal.is_temporary() => {
                let code = refusal.code.as_deref().unwrap_or("no code");
                WaitsFor::Person(format!(
                    "Atlas refused {} ({code}); correct the plan and `retry`",
                    refusal.op
                ))
            }
            (_, Some(status)) if *status != ValidationStatus::Success => WaitsFor::Person(
                "the validation failed; correct the source or the plan, then validate again"
                    .to_owned(),
            ),
            _ => WaitsFor::Runner("validates it"),
        }
    }

    fn waits_before_cutover(&self, conditions: &Conditions) -> WaitsFor {
        if self.is_vetoed(conditions.now_ms) {
            return WaitsFor::Hook;
        }
        if let Some(until_ms) =
            self.postponed_until_ms.filter(|_| self.is_postponed(conditions.now_ms))
        {
            return WaitsFor::Postponement(until_ms);
        }
        if let Some(approvals) = self.approvals(&Action::Cutover, conditions) {
            return approvals;
        }
        if !conditions.turn {
            return WaitsFor::Turn;
        }
        match &conditions.window {
            WindowView::Opens(opens) => return WaitsFor::Window(opens.clone()),
            WindowView::Over => {
                return WaitsFor::Person(
                    "the last window is over; give the plan a new one".to_owned(),
                );
            }
            WindowView::Open => {}
        }
        match (conditions.lag_is_low, conditions.hook) {
            (false, _) => WaitsFor::Lag,
            (true, HookView::Pending) => WaitsFor::Hook,
            (true, HookView::None) => WaitsFor::Runner("cuts it over"),
        }
    }

    fn approvals(&self, action: &Action, conditions: &Conditions) -> Option<WaitsFor> {
        let need = self.needed_approvals(action);
        let have = self.valid_approvals(action, conditions.now_ms).len();
        (have < need).then(|| WaitsFor::Approvals { action: action.clone(), have, need })
    }
}
