//! The events of a journal: what was decided, sent, received and seen.

mod body;
mod codec;
mod record;

pub use self::{
    body::{
        Action, Adopted, ApprovalWithdrawn, Approved, CutoverForgone, DeadlineNear, EndResult,
        Ended, Held, HookEnded, HookResult, HookStarted, Intent, Observed, Operation, Outcome,
        OutcomeResult, PlanChanged, PlanStarted, Planned, PollsBack, PollsFailing, Postponed,
        Released, Resolution, Resolved, ResolvedBy, Retry, Sent, Unclear, UnclearReason, Validated,
        ValidationStatus, Vetoed, Why,
    },
    codec::{Event, UnknownEvent},
    record::{Actor, EventRecord, NewEvent, StreamKind},
};
