//! Mutated documents give code or an error with a place, never a panic.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::invariants::generate;
use super::probes::probes;
use crate::checks::Checks;
use crate::document::walk;
use crate::extract::Docs;
use crate::normalize::Profile;
use crate::select::Selection;
use crate::slice::SliceOptions;

/// Returns the pointers of everything in a value.
fn places(value: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut waiting = vec![(String::new(), value)];
    while let Some((at, value)) = waiting.pop() {
        let members: Vec<(String, &Value)> = match value {
            Value::Object(members) => members
                .iter()
                .map(|(name, member)| (name.replace('~', "~0").replace('/', "~1"), member))
                .collect(),
            Value::Array(elements) => {
                elements.iter().enumerate().map(|(index, e)| (index.to_string(), e)).collect()
            }
            _ => Vec::new(),
        };
        for (name, member) in members {
            let at = format!("{at}/{name}");
            found.push(at.clone());
            waiting.push((at, member));
        }
    }
    found
}

/// Generates values that replace any part of a document.
fn replacement() -> impl Strategy<Value = Value> {
    let of = |value: Value| Just(value);
    prop_oneof![
        of(json!(null)),
        of(json!(true)),
        of(json!(-1)),
        of(json!("")),
        of(json!("object")),
        of(json!([])),
        of(json!({})),
        of(json!({ "$ref": "#/components/schemas/T" })),
        of(json!({ "$ref": "#/paths" })),
        of(json!({ "allOf": [{ "$ref": "#/components/schemas/T" }, {}] })),
        of(json!({ "oneOf": [{ "$ref": "#/components/schemas/T" }, { "type": "string" }] })),
        of(
            json!({ "type": "object", "properties": { "a": { "$ref": "#/components/schemas/T" } } })
        ),
        of(json!({ "type": "string", "enum": ["", "a", "A", null, 1] })),
        of(json!({ "discriminator": { "propertyName": "a", "mapping": { "a": "T" } } })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_document_is_refused_or_generated(
        which in any::<prop::sample::Index>(),
        mutations in prop::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>(), prop::option::of(replacement())),
            1..4,
        ),
    ) {
        let probes: Vec<Value> = probes().into_values().collect();
        let mut document = which.get(&probes).clone();
        for (target, source, replacement) in mutations {
            let places = places(&document);
            // Without a replacement, use another part of the document.
            let part = document.pointer(source.get(&places).as_str()).cloned();
            let part = replacement.or(part).unwrap_or_default();
            if let Some(target) = document.pointer_mut(target.get(&places).as_str()) {
                *target = part;
            }
        }
        if let Err(problem) = generate(&document, Profile::Lossless) {
            prop_assert!(!problem.message.contains("progenitor"), "{problem}: {document}");
        }
        let all: Selection = walk::operations(&document)
            .map(|(path, method, ..)| (path.to_owned(), method))
            .collect();
        let options =
            SliceOptions { document: &document, version: None, docs: Docs::None, profile: Profile::Lean };
        if let Ok(slice) = options.slice(&all) {
            let library = "mutant".to_owned();
            let checks = Checks::new(&slice.normalized, &slice.rendered, library);
            checks.samples(&document, true);
            checks.requests(&document);
        }
    }
}
