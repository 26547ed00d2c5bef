//! [`Item`]: one line of a report.

use std::fmt;

use atlas_client_core::sanitize;
use atlas_migrations_journal::Name;
use serde::Serialize;

/// What a check of one item found.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CheckResult {
    /// It is as it should be.
    Pass,
    /// It may go wrong.
    Warn,
    /// There is no information that decides it.
    CannotTell,
    /// The plan would fail.
    Fail,
}

/// What an item is about.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Group {
    /// The credential, and what it may do.
    Access,
    /// The clusters to copy, and their migration hosts.
    Source,
    /// The clusters to fill.
    Destination,
    /// The names, windows, passwords and hooks of the plan.
    Plan,
    /// The journal.
    Journal,
    /// The validations of Atlas itself.
    Validation,
}

/// One item of a report.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Item {
    /// What it is about.
    pub group: Group,
    /// The migration that it concerns. None for the plan as a whole.
    pub migration: Option<Name>,
    /// What was checked, such as `disk`.
    pub what: &'static str,
    /// The result.
    pub result: CheckResult,
    /// What was found: one line without control characters.
    pub detail: String,
    /// What to do about it: one line without control characters.
    pub hint: Option<String>,
}

impl Item {
    /// Creates an item.
    pub(crate) fn new(
        group: Group,
        what: &'static str,
        result: CheckResult,
        detail: impl AsRef<str>,
    ) -> Self {
        let detail = sanitize(detail.as_ref());
        Self { group, migration: None, what, result, detail, hint: None }
    }

    /// Sets the migration.
    #[must_use]
    pub(crate) fn of(mut self, migration: &Name) -> Self {
        self.migration = Some(migration.clone());
        self
    }

    /// Sets what to do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl AsRef<str>) -> Self {
        self.hint = Some(sanitize(hint.as_ref()));
        self
    }
}

impl CheckResult {
    /// Returns the word in tables, such as `CANNOT TELL`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Warn => "WARN",
            Self::CannotTell => "CANNOT TELL",
            Self::Fail => "FAIL",
        }
    }
}

impl Group {
    /// Returns the word in tables and in `JUnit` files, such as `source`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Source => "source",
            Self::Destination => "destination",
            Self::Plan => "plan",
            Self::Journal => "journal",
            Self::Validation => "validation",
        }
    }
}

impl fmt::Display for CheckResult {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for Group {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
