//! Holds the fragment, the generated client, the facade and the simulator against each other.
//!
//! Each check takes the fragment as a JSON value and returns what does not agree, so that the tests can
//! also hold a changed fragment against everything else and see that the change shows.

pub mod answers;
pub mod components;
pub mod examples;
pub mod operations;
pub mod printed;
pub mod schemas;
pub mod simulator;
mod tokens;
pub mod tolerance;
pub mod validation;

use serde_json::Value;

/// The text of the fragment.
pub const FRAGMENT: &str = include_str!("../../openapi/live-migrations.json");

/// The README's examples, which run as tests of this crate.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// What does not agree, each with its place.
pub type Disagreements = Vec<String>;

/// Resolves a local `$ref`, where there is one.
pub fn resolve<'a>(fragment: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value.get("$ref").and_then(Value::as_str);
    let target =
        reference.and_then(|reference| fragment.pointer(reference.trim_start_matches('#')));
    target.unwrap_or(value)
}

/// The members of an object; none of anything else.
pub fn members<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.get(name).and_then(Value::as_object).into_iter().flatten()
}

/// Every operation of the fragment: method, path, and the operation itself.
pub fn operations_of(fragment: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    members(fragment, "paths").flat_map(|(path, item)| {
        let operations = item.as_object().into_iter().flatten();
        operations
            .filter(|(method, _)| *method != "parameters")
            .map(move |(method, operation)| (method, path, operation))
    })
}

/// Every place in a value as a JSON pointer, with what is there: the innermost first.
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
