//! Rules for objects that are one of several.
//!
//! typify ignores `discriminator`, and takes the first variant that fits and drops what that one does
//! not know.
//!
//! - Where a property tells the variants apart, by a `discriminator` or because each variant has values
//!   of its own for it, they become a tagged union. Nothing is lost on the wire.
//! - Where nothing does, they become one object with the properties of all. Nothing is lost on the wire,
//!   but the type no longer says which properties go together.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::schemas::follow;
use super::structures::{Property, Structure};
use super::{Fold, TaggedUnion, object, string, text};
use crate::document::{Pointer, Problem, resolve};
use crate::openapi;

static ANY: LazyLock<Value> = LazyLock::new(|| json!({}));
static TEXT: LazyLock<Value> = LazyLock::new(|| json!({ "type": "string" }));
static TEXT_OR_NULL: LazyLock<Value> =
    LazyLock::new(|| json!({ "type": "string", "nullable": true }));

/// One of the objects that a union may be.
struct Alternative<'a> {
    at: Pointer,
    /// What the union's discriminator says of it.
    tags: Vec<String>,
    structure: Structure<'a>,
}

impl<'a> Fold<'a> {
    /// The content of a component that is a union.
    pub(super) fn union(
        &mut self,
        at: &Pointer,
        members: &'a Map<String, Value>,
        name: &str,
    ) -> Result<Value, Problem> {
        let base = self.flatten(at, members, name)?;
        let mut alternatives = self.alternatives(at, members, name)?;
        let own = alternatives.len();
        alternatives.retain(|alternative| alternative.at != *at);
        if alternatives.len() < own {
            self.note(at, "one of its own variants: read as an unknown one");
        }
        let Some(tag) = tag(members, &base, &mut alternatives) else {
            self.note(at, "one of several objects that nothing tells apart: generated as one object with the properties of all");
            let sum = alternatives
                .into_iter()
                .fold(base, |sum, alternative| add(self.document, sum, alternative.structure));
            return self.fold_structure(sum, name);
        };
        let mut references = Vec::new();
        let mut variants = Vec::new();
        for alternative in alternatives {
            let hint = format!("{name} {}", alternative.tags.join(" "));
            let reference = self.reference_to(&alternative.at, &hint);
            if let Some(component) = self.named.get(&alternative.at) {
                variants.push((component.clone(), alternative.tags));
            }
            references.push(reference);
        }
        self.unions.push(TaggedUnion {
            name: name.to_owned(),
            description: string(members, "description"),
            tag,
            variants,
        });
        // Never generated, but the references in it show what the union reaches.
        Ok(json!({ "oneOf": references }))
    }

    fn alternatives(
        &mut self,
        at: &Pointer,
        members: &'a Map<String, Value>,
        name: &str,
    ) -> Result<Vec<Alternative<'a>>, Problem> {
        let mut alternatives: Vec<Alternative<'a>> = Vec::new();
        let mapping_at = at.to("discriminator").to("mapping");
        if let Some(mapping) = members.get("discriminator").and_then(|d| d.get("mapping")) {
            for (tag, target) in object(&mapping_at, mapping)? {
                let at = mapping_at.to(tag);
                let target = text(&at, target)?;
                let reference = openapi::mapped(target);
                let (target_at, target) = resolve(self.document, &at, &reference)?;
                match alternatives.iter_mut().find(|known| known.at == target_at) {
                    Some(known) => known.tags.push(tag.clone()),
                    None => {
                        let tags = vec![tag.clone()];
                        alternatives.push(self.alternative(target_at, target, name, tags)?);
                    }
                }
            }
            return Ok(alternatives);
        }
        let keyword = if members.contains_key("oneOf") { "oneOf" } else { "anyOf" };
        let variants = members.get(keyword).and_then(Value::as_array);
        for (index, variant) in variants.into_iter().flatten().enumerate() {
            let at = at.to(keyword).to(index);
            let (at, variant, tags) = match variant.get("$ref").and_then(Value::as_str) {
                Some(reference) => {
                    let (target_at, target) = resolve(self.document, &at, reference)?;
                    // Without a mapping, the name of a schema is its tag.
                    let tags = target_at.tokens().last().into_iter().collect();
                    (target_at, target, tags)
                }
                None => (at, variant, Vec::new()),
            };
            alternatives.push(self.alternative(at, variant, name, tags)?);
        }
        Ok(alternatives)
    }

    fn alternative(
        &mut self,
        at: Pointer,
        schema: &'a Value,
        name: &str,
        tags: Vec<String>,
    ) -> Result<Alternative<'a>, Problem> {
        let members = object(&at, schema)?;
        let owner = match members.get("$ref") {
            Some(_) => name.to_owned(),
            None => at.tokens().last().unwrap_or_default(),
        };
        let structure = self.flatten(&at, members, &owner)?;
        Ok(Alternative { at, tags, structure })
    }
}

