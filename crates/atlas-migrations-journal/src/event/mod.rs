//! The events of a journal: what was decided, sent, received and seen.

mod body;
mod codec;
mod record;
mod words;

pub use self::{
    body::{
        Adopted, ApprovalWithdrawn, Approved, CutoverForgone, DeadlineNear, Ended, Held, HookEnded,
        HookStarted, Intent, Observed, Outcome, PlanChanged, PlanStarted, Planned, PollsBack,
        PollsFailing, Postponed, Released, Resolved, Retry, Unclear, Validated, Vetoed, Why,
    },
    codec::{Event, UnknownEvent},
    record::{Actor, EventRecord, NewEvent, StreamKind},
    words::{
        Action, EndResult, HookResult, Operation, OutcomeResult, Resolution, ResolvedBy, Sent,
        UnclearReason, ValidationStatus,
    },
};
