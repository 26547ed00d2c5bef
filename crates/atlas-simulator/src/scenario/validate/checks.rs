//! The checks that the parts of a scenario share.

use std::collections::HashSet;
use std::fmt;

use crate::scenario::error::ScenarioError;
use crate::scenario::object_id::is_object_id;

pub(super) type Checked = Result<(), ScenarioError>;

/// Ten years: the longest duration.
pub(super) const MAX_SECONDS: u64 = 10 * 365 * 86_400;

pub(super) fn ensure(holds: bool, path: impl fmt::Display, message: &str) -> Checked {
    if holds { Ok(()) } else { Err(ScenarioError::new(path, message)) }
}

pub(super) fn object_id(path: impl fmt::Display, id: &str) -> Checked {
    ensure(is_object_id(id), path, "must be 24 lowercase hex digits")
}

/// Checks an id and adds it to `seen`, in which it must be new.
pub(super) fn unique_id<'a>(path: &str, id: &'a str, seen: &mut HashSet<&'a str>) -> Checked {
    object_id(path, id)?;
    ensure(seen.insert(id), path, &format!("{id} appears twice"))
}

pub(super) fn in_range(path: impl fmt::Display, value: u64, min: u64, max: u64) -> Checked {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(ScenarioError::new(path, format!("must be from {min} to {max}, not {value}")))
}