/// The property that tells the alternatives apart, if there is one; each alternative then has its tags.
fn tag(
    members: &Map<String, Value>,
    base: &Structure<'_>,
    alternatives: &mut [Alternative<'_>],
) -> Option<String> {
    // What is the union's own and not inherited would be missing from the variants.
    let inherits_all = |alternative: &Alternative<'_>| {
        base.properties.iter().all(|property| alternative.property(&property.name).is_some())
    };
    if alternatives.is_empty() || !alternatives.iter().all(inherits_all) {
        return None;
    }
    let discriminator = members.get("discriminator");
    if let Some(tag) = discriminator.and_then(|d| d.get("propertyName")).and_then(Value::as_str) {
        let has_tag = |alternative: &Alternative<'_>| {
            !alternative.tags.is_empty() && alternative.property(tag).is_some()
        };
        return alternatives.iter().all(has_tag).then(|| tag.to_owned());
    }
    let candidates = alternatives.first()?.structure.properties.iter();
    let candidates: Vec<String> = candidates.map(|property| property.name.clone()).collect();
    for candidate in candidates {
        let values: Option<Vec<Vec<String>>> =
            alternatives.iter().map(|alternative| alternative.values_of(&candidate)).collect();
        let Some(values) = values else { continue };
        let all: BTreeSet<&String> = values.iter().flatten().collect();
        if all.len() == values.iter().map(Vec::len).sum::<usize>() {
            for (alternative, tags) in alternatives.iter_mut().zip(values) {
                alternative.tags = tags;
            }
            return Some(candidate);
        }
    }
    None
}

impl Alternative<'_> {
    fn property(&self, name: &str) -> Option<&Property<'_>> {
        self.structure.properties.iter().find(|property| property.name == name)
    }

    /// The values that a property of this alternative may have, where it is required and they are
    /// listed.
    fn values_of(&self, name: &str) -> Option<Vec<String>> {
        if !self.structure.required.contains(name) {
            return None;
        }
        let values = self.property(name)?.schema.get("enum")?.as_array()?;
        values.iter().map(|value| Some(value.as_str()?.to_owned())).collect()
    }
}

/// One object with the properties of both. What the alternative requires is not required.
fn add<'a>(
    document: &'a Value,
    mut sum: Structure<'a>,
    alternative: Structure<'a>,
) -> Structure<'a> {
    for property in alternative.properties {
        match sum.properties.iter_mut().find(|known| known.name == property.name) {
            None => sum.properties.push(property),
            Some(known) => known.schema = common(document, known.schema, property.schema),
        }
    }
    sum
}

/// A schema for what fits either of two.
fn common<'a>(document: &'a Value, one: &'a Value, other: &'a Value) -> &'a Value {
    let meaning = |schema| {
        let mut members = follow(document, schema, 0).cloned().unwrap_or_default();
        for name in ["description", "title", "example", "default", "readOnly", "writeOnly"] {
            members.remove(name);
        }
        let nullable = members.remove("nullable") == Some(Value::Bool(true));
        (members, nullable)
    };
    let ((one_means, one_is_nullable), (other_means, other_is_nullable)) =
        (meaning(one), meaning(other));
    if one_means == other_means {
        return if one_is_nullable { one } else { other };
    }
    let is_text = |members: &Map<String, Value>| members.get("type") == Some(&json!("string"));
    match (is_text(&one_means) && is_text(&other_means), one_is_nullable || other_is_nullable) {
        (true, false) => &TEXT,
        (true, true) => &TEXT_OR_NULL,
        (false, _) => &ANY,
    }
}
