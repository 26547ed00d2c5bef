//! The commands by which a person decides about migrations and plans: each appends one fact to the journal.

mod approvals;
mod decide;
mod ends;
mod holds;
mod report;

pub use self::approvals::{approve, approve_cutover, withdraw};
pub use self::ends::{abort_before_cutover, retry};
pub use self::holds::{hold, hold_migration, postpone_until, release};
