//! Every example of the fragment, through the generated type it is an example of and back.

use serde_json::Value;

use crate::Disagreements;
use crate::components::of_schema;
use crate::validation::invalid;

/// Every example beside a schema, with its place.
pub fn of(fragment: &Value) -> Vec<(String, &Value, &Value)> {
    let mut found = Vec::new();
    let mut waiting = vec![(String::new(), fragment)];
    while let Some((at, value)) = waiting.pop() {
        if let (Some(schema), Some(example)) = (value.get("schema"), value.get("example")) {
            found.push((at.clone(), schema, example));
        }
        match value {
            Value::Object(members) => {
                waiting
                    .extend(members.iter().map(|(name, member)| (format!("{at}/{name}"), member)));
            }
            Value::Array(elements) => {
                waiting.extend(elements.iter().enumerate().map(|(n, e)| (format!("{at}/{n}"), e)));
            }
            _ => {}
        }
    }
    found
}

/// Whether every example is what its schema says, decodes into its type, and encodes back into the same
/// JSON.
pub fn check(fragment: &Value) -> Disagreements {
    let mut list = Disagreements::new();
    for (at, schema, example) in of(fragment) {
        for problem in invalid(fragment, schema, example) {
            list.push(format!("examples: {at}: {problem}"));
        }
        match of_schema(schema).map(|component| (component.round_trip)(example)) {
            None => list.push(format!("examples: {at}: no generated type for {schema}")),
            Some(Err(error)) => list.push(format!("examples: {at}: {error}")),
            Some(Ok(encoded)) if encoded == *example => {}
            Some(Ok(encoded)) => list.push(format!("examples: {at}: {example} became {encoded}")),
        }
    }
    list
}
