//! Reads the schema of a request's body from the OpenAPI document.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Map, Value};

use crate::api::openapi::{OpenApiError, effective_schema, elements};

/// The deepest nesting of schemas: those that contain themselves have no end.
const MAX_DEPTH: usize = 32;

/// The keywords that are not supported.
const UNSUPPORTED: [&str; 8] = [
    "anyOf",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxProperties",
    "minProperties",
    "multipleOf",
    "not",
    "oneOf",
];

/// The schema of a body or of a part of it.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(super) nullable: bool,
    /// Whether only responses have it.
    pub(super) read_only: bool,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Any,
    Boolean,
    Number { is_integer: bool, min: Option<f64>, max: Option<f64> },
    String { length: Length, pattern: Option<Regex>, values: Option<Vec<String>> },
    Array { items: Box<Schema>, length: Length, unique: bool },
    Object(Object),
}

#[derive(Debug)]
pub(super) struct Object {
    pub(super) properties: BTreeMap<String, Schema>,
    pub(super) required: Vec<String>,
    /// The schema of unknown fields, or `None` if they are refused.
    pub(super) additional: Option<Box<Schema>>,
}

/// The length of a text or an array.
#[derive(Clone, Copy, Debug)]
pub(super) struct Length {
    min: u64,
    max: u64,
}

impl Schema {
    /// Reads a schema of the document.
    ///
    /// # Errors
    ///
    /// The schema has a keyword that is not supported.
    pub(crate) fn read(document: &Value, schema: &Value) -> Result<Self, OpenApiError> {
        Self::read_at(document, schema, 0)
    }

    fn read_at(document: &Value, schema: &Value, depth: usize) -> Result<Self, OpenApiError> {
        if depth > MAX_DEPTH {
            return Err(OpenApiError::new("a schema has no end"));
        }
        let schema = effective_schema(document, schema);
        if let Some(keyword) = UNSUPPORTED.into_iter().find(|name| schema.get(name).is_some()) {
            return Err(OpenApiError::new(format!("a body's schema has {keyword}")));
        }
        let read = |part: &Value| Self::read_at(document, part, depth + 1);
        let kind = match schema["type"].as_str() {
            None => Kind::Any,
            Some("boolean") => Kind::Boolean,
            Some(name @ ("integer" | "number")) => Kind::Number {
                is_integer: name == "integer",
                min: schema["minimum"].as_f64(),
                max: schema["maximum"].as_f64(),
            },
            Some("string") => string(&schema)?,
            Some("array") => Kind::Array {
                items: Box::new(read(&schema["items"])?),
                length: length(&schema, "minItems", "maxItems"),
                unique: schema["uniqueItems"] == true,
            },
            Some("object") => Kind::Object(object(&schema, read)?),
            Some(other) => {
                return Err(OpenApiError::new(format!("a body's schema has the type {other:?}")));
            }
        };
        let (nullable, read_only) = (schema["nullable"] == true, schema["readOnly"] == true);
        Ok(Self { nullable, read_only, kind })
    }
}

fn string(schema: &Value) -> Result<Kind, OpenApiError> {
    let pattern = schema["pattern"].as_str().map(Regex::new).transpose();
    let pattern = pattern.map_err(|error| OpenApiError::new(error.to_string()))?;
    let values = schema["enum"].as_array().map(|values| strings(values));
    Ok(Kind::String { length: length(schema, "minLength", "maxLength"), pattern, values })
}

fn object(
    schema: &Value,
    read: impl Fn(&Value) -> Result<Schema, OpenApiError>,
) -> Result<Object, OpenApiError> {
    let properties = schema["properties"].as_object();
    let is_open = properties.is_none();
    let properties = properties.into_iter().flatten();
    let properties = properties.map(|(name, part)| Ok((name.clone(), read(part)?)));
    let properties: BTreeMap<_, _> = properties.collect::<Result<_, OpenApiError>>()?;
    let additional = match &schema["additionalProperties"] {
        Value::Bool(true) => Some(read(&Value::Object(Map::new()))?),
        Value::Null if is_open => Some(read(&Value::Object(Map::new()))?),
        Value::Null | Value::Bool(false) => None,
        schema => Some(read(schema)?),
    };
    let mut required = strings(elements(&schema["required"]));
    // A client cannot send what only responses have.
    required.retain(|name| properties.get(name).is_none_or(|part| !part.read_only));
    Ok(Object { properties, required, additional: additional.map(Box::new) })
}

fn strings(values: &[Value]) -> Vec<String> {
    values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn length(schema: &Value, min: &str, max: &str) -> Length {
    let bound = |name: &str| schema[name].as_u64();
    Length { min: bound(min).unwrap_or(0), max: bound(max).unwrap_or(u64::MAX) }
}

impl Length {
    pub(super) fn contains(self, length: usize) -> bool {
        (self.min..=self.max).contains(&(length as u64))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unsupported_keywords_are_refused() {
        let refused = |schema: &Value| {
            Schema::read(&json!({"a": {"items": {"$ref": "#/a"}, "type": "array"}}), schema)
        };
        for (schema, message) in [
            (
                json!({"type": "object", "properties": {"a": {"oneOf": []}}}),
                "a body's schema has oneOf",
            ),
            (json!({"type": "integer", "multipleOf": 2}), "a body's schema has multipleOf"),
            (json!({"type": "file"}), "a body's schema has the type \"file\""),
            (json!({"$ref": "#/a"}), "a schema has no end"),
        ] {
            assert_eq!(refused(&schema).unwrap_err().to_string(), message);
        }
        assert!(refused(&json!({"type": "string", "pattern": "("})).is_err());
    }
}
