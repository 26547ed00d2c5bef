//! [`CutoverPolicy`]: the conditions of a cutover.

use std::time::Duration;

use atlas_migrations_journal::Name;
use serde_json::{Value, json};

use crate::window::Window;

/// The conditions of the cutover of one migration. Values of the migration replace those of the plan.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CutoverPolicy {
    /// How many people approve the cutover. With 0 it needs no approval.
    pub approvers: u32,
    /// How long an approval is valid.
    pub approval_expires: Duration,
    /// When the cutover may start. At any time if empty.
    pub windows: Vec<Window>,
    /// The lag at which the cutover may start, at most.
    pub max_lag: Duration,
    /// How many cutovers of the plan run at once.
    pub order: CutoverOrder,
    /// What happens to the other cutovers when one fails.
    pub on_failure: OnFailure,
    /// The migrations that are complete before this one is cut over.
    pub after: Vec<Name>,
}

/// How many cutovers of a plan run at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CutoverOrder {
    /// One after the other, in the order of the file.
    Sequence,
    /// All that are ready.
    Together,
    /// At most this many, at least one.
    AtMost(u32),
}

/// What happens to the other cutovers when one fails, expires, is refused, is unclear or is vetoed for good.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum OnFailure {
    /// No other cutover starts.
    Stop,
    /// The others go on.
    Continue,
}

impl CutoverOrder {
    /// Returns how many cutovers may run at once. None for any number.
    pub fn limit(self) -> Option<u32> {
        match self {
            Self::Sequence => Some(1),
            Self::Together => None,
            Self::AtMost(limit) => Some(limit),
        }
    }

    fn canonical(self) -> Value {
        match self {
            Self::Sequence => json!("sequence"),
            Self::Together => json!("together"),
            Self::AtMost(limit) => json!({ "at_most": limit }),
        }
    }
}

impl OnFailure {
    /// Returns the word in a plan file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Continue => "continue",
        }
    }
}

impl Default for CutoverPolicy {
    /// One approver, approvals for 7 days, no window, 30 seconds of lag, in sequence, stop on failure.
    fn default() -> Self {
        Self {
            approvers: 1,
            approval_expires: Duration::from_hours(7 * 24),
            windows: Vec::new(),
            max_lag: Duration::from_secs(30),
            order: CutoverOrder::Sequence,
            on_failure: OnFailure::Stop,
            after: Vec::new(),
        }
    }
}

impl CutoverPolicy {
    /// Returns the policy as JSON. Its hash is what an approval is bound to.
    pub fn canonical(&self) -> Value {
        let windows: Vec<_> = self.windows.iter().map(Window::canonical).collect();
        json!({
            "approvers": self.approvers,
            "approval_expires_ms": milliseconds(self.approval_expires),
            "windows": windows,
            "max_lag_ms": milliseconds(self.max_lag),
            "order": self.order.canonical(),
            "on_failure": self.on_failure.as_str(),
            "after": self.after,
        })
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
