//! The OpenAPI fragment: how its parts are found and put together.

use std::fmt;

use http::HeaderValue;
use serde_json::{Map, Value};

pub(crate) const BUILT_IN: &str = include_str!("../../../openapi/live-migrations.json");

/// What is wrong with the fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FragmentError(String);

impl FragmentError {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self(problem.into())
    }
}

impl fmt::Display for FragmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FragmentError {}

/// The object at a JSON pointer.
pub(crate) fn object<'a>(
    value: &'a Value,
    pointer: &str,
) -> Result<&'a Map<String, Value>, FragmentError> {
    let found = value.pointer(pointer).and_then(Value::as_object);
    found.ok_or_else(|| FragmentError(format!("there is no object at {pointer}")))
}

/// The elements of an array, none where there is no array.
pub(crate) fn elements(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Follows a `$ref` into the fragment.
pub(crate) fn resolve<'a>(fragment: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
    target.and_then(|pointer| fragment.pointer(pointer)).unwrap_or(value)
}

pub(crate) fn header(value: &str) -> Result<HeaderValue, FragmentError> {
    HeaderValue::from_str(value).map_err(|_| FragmentError(format!("{value:?} is no header value")))
}

/// A schema as it is on the wire: what was observed takes the place of what is documented, and the
/// parts of an `allOf` become one.
pub(crate) fn as_on_the_wire(fragment: &Value, schema: &Value) -> Value {
    let mut schema = resolve(fragment, schema).clone();
    if let Some(Value::Array(parts)) = schema.as_object_mut().and_then(|all| all.remove("allOf")) {
        let mut whole = Value::Object(Map::new());
        for part in &parts {
            join(&mut whole, as_on_the_wire(fragment, part));
        }
        join(&mut whole, schema);
        schema = whole;
    }
    if let Some(patch) = schema.pointer("/x-observed/schema").cloned() {
        merge(&mut schema, &patch);
    }
    schema
}

/// Adds a part of an `allOf` to the others.
fn join(whole: &mut Value, part: Value) {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (name, value) in part {
                match whole.get_mut(&name) {
                    Some(known) => join(known, value),
                    None => {
                        whole.insert(name, value);
                    }
                }
            }
        }
        (Value::Array(whole), Value::Array(part)) => whole.extend(part),
        (whole, part) => *whole = part,
    }
}

/// Merges as RFC 7396 does, but for empty objects, which replace: `{}` is the schema of anything.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) if !patch.is_empty() => {
            for (name, patch) in patch {
                if patch.is_null() {
                    target.remove(name);
                } else {
                    merge(target.entry(name.clone()).or_insert(Value::Null), patch);
                }
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_observed_takes_the_place_of_what_is_documented() {
        let schema = json!({
            "type": "array", "items": {"type": "object", "additionalProperties": {"type": "object"}},
            "uniqueItems": true,
            "x-observed": {"note": "n", "schema": {
                "nullable": true, "uniqueItems": null, "items": {"additionalProperties": {}},
            }},
        });
        let wire = as_on_the_wire(&Value::Null, &schema);
        assert_eq!(wire["type"], "array");
        assert_eq!(wire["nullable"], true);
        assert_eq!(wire.get("uniqueItems"), None);
        assert_eq!(wire["items"], json!({"type": "object", "additionalProperties": {}}));
    }

    #[test]
    fn the_parts_of_a_schema_become_one() {
        let fragment = json!({"a": {"type": "object", "required": ["x"],
            "properties": {"x": {"type": "string"}}}});
        let schema = json!({"nullable": true, "allOf": [{"$ref": "#/a"},
            {"required": ["y"], "properties": {"y": {"type": "boolean"}}}]});
        let expected = json!({"type": "object", "nullable": true, "required": ["x", "y"],
            "properties": {"x": {"type": "string"}, "y": {"type": "boolean"}}});
        assert_eq!(as_on_the_wire(&fragment, &schema), expected);
    }
}
