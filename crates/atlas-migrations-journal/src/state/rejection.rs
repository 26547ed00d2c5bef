//! Why an event may not be appended.

use std::fmt;

use crate::{
    clock::utc,
    event::{Action, EndResult, Operation, StreamKind},
    ids::RunnerId,
};

/// Says why an event may not be appended.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Rejection {
    /// A request of the stream may still take effect.
    Undecided {
        /// The request.
        op: Operation,
        /// The sequence of its intent.
        intent_seq: u64,
        /// Who wrote the intent.
        actor: String,
        /// Whether its fate is known to be unknown.
        unclear: bool,
    },
    /// The request took effect in this attempt.
    AlreadyDone {
        /// The request.
        op: Operation,
        /// The sequence of its intent.
        intent_seq: u64,
    },
    /// Nothing may be sent for the stream.
    Blocked(String),
    /// The event is for another attempt than the current one.
    OtherAttempt {
        /// The current attempt.
        current: u32,
    },
    /// A person holds the stream, or a hook forbids it.
    Held,
    /// The cutover is postponed.
    Postponed {
        /// Until when, in milliseconds since 1970.
        until_ms: i64,
    },
    /// Approvals are missing.
    NotApproved {
        /// The action.
        action: Action,
        /// How many approvals count.
        have: usize,
        /// How many are needed.
        need: usize,
    },
    /// The intent names other hashes than the migration has now.
    HashChanged,
    /// The migration has no id.
    NoMigration,
    /// The migration has an id already.
    HasMigration,
    /// The migration is not ready for the cutover.
    NotReady,
    /// Atlas refused the create request; a person decides with `retry`.
    RefusedBefore,
    /// The cutover was given up.
    Forgone,
    /// The attempt ended.
    Ended(EndResult),
    /// The attempt did not end in a way that a retry follows.
    CannotRetry,
    /// No intent has this sequence.
    NoSuchIntent {
        /// The sequence.
        intent_seq: u64,
    },
    /// The process that may send the request could still send it.
    TooEarly {
        /// From when it is allowed, in milliseconds since 1970.
        allowed_ms: i64,
    },
    /// The process that may send the request is alive.
    RunnerAlive(RunnerId),
    /// The cutover was sent, or may be.
    TooLate {
        /// The sequence of the cutover's intent.
        intent_seq: u64,
        /// Who wrote it.
        actor: String,
        /// When, in milliseconds since 1970.
        at_ms: i64,
    },
    /// A request that was allowed cannot change any more.
    Frozen,
    /// The event does not belong into a stream of this kind.
    WrongKind(StreamKind),
    /// The event does not fit into this place of the stream.
    Misplaced(&'static str),
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undecided { op, intent_seq, actor, unclear: true } => write!(
                formatter,
                "the `{op}` request of event {intent_seq} ({actor}) is unclear: nothing is sent until it is resolved"
            ),
            Self::Undecided { op, intent_seq, actor, unclear: false } => {
                write!(
                    formatter,
                    "the `{op}` request of event {intent_seq} ({actor}) may be on its way"
                )
            }
            Self::AlreadyDone { op, intent_seq } => {
                write!(
                    formatter,
                    "`{op}` took effect in this attempt (event {intent_seq}): it is never sent twice"
                )
            }
            Self::Blocked(reason) => write!(formatter, "nothing is sent for this stream: {reason}"),
            Self::OtherAttempt { current } => write!(formatter, "the current attempt is {current}"),
            Self::Held => formatter.write_str("it is held: `release` ends that"),
            Self::Postponed { until_ms } => {
                write!(formatter, "the cutover is postponed until {}", utc(*until_ms))
            }
            Self::NotApproved { action, have, need } => {
                write!(
                    formatter,
                    "{have} of {need} approvals for `{action}` with the current request and policy"
                )
            }
            Self::HashChanged => formatter
                .write_str("the request or the policy changed since the decision: decide again"),
            Self::NoMigration => formatter.write_str("no migration ID is known"),
            Self::HasMigration => formatter.write_str("the attempt has a migration already"),
            Self::NotReady => formatter.write_str("the migration is not ready for the cutover"),
            Self::RefusedBefore => {
                formatter.write_str("Atlas refused this request: correct it and `retry`")
            }
            Self::Forgone => formatter.write_str("the cutover was given up"),
            Self::Ended(result) => write!(formatter, "the attempt ended: {result}"),
            Self::CannotRetry => formatter.write_str(
                "a retry follows an attempt that failed, expired or was refused, and counts one up",
            ),
            Self::NoSuchIntent { intent_seq } => {
                write!(formatter, "event {intent_seq} is not an intent of this stream")
            }
            Self::TooEarly { allowed_ms } => write!(
                formatter,
                "the process that may send the request could still do so; allowed from {}",
                utc(*allowed_ms)
            ),
            Self::RunnerAlive(runner) => write!(
                formatter,
                "runner {runner}, which may send the request, is alive and records the outcome itself"
            ),
            Self::TooLate { intent_seq, actor, at_ms } => {
                write!(
                    formatter,
                    "too late: cutover intent {intent_seq} at {} by {actor}",
                    utc(*at_ms)
                )
            }
            Self::Frozen => formatter
                .write_str("the request was allowed to be sent and cannot change in this attempt"),
            Self::WrongKind(kind) => {
                write!(formatter, "such an event does not belong into a {kind} stream")
            }
            Self::Misplaced(why) => formatter.write_str(why),
        }
    }
}

impl std::error::Error for Rejection {}
