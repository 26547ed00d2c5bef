//! The schema, in numbered steps.

use std::cmp::Ordering;

use crate::error::{Error, Result};

/// A step from one schema version to the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// The version after the step.
    pub(crate) version: i64,
    /// The oldest version of a program that can still read the journal.
    pub(crate) oldest_reader: i64,
    pub(crate) sqlite: &'static str,
    #[cfg_attr(not(feature = "postgres"), allow(dead_code))]
    pub(crate) postgres: &'static str,
}

/// All steps, from an empty database on. A step that was released never changes.
pub(crate) const STEPS: &[Step] = &[Step {
    version: 1,
    oldest_reader: 1,
    sqlite: include_str!("../sqlite/schema_1.sql"),
    postgres: include_str!("../postgres/schema_1.sql"),
}];

/// How the schema of a journal compares to this program's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SchemaState {
    /// It is the version that this program writes.
    Current,
    /// Steps are missing.
    Older,
    /// It is newer and can be read.
    ReadOnly,
}

/// Compares the version of a journal with the last of `steps`.
pub(crate) fn state_of(steps: &[Step], version: i64, oldest_reader: i64) -> Result<SchemaState> {
    let known = steps.last().map_or(0, |step| step.version);
    match version.cmp(&known) {
        Ordering::Equal => Ok(SchemaState::Current),
        Ordering::Less => Ok(SchemaState::Older),
        Ordering::Greater if oldest_reader <= known => Ok(SchemaState::ReadOnly),
        Ordering::Greater => Err(Error::Newer { found: version, known, readable: false }),
    }
}
