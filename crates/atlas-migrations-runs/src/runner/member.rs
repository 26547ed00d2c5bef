//! One migration of a plan, as this process knows it.

use atlas_migrations_journal::{Name, StreamId, store::Fence};

use super::{facts::Memory, history::History};

/// One migration of the plan.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) stream: StreamId,
    /// The name in the journal.
    pub(super) name: Name,
    /// Its place in the plan file; none if it left the plan.
    pub(super) index: Option<usize>,
    pub(super) history: History,
    pub(super) memory: Memory,
    /// The right to write intents, if this process works on it.
    pub(super) fence: Option<Fence>,
    /// Whether an action of this process is under way.
    pub(super) is_busy: bool,
    /// Whether that action sends a cutover, whose intent may not be in the history yet.
    pub(super) is_cutting_over: bool,
}
