//! The order of urgency.

use std::time::Duration;

use super::summary::MigrationSummary;
use crate::state::{Phase, WaitsFor};

/// A deadline that is nearer than this is urgent.
const NEAR: Duration = Duration::from_hours(24);

/// How soon a person should look at a migration, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Urgency {
    /// The fate of a request is not known, or this version does not understand the events.
    Unclear,
    /// It failed.
    Failed,
    /// It expired.
    Expired,
    /// It expires in less than 24 hours.
    DeadlineNear,
    /// It waits for an approval, a release or another decision.
    WaitsForPerson,
    /// It is ready for the cutover.
    Ready,
    /// The cutover runs.
    CuttingOver,
    /// Atlas replicates.
    Replicating,
    /// Nothing was started in Atlas.
    NotStarted,
    /// It is complete, or its cutover was given up.
    Ended,
}

impl Urgency {
    /// Returns how urgent a migration is at a time, in milliseconds since 1970.
    pub fn of(summary: &MigrationSummary, now_ms: i64) -> Self {
        let is_near = summary.time_left(now_ms).is_some_and(|left| left < NEAR);
        match (summary.phase(), summary.waits_for(now_ms)) {
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
}

impl MigrationSummary {
    /// Returns how urgent it is at a time, in milliseconds since 1970.
    pub fn urgency(&self, now_ms: i64) -> Urgency {
        Urgency::of(self, now_ms)
    }

    /// Returns what lists of migrations are sorted by: archived ones last, then by urgency, then the nearest deadline.
    pub fn sort_key(&self, now_ms: i64) -> (bool, Urgency, Duration) {
        let left = self.time_left(now_ms).unwrap_or(Duration::MAX);
        (self.row.archived, self.urgency(now_ms), left)
    }
}
