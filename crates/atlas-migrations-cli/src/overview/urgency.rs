//! The order of urgency.

use std::time::Duration;

use atlas_migrations_journal::state::{Phase, WaitsFor};

use super::view::MigrationView;
use crate::error::Exit;

/// A deadline that is nearer than this is urgent.
const NEAR: Duration = Duration::from_hours(24);

/// How soon a person should look at a migration, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    Unclear,
    Failed,
    Expired,
    DeadlineNear,
    WaitsForPerson,
    Ready,
    CuttingOver,
    Replicating,
    NotStarted,
    Ended,
}

impl Urgency {
    pub fn of(view: &MigrationView, now_ms: i64) -> Self {
        let is_near = view.time_left(now_ms).is_some_and(|left| left < NEAR);
        match (view.phase(), view.waits_for(now_ms)) {
            (Phase::Unclear | Phase::Blocked, _) | (_, WaitsFor::Evidence { .. }) => Self::Unclear,
            (Phase::Failed, _) => Self::Failed,
            (Phase::Expired, _) => Self::Expired,
            (Phase::Complete | Phase::Forgone, _) => Self::Ended,
            _ if is_near => Self::DeadlineNear,
            (_, WaitsFor::Approvals { .. } | WaitsFor::Person(_) | WaitsFor::Release) => {
                Self::WaitsForPerson
            }
            (Phase::Ready, _) => Self::Ready,
            (Phase::CuttingOver, _) => Self::CuttingOver,
            (Phase::Replicating | Phase::Creating, _) => Self::Replicating,
            _ => Self::NotStarted,
        }
    }

    /// Returns the exit code of `status`, or `None` for success.
    pub fn exit(self) -> Option<Exit> {
        match self {
            Self::Unclear => Some(Exit::Service),
            Self::Failed => Some(Exit::MigrationFailed),
            Self::Expired => Some(Exit::MigrationExpired),
            _ => None,
        }
    }
}
