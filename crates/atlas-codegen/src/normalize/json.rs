//! Reading members of JSON objects.

use serde_json::{Map, Value};

use crate::document::{Pointer, Problem};

/// Returns the members of a JSON object, or a problem.
pub(super) fn object<'v>(
    at: &Pointer,
    value: &'v Value,
) -> Result<&'v Map<String, Value>, Problem> {
    value.as_object().ok_or_else(|| Problem::new(at, "this is not a JSON object"))
}

/// Returns the text of a JSON string, or a problem.
pub(super) fn text<'v>(at: &Pointer, value: &'v Value) -> Result<&'v str, Problem> {
    value.as_str().ok_or_else(|| Problem::new(at, "this is not a JSON string"))
}

/// Returns whether a member is there and `true`.
pub(super) fn flag(members: &Map<String, Value>, name: &str) -> bool {
    members.get(name) == Some(&Value::Bool(true))
}

/// Returns a member that is a string.
pub(super) fn string(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name)?.as_str().map(str::to_owned)
}
