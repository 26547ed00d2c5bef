//! Targets of references that are not components, and become components of the fragment.
//!
//! Bundlers write a part where they find it first, and replace its other occurrences by references to that place.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::document::walk::{self, Part};
use crate::document::{Pointer, resolve};
use crate::names::pascal;

/// The kind and the name of the component that each part is moved to.
#[derive(Debug, Default)]
pub struct Moved(pub BTreeMap<Pointer, (&'static str, String)>);

impl Moved {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes a component of the target of a reference. Returns false if it is one already.
    pub fn add(&mut self, document: &Value, from: &Pointer, target: &Pointer) -> bool {
        if self.0.contains_key(target) {
            return false;
        }
        let kind = kind_of(from);
        let tokens: Vec<String> = target.tokens().skip(1).collect();
        let wanted = pascal(&tokens.join(" "));
        let components = document.pointer("/components").and_then(|all| all.get(kind));
        let is_taken = |name: &str| {
            components.is_some_and(|all| all.get(name).is_some())
                || self.0.values().any(|(_, known)| known == name)
        };
        let mut name = wanted.clone();
        let mut count = 1;
        while is_taken(&name) {
            count += 1;
            name = format!("{wanted}{count}");
        }
        self.0.insert(target.clone(), (kind, name));
        true
    }

    /// Replaces every reference to a part by a reference to its component.
    pub fn rewrite(&self, document: &Value, value: &mut Value, part: Part) {
        match (value, part) {
            (Value::Array(elements), Part::Keywords) => {
                for element in elements {
                    self.rewrite(document, element, part);
                }
            }
            (Value::Object(members), Part::Names) => {
                for member in members.values_mut() {
                    self.rewrite(document, member, Part::Keywords);
                }
            }
            (Value::Object(members), Part::Keywords) => self.rewrite_members(document, members),
            _ => {}
        }
    }

    fn rewrite_members(&self, document: &Value, members: &mut Map<String, Value>) {
        for (name, member) in members.iter_mut() {
            let part = walk::part(name, member);
            if name == "$ref"
                && let Some(reference) = member.as_str()
                && let Ok((at, _)) = resolve(document, &Pointer::default(), reference)
                && let Some((kind, name)) = self.0.get(&at)
            {
                *member = format!("#/components/{kind}/{name}").into();
            } else {
                self.rewrite(document, member, part);
            }
        }
    }
}

/// Returns the kind of component that a reference at a place refers to.
fn kind_of(at: &Pointer) -> &'static str {
    let tokens: Vec<String> = at.tokens().collect();
    let place = match tokens.as_slice() {
        [.., last] if last == "requestBody" => "requestBody",
        [.., parent, _] => parent,
        _ => "",
    };
    match place {
        "requestBody" | "requestBodies" => "requestBodies",
        "parameters" => "parameters",
        "responses" => "responses",
        "headers" => "headers",
        "examples" => "examples",
        "links" => "links",
        "callbacks" => "callbacks",
        _ => "schemas",
    }
}
