//! What a person decides about migrations and plans: each decision appends one fact to the journal.
//!
//! The command and the web page call the same functions, so that both decide by the same rules. A decision is made on what
//! the journal says at that moment. If another event comes first, it is made again.

mod append;
mod approvals;
mod error;
mod holds;
mod situation;

pub use self::append::{Decision, Done, decide};
pub use self::approvals::{
    ApprovalOptions, Approving, Seen, approve, not_sent, why_too_late_for, withdraw,
};
pub use self::error::DecisionError;
pub use self::holds::{hold, release};
pub use self::situation::Situation;
