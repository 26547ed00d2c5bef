//! Decodes every example of the fragment into its generated type and encodes it again.

use serde_json::Value;

use crate::components::{is_deprecated, of_schema};
use crate::validation::{Schemas, as_observed};
use crate::{Disagreements, places};

/// Returns every example that has a schema: its place, the schema and the example.
pub fn of(fragment: &Value) -> Vec<(String, &Value, &Value)> {
    let examples = places(fragment).into_iter();
    examples
        .filter_map(|(at, value)| Some((at, value.get("schema")?, value.get("example")?)))
        .collect()
}

/// Checks that every example is valid, decodes into its type, and encodes back into the same JSON. The
/// examples of deprecated components have no type; they only need to be valid.
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
        if is_deprecated(schema) {
            continue;
        }
        match round_trip(schema, example) {
            None => list.push(format!("examples: {at}: no generated type for {schema}")),
            Some(Err(error)) => list.push(format!("examples: {at}: {error}")),
            Some(Ok(encoded)) if encoded == *example => {}
            Some(Ok(encoded)) => {
                list.push(format!("examples: {at}: {example} is encoded as {encoded}"));
            }
        }
    }
    list
}

/// Decodes an example, or each element of an array, and encodes it again.
fn round_trip(schema: &Value, example: &Value) -> Option<Result<Value, serde_json::Error>> {
    match (schema["type"].as_str(), example.as_array()) {
        (Some("array"), Some(elements)) => {
            let component = of_schema(&schema["items"])?;
            Some(elements.iter().map(component.round_trip).collect())
        }
        _ => Some((of_schema(schema)?.round_trip)(example)),
    }
}
