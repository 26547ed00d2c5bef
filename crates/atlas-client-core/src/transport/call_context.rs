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
        Self { operation, id, stream, attempt: 1, began, deadline: began.saturating_add(total) }
    }

    /// Returns the context of another operation within the same call, such as the token operation.
    pub(super) fn for_operation(&self, operation: &'static Operation) -> Self {
        Self { operation, stream: false, ..*self }
    }

    /// Returns what remains of the deadline.
    pub(super) fn left(&self, clock: &dyn Clock) -> Duration {
        self.deadline.saturating_sub(clock.now())
    }
}
