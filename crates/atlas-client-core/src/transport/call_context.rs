//! [`CallContext`].

use std::time::Duration;

use crate::clock::Clock;
use crate::operation::Operation;
use crate::request_id::RequestId;

/// A call in progress.
#[derive(Clone, Copy)]
pub(super) struct CallContext {
    pub(super) operation: &'static Operation,
    pub(super) id: RequestId,
    /// Whether the caller reads the body of a success.
    pub(super) stream: bool,
    /// Counts from 1.
    pub(super) attempt: u32,
    pub(super) began: Duration,
    pub(super) deadline: Duration,
    /// Whether the send gate of the transport decides about each request, and one exchange is all.
    pub(super) is_gated: bool,
}

impl CallContext {
    /// Begins a call that may take as long as `total`.
    pub(super) fn begin(
        operation: &'static Operation,
        id: RequestId,
        stream: bool,
        total: Duration,
        clock: &dyn Clock,
    ) -> Self {
        let began = clock.now();
        let deadline = began.saturating_add(total);
        Self { operation, id, stream, attempt: 1, began, deadline, is_gated: false }
    }

    /// Returns the context of another operation within the same call, such as the token operation. It passes
    /// no gate: it does not have the effect that the gate protects.
    pub(super) fn for_operation(&self, operation: &'static Operation) -> Self {
        Self { operation, stream: false, is_gated: false, ..*self }
    }

    /// Sets whether the gate decides.
    pub(super) fn gated(self, is_gated: bool) -> Self {
        Self { is_gated, ..self }
    }

    /// Returns what remains of the deadline.
    pub(super) fn left(&self, clock: &dyn Clock) -> Duration {
        self.deadline.saturating_sub(clock.now())
    }
}
