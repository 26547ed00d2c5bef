//! The slot of a request: at most one request per attempt and operation.

use crate::{event::Operation, ids::RunnerId};

/// The attempt and the operation that a slot is for.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct SlotKey {
    /// The attempt.
    pub attempt: u32,
    /// The operation.
    pub op: Operation,
}

/// What is known about the request of a slot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SlotState {
    /// The request may be on its way.
    Open,
    /// The fate of the request is not known.
    Unclear,
    /// The request took effect.
    Done,
}

impl SlotState {
    /// Returns the word that the journal stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Unclear => "unclear",
            Self::Done => "done",
        }
    }

    /// Returns whether the request may still take effect, so that nothing else may be sent.
    pub fn is_undecided(self) -> bool {
        self != Self::Done
    }
}

/// The request that has the slot.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Slot {
    /// The sequence of the intent.
    pub intent_seq: u64,
    /// What is known about the request.
    pub state: SlotState,
    /// When the intent was stored, in milliseconds since 1970.
    pub intent_ms: i64,
    /// The process that may send the request.
    pub runner: Option<RunnerId>,
    /// Who wrote the intent.
    pub actor: String,
}
