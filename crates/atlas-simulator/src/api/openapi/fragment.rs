//! Reads the OpenAPI fragment and combines its parts.

use http::HeaderValue;
use serde_json::{Map, Value};

use super::error::OpenApiError;

/// The fragment: the operations of the Cloud Migration Service.
const FRAGMENT: &str = include_str!("../../../openapi/live-migrations.json");
/// A second fragment: the list of clusters.
const CLUSTERS: &str = include_str!("../../../openapi/clusters.json");
/// What the simulator has in addition: the OAuth endpoints, headers and further responses.
const OVERLAY: &str = include_str!("overlay.json");

/// Returns the fragments with the simulator's additions.
pub(crate) fn built_in() -> Result<Value, OpenApiError> {
    let mut document: Value = serde_json::from_str(CLUSTERS)?;
    let tags = document["tags"].take();
    // The components that both fragments have are equal. The document itself is described by the first.
    merge(&mut document, &serde_json::from_str(FRAGMENT)?);
    if let (Some(all), Value::Array(tags)) = (document["tags"].as_array_mut(), tags) {
        all.extend(tags);
    }
    merge(&mut document, &serde_json::from_str(OVERLAY)?);
    Ok(document)
}

/// Returns the object at a JSON pointer.
pub(crate) fn object<'a>(
    value: &'a Value,
    pointer: &str,
) -> Result<&'a Map<String, Value>, OpenApiError> {
    let found = value.pointer(pointer).and_then(Value::as_object);
    found.ok_or_else(|| OpenApiError::new(format!("there is no object at {pointer}")))
}

/// Returns the elements of an array, or none if the value is not an array.
pub(crate) fn elements(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Follows a `$ref` within the document.
pub(crate) fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
    target.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

/// Parses a header value.
pub(crate) fn header(value: &str) -> Result<HeaderValue, OpenApiError> {
    let message = |_| OpenApiError::new(format!("{value:?} is not a header value"));
    HeaderValue::from_str(value).map_err(message)
}

/// Returns a schema as observed on the wire: observations replace the documentation, and the parts of
/// an `allOf` are merged.
pub(crate) fn effective_schema(document: &Value, schema: &Value) -> Value {
    let mut schema = resolve(document, schema).clone();
    if let Some(Value::Array(parts)) = schema.as_object_mut().and_then(|all| all.remove("allOf")) {
        let mut whole = Value::Object(Map::new());
        for part in &parts {
            join(&mut whole, effective_schema(document, part));
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

/// Merges as RFC 7396 does, except that an empty object replaces: `{}` is the schema of anything.
pub(super) fn merge(target: &mut Value, patch: &Value) {
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
    fn observations_replace_the_documentation() {
        let schema = json!({
            "type": "array", "items": {"type": "object", "additionalProperties": {"type": "object"}},
            "uniqueItems": true,
            "x-observed": {"note": "n", "schema": {
                "nullable": true, "uniqueItems": null, "items": {"additionalProperties": {}},
            }},
        });
        let schema = effective_schema(&Value::Null, &schema);
        assert_eq!(schema["type"], "array");
        assert_eq!(schema["nullable"], true);
        assert_eq!(schema.get("uniqueItems"), None);
        assert_eq!(schema["items"], json!({"type": "object", "additionalProperties": {}}));
    }

    #[test]
    fn the_parts_of_a_schema_are_merged() {
        let document = json!({"a": {"type": "object", "required": ["x"],
            "properties": {"x": {"type": "string"}}}});
        let schema = json!({"nullable": true, "allOf": [{"$ref": "#/a"},
            {"required": ["y"], "properties": {"y": {"type": "boolean"}}}]});
        let expected = json!({"type": "object", "nullable": true, "required": ["x", "y"],
            "properties": {"x": {"type": "string"}, "y": {"type": "boolean"}}});
        assert_eq!(effective_schema(&document, &schema), expected);
    }
}
