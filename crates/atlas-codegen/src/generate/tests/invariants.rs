//! Invariants of every normalized document.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::walk::{self, Part};
use crate::document::{self, Pointer, Problem};
use crate::emit::{Input, Rendered};
use crate::generate::client;
use crate::names::pascal;
use crate::normalize::{Normalized, Profile};

/// Generates from a document and checks the invariants of the result.
pub fn generate(document: &Value, profile: Profile) -> Result<(Normalized, Rendered), Problem> {
    let input = Input { command: "generate", name: "a test", text: &document.to_string() };
    let (normalized, rendered) = client(&input, profile)?;
    let mut keywords = Vec::new();
    walk(&Pointer::default(), &normalized.document, Part::Keywords, &mut keywords);
    for (at, keyword, value) in &keywords {
        let depth = at.tokens().count();
        let is_component = at.as_str().starts_with("/components/schemas/") && depth == 3;
        match keyword.as_str() {
            "default" | "pattern" | "minimum" | "maximum" | "minLength" | "maxLength"
            | "uniqueItems" | "discriminator" | "anyOf" => panic!("{keyword} is left at {at}"),
            "properties" | "enum" | "oneOf" => assert!(is_component, "{keyword} inline at {at}"),
            "title" => assert_eq!(at.as_str(), "/info"),
            "responses" => {
                let statuses: Vec<_> = value.as_object().unwrap().keys().collect();
                assert_eq!(statuses, ["2XX"], "{at}");
            }
            "$ref" => {
                let reference = value.as_str().unwrap();
                assert!(document::resolve(&normalized.document, at, reference).is_ok(), "{at}");
            }
            _ => {}
        }
    }
    let components = normalized.document["components"]["schemas"].as_object().unwrap();
    for name in components.keys() {
        assert_eq!(pascal(name), *name);
    }
    let ids: Vec<String> = walk::operations(&normalized.document)
        .map(|(_, _, _, operation)| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    let unique: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "two operations have the same name");
    let rows: BTreeSet<&String> = normalized.operations.iter().map(|row| &row.name).collect();
    assert_eq!(rows, unique, "an operation is missing in the table, or in the document");
    let methods: BTreeSet<&String> = rendered.methods.iter().map(|method| &method.name).collect();
    assert_eq!(methods, unique, "an operation has no generated method");
    Ok((normalized, rendered))
}

/// Returns every keyword of a document: its pointer, name and value.
fn walk(at: &Pointer, value: &Value, part: Part, found: &mut Vec<(Pointer, String, Value)>) {
    match (value, part) {
        (Value::Array(elements), Part::Keywords) => {
            for (index, element) in elements.iter().enumerate() {
                walk(&at.to(index), element, part, found);
            }
        }
        (Value::Object(members), Part::Names) => {
            for (name, member) in members {
                walk(&at.to(name), member, Part::Keywords, found);
            }
        }
        (Value::Object(members), Part::Keywords) => {
            for (name, member) in members {
                found.push((at.clone(), name.clone(), member.clone()));
                walk(&at.to(name), member, walk::part(name, member), found);
            }
        }
        _ => {}
    }
}
