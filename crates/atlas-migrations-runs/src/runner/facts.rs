//! What a decision knows. Plain data: reading the journal, the network and the clock is the engine's work.

use atlas_migrations_journal::{AtlasId, Hash, Name};
use atlas_migrations_plan::{CutoverPolicy, Timestamp};

use super::history::History;

/// What Atlas showed last, in this process.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Seen {
    pub(super) status: String,
    pub(super) ready: bool,
    pub(super) lag_seconds: Option<u64>,
    /// When the response came, in milliseconds since 1970.
    pub(super) at_ms: i64,
    /// When the migration expires at the earliest, in milliseconds since 1970, if this process saw it become ready.
    pub(super) earliest_expiry_ms: Option<i64>,
}

/// A row of failed polls.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct PollTrouble {
    pub(super) since_ms: i64,
    pub(super) class: String,
    pub(super) count: u64,
}

/// What this process knows of a migration beside the journal.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    pub(super) seen: Option<Seen>,
    pub(super) trouble: Option<PollTrouble>,
    /// How many polls failed in the last row of failures that ended.
    pub(super) failed_polls: u64,
    /// The validation that Atlas does not know anymore.
    pub(super) lost_validation: Option<AtlasId>,
    /// Nothing is sent before this time, in milliseconds since 1970: a rate limit or a failed attempt says so.
    pub(super) not_before_ms: i64,
    /// An open request of a process that is gone is called unclear from this time on, in milliseconds since 1970.
    pub(super) unclear_from_ms: i64,
    /// What was seen is recorded from this time on, in milliseconds since 1970: the journal did not take it before.
    pub(super) record_from_ms: i64,
    /// How many validations this process asked for in the current attempt.
    pub(super) validations: u32,
    /// Until when the hooks allow the cutover, in milliseconds since 1970.
    pub(super) allowed_until_ms: Option<i64>,
    /// When the hooks are asked again, in milliseconds since 1970.
    pub(super) ask_again_ms: i64,
    /// Why a person has to do something, if this process alone knows.
    pub(super) trap: Option<String>,
}

impl Memory {
    /// Remembers that polls succeed again.
    pub(super) fn end_trouble(&mut self) {
        if let Some(trouble) = self.trouble.take() {
            self.failed_polls = trouble.count;
        }
    }
}

/// How far this machine's clock is from others.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[allow(clippy::struct_field_names, reason = "the end of each name is the unit")]
pub(super) struct ClockCheck {
    /// When it was compared, in milliseconds since 1970 by this machine's clock.
    pub(super) at_ms: Option<i64>,
    /// How far it is ahead of Atlas, in milliseconds; `None` if the response had no date.
    pub(super) skew_ms: Option<i64>,
    /// How far it is ahead of the journal's database, in milliseconds.
    pub(super) database_skew_ms: i64,
}

/// Whether it is a migration's turn to be cut over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Turn {
    Now,
    /// An earlier one is not over.
    After,
    /// A migration that has to be complete before ended in another way.
    Never(Name),
}

/// What the plan and its other migrations say.
#[derive(Clone, Debug)]
pub(super) struct PlanFacts {
    /// The plan that the journal has is the plan that this process follows.
    pub(super) is_current: bool,
    pub(super) is_held: bool,
    pub(super) postponed_until_ms: Option<i64>,
    /// Another migration of the plan that failed.
    pub(super) failed: Option<Name>,
    pub(super) turn: Turn,
}

/// What a decision about one migration knows.
pub(super) struct Facts<'a> {
    pub(super) history: &'a History,
    pub(super) memory: &'a Memory,
    /// The conditions of the cutover. None for a migration that is not in the plan anymore.
    pub(super) policy: Option<&'a CutoverPolicy>,
    /// The policy's hash.
    pub(super) policy_hash: Option<&'a Hash>,
    pub(super) plan: &'a PlanFacts,
    pub(super) clock: ClockCheck,
    /// The wall clock, in milliseconds since 1970.
    pub(super) now_ms: i64,
}

impl Facts<'_> {
    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_ms).unwrap_or(Timestamp::MAX)
    }
}
