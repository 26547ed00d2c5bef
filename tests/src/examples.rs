//! Every example of the fragment, through the generated type it is an example of and back.

use serde_json::Value;

use crate::components::{of_schema, superseded};
use crate::validation::{Schemas, as_observed};
use crate::{Disagreements, places};

/// Every example beside a schema, with its place.
pub fn of(fragment: &Value) -> Vec<(String, &Value, &Value)> {
    let examples = places(fragment).into_iter();
    examples
        .filter_map(|(at, value)| Some((at, value.get("schema")?, value.get("example")?)))
        .collect()
}

/// Whether every example is what its schema says, decodes into its type, and encodes back into the same
/// JSON. Those of superseded components have no type and need only be what their schema says.
pub fn check(fragment: &Value) -> Disagreements {
    let mut list = Disagreements::new();
    let observed = as_observed(fragment);
    let schemas = Schemas::of(&observed);
    for (at, schema, example) in of(fragment) {
        for problem in schemas.invalid(&as_observed(schema), example) {
            list.push(format!("examples: {at}: {problem}"));
        }
        if example.as_array().is_some_and(Vec::is_empty) {
            list.push(format!("examples: {at}: an empty list shows nothing"));
        }
        if superseded(schema) {
            continue;
        }
        match round_trip(schema, example) {
            None => list.push(format!("examples: {at}: no generated type for {schema}")),
            Some(Err(error)) => list.push(format!("examples: {at}: {error}")),
            Some(Ok(encoded)) if encoded == *example => {}
            Some(Ok(encoded)) => list.push(format!("examples: {at}: {example} became {encoded}")),
        }
    }
    list
}

/// Through the generated type and back; an array is of what its elements are of.
fn round_trip(schema: &Value, example: &Value) -> Option<Result<Value, serde_json::Error>> {
    match (schema["type"].as_str(), example.as_array()) {
        (Some("array"), Some(elements)) => {
            let component = of_schema(&schema["items"])?;
            Some(elements.iter().map(component.round_trip).collect())
        }
        _ => Some((of_schema(schema)?.round_trip)(example)),
    }
}
