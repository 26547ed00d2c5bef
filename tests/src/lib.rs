//! Checks that the fragment, the generated client and the simulator agree.
//!
//! Each check takes the fragment as a JSON value and returns the disagreements it finds. The mutation tests
//! pass changed fragments to the checks and expect disagreements.

pub mod components;
pub mod examples;
pub mod operations;
pub mod responses;
mod schema;
pub mod schemas;
pub mod self_description;
pub mod simulator;
mod tokens;
pub mod tolerance;
pub mod validation;

use serde_json::Value;

/// The text of the fragment.
pub const FRAGMENT: &str = include_str!("../../openapi/live-migrations.json");

/// The fragment of the clusters.
pub const CLUSTERS_FRAGMENT: &str = include_str!("../../openapi/clusters.json");

/// The disagreements that a check found, each with its place.
pub type Disagreements = Vec<String>;

/// Resolves a local `$ref`; returns any other value as it is.
pub fn resolve<'a>(fragment: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value.get("$ref").and_then(Value::as_str);
    let target =
        reference.and_then(|reference| fragment.pointer(reference.trim_start_matches('#')));
    target.unwrap_or(value)
}

/// Returns the members of an object property; nothing if it is no object.
pub fn members<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.get(name).and_then(Value::as_object).into_iter().flatten()
}

/// Returns every operation of the fragment with its method and path.
pub fn operations_of(fragment: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    members(fragment, "paths").flat_map(|(path, item)| {
        let operations = item.as_object().into_iter().flatten();
        operations
            .filter(|(method, _)| *method != "parameters")
            .map(move |(method, operation)| (method, path, operation))
    })
}

/// Returns every nested value with its JSON pointer, the innermost first.
pub fn places(value: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    let mut waiting = vec![(String::new(), value)];
    while let Some((at, value)) = waiting.pop() {
        match value {
            Value::Object(members) => waiting.extend(members.iter().map(|(name, member)| {
                (format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), member)
            })),
            Value::Array(elements) => {
                waiting.extend(elements.iter().enumerate().map(|(n, e)| (format!("{at}/{n}"), e)));
            }
            _ => {}
        }
        found.push((at, value));
    }
    found.reverse();
    found
}
