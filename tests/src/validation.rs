//! JSON values against the fragment's schemas.

use serde_json::{Value, json};

use crate::{members, resolve};

/// What of a value is not as a schema of the fragment has it: wrong, or not described at all.
pub fn invalid(fragment: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let components = json_schema(&fragment["components"]);
    let root = json!({ "allOf": [json_schema(schema)], "components": components });
    let mut problems = match jsonschema::draft7::new(&root) {
        Err(error) => vec![format!("the schema is none: {error}")],
        Ok(validator) => {
            let errors = validator.iter_errors(value);
            errors.map(|error| format!("at {}: {error}", error.instance_path())).collect()
        }
    };
    let described = &resolve(fragment, schema)["properties"];
    let properties = value.as_object().into_iter().flatten();
    let others = properties.filter(|(name, _)| described.get(name).is_none());
    problems.extend(others.map(|(name, _)| format!("{name} is not described")));
    problems
}

/// `OpenAPI` 3.0 says `nullable` where JSON Schema has a type of its own for `null`.
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

/// A copy of the fragment in which what is observed stands in the place of what is documented.
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
