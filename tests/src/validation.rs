//! Validates JSON values against the fragment's schemas.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::{members, resolve};

/// The schemas of a fragment, each compiled once.
pub struct Schemas<'a> {
    fragment: &'a Value,
    components: Value,
    compiled: RefCell<HashMap<String, Rc<Result<Validator, String>>>>,
}

impl<'a> Schemas<'a> {
    /// Reads the schemas of a fragment.
    pub fn of(fragment: &'a Value) -> Self {
        let components = json_schema(&json!({ "schemas": fragment["components"]["schemas"] }));
        Self { fragment, components, compiled: RefCell::default() }
    }

    /// Returns the problems of a value, undescribed properties included.
    pub fn invalid(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut problems = self.wrong(schema, value);
        undescribed(self.fragment, schema, value, "", &mut problems);
        problems
    }

    /// Returns the problems of a value; undescribed properties are none.
    pub fn wrong(&self, schema: &Value, value: &Value) -> Vec<String> {
        match &*self.compile(schema) {
            Err(error) => vec![format!("invalid schema: {error}")],
            Ok(validator) => {
                let errors = validator.iter_errors(value);
                errors.map(|error| format!("at {}: {error}", error.instance_path())).collect()
            }
        }
    }

    fn compile(&self, schema: &Value) -> Rc<Result<Validator, String>> {
        let mut compiled = self.compiled.borrow_mut();
        let validator = compiled.entry(schema.to_string()).or_insert_with(|| {
            let root = json!({ "allOf": [json_schema(schema)], "components": self.components });
            Rc::new(jsonschema::draft7::new(&root).map_err(|error| error.to_string()))
        });
        Rc::clone(validator)
    }
}

/// Adds the properties at any depth that no schema describes.
fn undescribed(
    fragment: &Value,
    schema: &Value,
    value: &Value,
    at: &str,
    problems: &mut Vec<String>,
) {
    let schema = resolve(fragment, schema);
    if let Some(only) = schema["allOf"].get(0) {
        return undescribed(fragment, only, value, at, problems);
    }
    match value {
        Value::Object(all) if schema.get("additionalProperties").is_none() => {
            for (name, member) in all {
                match schema["properties"].get(name) {
                    Some(described) => {
                        undescribed(fragment, described, member, &format!("{at}/{name}"), problems);
                    }
                    None => problems.push(format!("{at}/{name} is not described")),
                }
            }
        }
        Value::Array(elements) => {
            for element in elements {
                undescribed(fragment, &schema["items"], element, &format!("{at}[]"), problems);
            }
        }
        _ => {}
    }
}

/// Converts an `OpenAPI` 3.0 schema to JSON Schema: `nullable` becomes a type `null`.
fn json_schema(value: &Value) -> Value {
    match value {
        Value::Object(all) => {
            let kept =
                all.iter().filter(|(name, _)| !matches!(name.as_str(), "nullable" | "example"));
            let mut copy: Value = kept
                .map(|(name, member)| (name.clone(), json_schema(member)))
                .collect::<serde_json::Map<_, _>>()
                .into();
            if value["nullable"] == true {
                copy = json!({ "anyOf": [copy, { "type": "null" }] });
            }
            copy
        }
        Value::Array(elements) => elements.iter().map(json_schema).collect(),
        scalar => scalar.clone(),
    }
}

/// Returns a copy of the fragment in which observed schemas replace the documented ones.
pub fn as_observed(value: &Value) -> Value {
    match value {
        Value::Object(all) => {
            let mut copy: Value = all
                .iter()
                .filter(|(name, _)| *name != "x-observed")
                .map(|(name, member)| (name.clone(), as_observed(member)))
                .collect::<serde_json::Map<_, _>>()
                .into();
            for (name, observed) in
                members(value.get("x-observed").unwrap_or(&Value::Null), "schema")
            {
                copy[name] = observed.clone();
            }
            copy
        }
        Value::Array(elements) => elements.iter().map(as_observed).collect(),
        scalar => scalar.clone(),
    }
}
