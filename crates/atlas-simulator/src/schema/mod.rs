//! What a request's body has to be, read from the fragment's schemas.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

use crate::fragment::{self, FragmentError};

mod check;

/// How many schemas may lie within one another: those that contain themselves have no end.
const DEEPEST: usize = 32;

/// What a schema can ask for and this module does not know.
const NOT_CHECKED: [&str; 8] = [
    "anyOf",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxProperties",
    "minProperties",
    "multipleOf",
    "not",
    "oneOf",
];

/// What a body, or a part of it, has to be.
#[derive(Debug)]
pub(crate) struct Schema {
    nullable: bool,
    /// Whether only answers have it.
    read_only: bool,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Anything,
    Boolean,
    Number { whole: bool, least: Option<f64>, most: Option<f64> },
    Text { length: Bounds, pattern: Option<Regex>, values: Option<Vec<String>> },
    List { items: Box<Schema>, length: Bounds, unique: bool },
    Object { known: BTreeMap<String, Schema>, required: Vec<String>, others: Others },
}

/// How long a text or a list may be.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    least: u64,
    most: u64,
}

/// What fields an object may have besides those that are known.
#[derive(Debug)]
enum Others {
    Refused,
    Each(Box<Schema>),
}

impl Schema {
    /// Reads a schema of the fragment.
    ///
    /// # Errors
    ///
    /// Where it asks for something that is not checked here.
    pub(crate) fn read(fragment: &Value, schema: &Value) -> Result<Self, FragmentError> {
        Self::at(fragment, schema, 0)
    }

    fn at(fragment: &Value, schema: &Value, depth: usize) -> Result<Self, FragmentError> {
        if depth > DEEPEST {
            return Err(FragmentError::new("a schema has no end"));
        }
        let schema = fragment::as_on_the_wire(fragment, schema);
        if let Some(keyword) = NOT_CHECKED.into_iter().find(|name| schema.get(name).is_some()) {
            return Err(FragmentError::new(format!("a body's schema has {keyword}")));
        }
        let below = |part: &Value| Self::at(fragment, part, depth + 1);
        let kind = match schema["type"].as_str() {
            None => Kind::Anything,
            Some("boolean") => Kind::Boolean,
            Some(name @ ("integer" | "number")) => Kind::Number {
                whole: name == "integer",
                least: schema["minimum"].as_f64(),
                most: schema["maximum"].as_f64(),
            },
            Some("string") => text(&schema)?,
            Some("array") => Kind::List {
                items: Box::new(below(&schema["items"])?),
                length: bounds(&schema, "minItems", "maxItems"),
                unique: schema["uniqueItems"] == true,
            },
            Some("object") => object(&schema, below)?,
            Some(other) => {
                return Err(FragmentError::new(format!("a body's schema has the type {other:?}")));
            }
        };
        let (nullable, read_only) = (schema["nullable"] == true, schema["readOnly"] == true);
        Ok(Self { nullable, read_only, kind })
    }
}

fn text(schema: &Value) -> Result<Kind, FragmentError> {
    let pattern = schema["pattern"].as_str().map(Regex::new).transpose();
    let pattern = pattern.map_err(|error| FragmentError::new(error.to_string()))?;
    let values = schema["enum"].as_array().map(|values| texts(values));
    Ok(Kind::Text { length: bounds(schema, "minLength", "maxLength"), pattern, values })
}

fn object(
    schema: &Value,
    below: impl Fn(&Value) -> Result<Schema, FragmentError>,
) -> Result<Kind, FragmentError> {
    let properties = schema["properties"].as_object();
    let known = properties.into_iter().flatten();
    let known = known.map(|(name, part)| Ok((name.clone(), below(part)?)));
    let known: BTreeMap<_, _> = known.collect::<Result<_, FragmentError>>()?;
    let others = match &schema["additionalProperties"] {
        Value::Null | Value::Bool(true) if properties.is_none() => {
            Others::Each(Box::new(below(&Value::Object(serde_json::Map::new()))?))
        }
        Value::Bool(true) => Others::Each(Box::new(below(&Value::Object(serde_json::Map::new()))?)),
        Value::Null | Value::Bool(false) => Others::Refused,
        others => Others::Each(Box::new(below(others)?)),
    };
    let mut required = texts(fragment::elements(&schema["required"]));
    // A client cannot send what only answers have.
    required.retain(|name| known.get(name).is_none_or(|part| !part.read_only));
    Ok(Kind::Object { known, required, others })
}

fn texts(values: &[Value]) -> Vec<String> {
    values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn bounds(schema: &Value, least: &str, most: &str) -> Bounds {
    let bound = |name: &str| schema[name].as_u64();
    Bounds { least: bound(least).unwrap_or(0), most: bound(most).unwrap_or(u64::MAX) }
}

impl Bounds {
    fn contains(self, length: usize) -> bool {
        (self.least..=self.most).contains(&(length as u64))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_checked_is_refused_and_not_passed_over() {
        let refused = |schema: &Value| {
            Schema::read(&json!({"a": {"items": {"$ref": "#/a"}, "type": "array"}}), schema)
        };
        for (schema, problem) in [
            (
                json!({"type": "object", "properties": {"a": {"oneOf": []}}}),
                "a body's schema has oneOf",
            ),
            (json!({"type": "integer", "multipleOf": 2}), "a body's schema has multipleOf"),
            (json!({"type": "file"}), "a body's schema has the type \"file\""),
            (json!({"$ref": "#/a"}), "a schema has no end"),
        ] {
            assert_eq!(refused(&schema).unwrap_err().to_string(), problem);
        }
        assert!(refused(&json!({"type": "string", "pattern": "("})).is_err());
    }
}
