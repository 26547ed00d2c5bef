//! [`Report`]: all items of a check, and what follows from them.

use atlas_migrations_journal::Name;
use serde::Serialize;

use super::item::{CheckResult, Item};

/// What the check of a plan found.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The name of the plan.
    pub plan: Name,
    /// How many items have each result.
    pub counts: Counts,
    /// The items: by group, within it the plan as a whole before its migrations in the order of the file.
    pub items: Vec<Item>,
}

/// How many items have each result.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// The number of [`CheckResult::Pass`].
    pub pass: usize,
    /// The number of [`CheckResult::Warn`].
    pub warn: usize,
    /// The number of [`CheckResult::CannotTell`].
    pub cannot_tell: usize,
    /// The number of [`CheckResult::Fail`].
    pub fail: usize,
}

/// What follows from a report.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// The plan can run.
    Passed,
    /// Nothing failed, but some items could not be decided.
    CannotTell,
    /// The plan would fail.
    Failed,
}

impl Report {
    pub(crate) fn new(plan: Name, mut items: Vec<Item>) -> Self {
        // A stable sort: the migrations stay in the order of the file.
        items.sort_by_key(|item| (item.group, item.migration.is_some()));
        let counts = Counts::of(&items);
        Self { plan, counts, items }
    }

    /// Returns what follows from the items. If it is strict, everything but a pass is a failure.
    pub fn verdict(&self, strict: bool) -> Verdict {
        match self.counts {
            Counts { fail: 1.., .. } => Verdict::Failed,
            Counts { warn, cannot_tell, .. } if strict && warn + cannot_tell > 0 => Verdict::Failed,
            Counts { cannot_tell: 1.., .. } => Verdict::CannotTell,
            _ => Verdict::Passed,
        }
    }
}

impl Counts {
    fn of(items: &[Item]) -> Self {
        let count = |result| items.iter().filter(|item| item.result == result).count();
        Self {
            pass: count(CheckResult::Pass),
            warn: count(CheckResult::Warn),
            cannot_tell: count(CheckResult::CannotTell),
            fail: count(CheckResult::Fail),
        }
    }
}
