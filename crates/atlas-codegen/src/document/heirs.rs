//! The schemas that inherit from a schema.

use std::collections::HashMap;

use serde_json::Value;

use super::pointer::Pointer;
use super::references::follow;

/// Returns whether the variants of a schema are its heirs: it has a discriminator, but does not list variants.
pub fn stands_for_heirs(schema: &Value) -> bool {
    let discriminator = schema.get("discriminator");
    discriminator.is_some_and(|discriminator| discriminator.get("mapping").is_none())
        && ["oneOf", "anyOf"].iter().all(|&keyword| schema.get(keyword).is_none())
}

/// The components that inherit from each component, directly or through others.
pub struct Heirs(HashMap<Pointer, Vec<Pointer>>);

impl Heirs {
    /// Finds the heirs in a document.
    pub fn of(document: &Value) -> Self {
        let at = Pointer::default().to("components").to("schemas");
        let schemas = document.pointer(at.as_str()).and_then(Value::as_object);
        let mut direct: HashMap<Pointer, Vec<Pointer>> = HashMap::new();
        for (name, schema) in schemas.into_iter().flatten() {
            let parents = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
            for parent in parents.filter(|parent| parent.get("$ref").is_some()) {
                if let Ok((parent, _)) = follow(document, &Pointer::default(), parent) {
                    direct.entry(parent).or_default().push(at.to(name));
                }
            }
        }
        Self(direct)
    }

    /// Returns all heirs of a schema. The direct ones are in the order of the document.
    pub fn all(&self, at: &Pointer) -> Vec<Pointer> {
        let mut found: Vec<Pointer> = Vec::new();
        let mut waiting = vec![at];
        while let Some(parent) = waiting.pop() {
            for heir in self.0.get(parent).into_iter().flatten() {
                if heir != at && !found.contains(heir) {
                    found.push(heir.clone());
                    waiting.push(heir);
                }
            }
        }
        found
    }
}
