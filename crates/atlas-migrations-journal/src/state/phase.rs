//! The phase of a stream, in one word.

use std::fmt;

use super::{slot::SlotState, stream_state::StreamState};
use crate::event::{EndResult, Operation, StreamKind, ValidationStatus};

macro_rules! phases {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// The phase of a stream.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum Phase {
            $($(#[$doc])* $variant,)*
        }

        impl Phase {
            /// Returns the word that the journal stores.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

phases! {
    /// Nothing was sent.
    Planned = "planned",
    /// A validation runs.
    Validating = "validating",
    /// The validation succeeded.
    Validated = "validated",
    /// The create request may be on its way.
    Creating = "creating",
    /// Atlas replicates.
    Replicating = "replicating",
    /// The migration is ready for the cutover.
    Ready = "ready",
    /// The cutover request may be on its way, or was accepted.
    CuttingOver = "cutting_over",
    /// The fate of a request is not known.
    Unclear = "unclear",
    /// This version does not understand the stream, or its events contradict each other.
    Blocked = "blocked",
    /// A person or a hook holds it.
    Held = "held",
    /// The migration is complete.
    Complete = "complete",
    /// The migration failed.
    Failed = "failed",
    /// The migration expired.
    Expired = "expired",
    /// A person gave the cutover up.
    Forgone = "forgone",
    /// A plan runs.
    Started = "started",
    /// There is no link.
    Unlinked = "unlinked",
    /// A link is being created.
    Linking = "linking",
    /// There is a link.
    Linked = "linked",
    /// A link is being deleted.
    Unlinking = "unlinking",
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.as_str().replace('_', " "))
    }
}

impl StreamState {
    /// Returns the phase.
    pub fn phase(&self) -> Phase {
        if self.blocked.is_some() {
            return Phase::Blocked;
        }
        match self.kind {
            StreamKind::Migration => self.migration_phase(),
            StreamKind::Plan if self.held.is_some() => Phase::Held,
            StreamKind::Plan => Phase::Started,
            StreamKind::Link => self.link_phase(),
        }
    }

    fn migration_phase(&self) -> Phase {
        if let Some(end) = &self.ended {
            return match end {
                EndResult::Complete => Phase::Complete,
                EndResult::Failed => Phase::Failed,
                EndResult::Expired => Phase::Expired,
                EndResult::Forgone => Phase::Forgone,
                EndResult::Other(_) => Phase::Blocked,
            };
        }
        if self.unclear().is_some() {
            return Phase::Unclear;
        }
        match self.look.as_ref().map(|look| look.status.as_str()) {
            Some("COMPLETE") => return Phase::Complete,
            Some("FAILED") => return Phase::Failed,
            Some("EXPIRED") => return Phase::Expired,
            _ => {}
        }
        if self.slot(&Operation::Cutover).is_some() {
            Phase::CuttingOver
        } else if self.forgone {
            Phase::Forgone
        } else if self.held.is_some() || self.veto == Some(None) {
            Phase::Held
        } else if self.slot(&Operation::Create).is_some_and(|slot| slot.state == SlotState::Open) {
            Phase::Creating
        } else if self.migration_id.is_some() {
            if self.look.as_ref().is_some_and(|look| look.ready) {
                Phase::Ready
            } else {
                Phase::Replicating
            }
        } else {
            match &self.validation {
                Some(ValidationStatus::Success) => Phase::Validated,
                None if self.slot(&Operation::Validate).is_some() => Phase::Validating,
                _ => Phase::Planned,
            }
        }
    }

    fn link_phase(&self) -> Phase {
        let slot = |op| self.slot(op).map(|slot| slot.state);
        match (slot(&Operation::LinkCreate), slot(&Operation::LinkDelete)) {
            (_, Some(SlotState::Open)) => Phase::Unlinking,
            (Some(SlotState::Unclear), _) | (_, Some(SlotState::Unclear)) => Phase::Unclear,
            (Some(SlotState::Open), _) => Phase::Linking,
            (Some(SlotState::Done), _) => Phase::Linked,
            _ => Phase::Unlinked,
        }
    }
}
