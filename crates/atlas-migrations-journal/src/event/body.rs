//! The fields of each type of event.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::words::{
    Action, EndResult, HookResult, Operation, OutcomeResult, Resolution, ResolvedBy, Sent,
    UnclearReason, ValidationStatus,
};
use crate::{
    hash::Hash,
    ids::{AtlasId, EventId},
    name::Name,
    text::ForeignText,
};

/// Declares an event body: public fields, and a constructor for the required ones.
macro_rules! body {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* } optional { $($(#[$optional_doc:meta])* $optional:ident: $optional_type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
            $($(#[$optional_doc])* #[serde(default, skip_serializing_if = "is_default")] pub $optional: $optional_type,)*
        }

        impl $name {
            /// Creates the body from its required fields; the optional ones are public.
            #[allow(clippy::new_without_default)]
            pub fn new($($field: $type),*) -> Self {
                Self { $($field,)* $($optional: Default::default(),)* }
            }
        }
    };
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

body! {
    /// A plan was started for the first time.
    PlanStarted {
        /// The name of the file.
        file: String,
        /// The hash of the canonical plan.
        plan_hash: Hash,
        /// The canonical plan, without secrets.
        plan: Value,
    } optional {
        /// The version of the time zone database.
        zone_version: Option<String>,
        /// The version of the program.
        tool_version: Option<String>,
    }
}

body! {
    /// A plan is not what it was.
    PlanChanged {
        /// The name of the file.
        file: String,
        /// The hash of the canonical plan.
        plan_hash: Hash,
        /// The canonical plan, without secrets.
        plan: Value,
    } optional {
        /// What changed, per name of a migration.
        changes: Map<String, Value>,
        /// The version of the time zone database.
        zone_version: Option<String>,
        /// The version of the program.
        tool_version: Option<String>,
    }
}

body! {
    /// A migration was planned, or its request or policy changed.
    Planned {
        /// The name of the migration.
        name: Name,
        /// The hash of the create request.
        request_hash: Hash,
        /// The hash of the policy.
        policy_hash: Hash,
        /// The create request, with `true` for the password.
        request: Value,
    } optional {
        /// The project that the migration runs in.
        group_id: Option<AtlasId>,
        /// The destination, as `project/cluster`: one migration at a time has it.
        destination: Option<String>,
        /// Whether the create request drops the destination's data.
        drops_destination: bool,
        /// How many people approve the cutover.
        approvers: u32,
        /// How long an approval counts, in milliseconds.
        approval_expires_after_ms: Option<u64>,
    }
}

body! {
    /// A migration that was started elsewhere is followed from now on.
    Adopted {
        /// The project that the migration runs in.
        group_id: AtlasId,
        /// The migration.
        migration_id: AtlasId,
        /// The status that Atlas showed.
        status: String,
    } optional {
        /// The destination, as `project/cluster`.
        destination: Option<String>,
        /// The hash of the policy.
        policy_hash: Option<Hash>,
        /// How many people approve the cutover.
        approvers: u32,
    }
}

body! {
    /// What allows a cutover.
    Why {
    } optional {
        /// The sequences of the approvals that count.
        approvals: Vec<u64>,
        /// The opening of the window, as text.
        window: Option<String>,
        /// The lag that was seen last.
        lag_seconds: Option<u64>,
        /// When it was seen, in milliseconds since 1970.
        looked_ms: Option<i64>,
    }
}

body! {
    /// One request may be sent now.
    Intent {
        /// The request.
        op: Operation,
        /// The HTTP method.
        method: String,
        /// The path, without the host.
        path: String,
        /// The API version.
        api_version: String,
        /// The hash of the request.
        request_hash: Hash,
    } optional {
        /// The hash of the policy.
        policy_hash: Option<Hash>,
        /// The plan's gate that the decision was made at. The journal sets it.
        gate: Option<u64>,
        /// How long the intent may be used, in milliseconds. The journal sets it.
        send_window_ms: u64,
        /// What allows the request.
        why: Option<Why>,
        /// Why a person overrides holds, approvals and readiness.
        override_policy: Option<ForeignText>,
    }
}

body! {
    /// The fate of a request is known.
    Outcome {
        /// The sequence of the intent.
        intent_seq: u64,
        /// The result.
        result: OutcomeResult,
    } optional {
        /// The HTTP status.
        status: Option<u16>,
        /// The error code of Atlas.
        code: Option<ForeignText>,
        /// The error text of Atlas.
        detail: Option<ForeignText>,
        /// The id in the response: of a migration or of a validation.
        id: Option<AtlasId>,
        /// Whether it came after `unclear` or `resolved`. The journal sets it.
        late: bool,
        /// How long the request took.
        duration_ms: u64,
        /// Whether the link token reached a person.
        delivered: Option<bool>,
    }
}

body! {
    /// The fate of a request is not known.
    Unclear {
        /// The sequence of the intent.
        intent_seq: u64,
        /// The reason.
        reason: UnclearReason,
        /// What is known about the bytes that were sent.
        sent: Sent,
    } optional {
        /// The HTTP status.
        status: Option<u16>,
        /// More about it.
        detail: Option<ForeignText>,
    }
}

body! {
    /// Evidence or a person decided the fate of an unclear request.
    Resolved {
        /// The sequence of the intent.
        intent_seq: u64,
        /// The decision.
        result: Resolution,
        /// Who says so.
        by: ResolvedBy,
    } optional {
        /// The migration that the request started.
        id: Option<AtlasId>,
        /// What proves it.
        evidence: Option<ForeignText>,
    }
}

body! {
    /// A validation ended.
    Validated {
        /// The validation.
        validation_id: AtlasId,
        /// Its result.
        status: ValidationStatus,
    } optional {
        /// The error text of Atlas.
        message: Option<ForeignText>,
    }
}

body! {
    /// Atlas shows a new status, a new readiness, or a passed deadline.
    Observed {
        /// The status that Atlas shows.
        status: String,
        /// When it was seen, in milliseconds since 1970.
        polled_ms: i64,
    } optional {
        /// Whether the migration is ready for the cutover.
        ready: Option<bool>,
        /// The lag.
        lag_seconds: Option<u64>,
    }
}

body! {
    /// Polls fail.
    PollsFailing {
        /// Since when, in milliseconds since 1970.
        since_ms: i64,
        /// The class of the error.
        error_class: String,
        /// How many polls failed.
        count: u64,
    } optional {
    }
}

body! {
    /// Polls succeed again.
    PollsBack {
        /// Since when they failed, in milliseconds since 1970.
        since_ms: i64,
        /// How many polls failed.
        count: u64,
    } optional {
    }
}

body! {
    /// The migration expires soon.
    DeadlineNear {
        /// The hours that are left: 24, 4 or 1.
        hours_left: u32,
        /// The earliest time at which it can expire, in milliseconds since 1970.
        earliest_ms: i64,
    } optional {
    }
}

body! {
    /// A person approves an action for these hashes.
    Approved {
        /// The action.
        action: Action,
        /// The hash of the policy.
        policy_hash: Hash,
        /// The hash of the create request.
        request_hash: Hash,
    } optional {
        /// When the approval expires, in milliseconds since 1970.
        expires_ms: Option<i64>,
        /// A comment.
        comment: Option<ForeignText>,
    }
}

body! {
    /// A person withdraws approvals.
    ApprovalWithdrawn {
        /// The action.
        action: Action,
    } optional {
        /// The sequences of the approvals; all approvals of the action if empty.
        approvals: Vec<u64>,
        /// A comment.
        comment: Option<ForeignText>,
    }
}

body! {
    /// A person holds a migration or a plan: nothing that changes it is sent.
    Held {
    } optional {
        /// The reason.
        reason: Option<ForeignText>,
    }
}

body! {
    /// A person releases a held or vetoed migration, or a held plan.
    Released {
    } optional {
        /// The reason.
        reason: Option<ForeignText>,
    }
}

body! {
    /// A person postpones the cutover.
    Postponed {
    } optional {
        /// Until when, in milliseconds since 1970; no postponement if absent.
        until_ms: Option<i64>,
        /// The reason.
        reason: Option<ForeignText>,
    }
}

body! {
    /// A person gives the cutover up. Atlas replicates on until the migration expires.
    CutoverForgone {
    } optional {
        /// The reason.
        reason: Option<ForeignText>,
    }
}

body! {
    /// A person starts the next attempt.
    Retry {
        /// The number of the new attempt.
        attempt: u32,
    } optional {
        /// The reason.
        reason: Option<ForeignText>,
    }
}

body! {
    /// A hook starts.
    HookStarted {
        /// The hook.
        hook: String,
        /// The sequence of the event that it receives.
        event_seq: u64,
        /// The number of the try, from 1.
        try_number: u32,
    } optional {
        /// The identifier that the hook receives. A repeated run has the same one.
        event_id: Option<EventId>,
        /// What the hook is told, such as `ready` or `before_cutover`.
        event: Option<String>,
    }
}

body! {
    /// A hook ended.
    HookEnded {
        /// The hook.
        hook: String,
        /// The sequence of the event that it received.
        event_seq: u64,
        /// The number of the try, from 1.
        try_number: u32,
        /// The result.
        result: HookResult,
    } optional {
        /// What the hook was told, such as `ready` or `before_cutover`.
        event: Option<String>,
        /// The exit code.
        exit: Option<i32>,
        /// The start of its output.
        output: Option<ForeignText>,
    }
}

body! {
    /// A hook forbids the cutover.
    Vetoed {
        /// The hook.
        hook: String,
    } optional {
        /// Until when, in milliseconds since 1970; until released if absent.
        until_ms: Option<i64>,
    }
}

body! {
    /// An attempt ended.
    Ended {
        /// The end.
        result: EndResult,
    } optional {
        /// The destination, as `project/cluster`.
        destination: Option<String>,
    }
}
