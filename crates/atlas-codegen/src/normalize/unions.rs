//! Rules for objects with variants.
//!
//! typify ignores `discriminator`. It takes the first variant that fits and drops the properties that this one does
//! not have.
//!
//! - If a property distinguishes the variants, by a `discriminator` or because each variant lists different values
//!   for it, they become a tagged union. Nothing is lost on the wire.
//! - A variant with variants is replaced by these.
//! - The variants of a discriminator without a list are the heirs of its schema.
//! - If nothing distinguishes the variants, they become one object with the properties of all. Nothing is lost on the
//!   wire, but the type does not say which properties belong together.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::json::{object, text};
use super::kinds::{self, own_values, unions, variants};
use super::lowering::Lowering;
use super::model::TaggedUnion;
use super::prose::prose;
use super::structures::{Property, Structure};
use crate::document::walk;
use crate::document::{Pointer, Problem, follow, resolve};

/// A variant of a union.
struct Alternative<'a> {
    at: Pointer,
    /// The values of the discriminator that mean it.
    tags: Vec<String>,
    structure: Structure<'a>,
}

impl<'a> Lowering<'a> {
    /// Returns the content of a component that is a union.
    pub(super) fn union(
        &mut self,
        at: &Pointer,
        members: &'a Map<String, Value>,
        name: &str,
    ) -> Result<Value, Problem> {
        let base = self.flatten_but(at, members, name, unions(members).next())?;
        let mut alternatives = self.alternatives(at, members, name)?;
        let own = alternatives.len();
        alternatives.retain(|alternative| alternative.at != *at);
        if alternatives.len() < own {
            self.note(
                at,
                "the union is one of its own variants: that variant is read as an unknown one",
            );
        }
        let Some(tag) = tag(self.document, members, &base, &mut alternatives) else {
            self.note(at, "no property distinguishes the variants: generated as one object with the properties of all variants");
            let mut sum = base;
            for alternative in alternatives {
                sum.add(self.document, alternative.structure);
            }
            return self.lower_structure(sum, name);
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
            description: prose(members, "description"),
            tag,
            variants,
        });
        // This is not generated, but its references show what the union reaches.
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
                let reference = walk::mapped(target);
                let (target_at, target) = resolve(self.document, &at, &reference)?;
                let (target_at, target) = follow(self.document, &target_at, target)?;
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
        let Some(keyword) = unions(members).next() else {
            for heir_at in self.heirs.all(at) {
                if let Some(heir) = self.document.pointer(heir_at.as_str()) {
                    let tags = heir_at.tokens().last().into_iter().collect();
                    alternatives.push(self.alternative(heir_at, heir, name, tags)?);
                }
            }
            return Ok(alternatives);
        };
        // A variant with variants is replaced by these.
        let mut seen = BTreeSet::from([at.clone()]);
        let mut waiting = self.variants_of(at, members, keyword)?;
        waiting.reverse();
        while let Some((at, variant)) = waiting.pop() {
            let (at, variant) = self.bare(at, variant)?;
            if !seen.insert(at.clone()) {
                continue;
            }
            match Self::is_nothing_but_a_union(object(&at, variant)?) {
                Some(keyword) => {
                    let mut inner = self.variants_of(&at, object(&at, variant)?, keyword)?;
                    inner.reverse();
                    waiting.extend(inner);
                }
                None => {
                    // Without a mapping, the name of a schema is its tag.
                    let is_named = self.reserved.contains_key(&at);
                    let tags = at.tokens().last().filter(|_| is_named).into_iter().collect();
                    alternatives.push(self.alternative(at, variant, name, tags)?);
                }
            }
        }
        Ok(alternatives)
    }

    /// Unwraps schemas that only wrap another one, and follows references in between.
    fn bare(&self, at: Pointer, schema: &'a Value) -> Result<(Pointer, &'a Value), Problem> {
        let (mut at, mut schema) = (at, schema);
        let mut passed = BTreeSet::new();
        while passed.insert(at.clone()) {
            let Some((only_at, only)) = self.sole_member(&at, object(&at, schema)?) else { break };
            (at, schema) = follow(self.document, &only_at, only)?;
        }
        Ok((at, schema))
    }

    /// Returns the variants under a keyword, with references followed.
    fn variants_of(
        &self,
        at: &Pointer,
        members: &'a Map<String, Value>,
        keyword: &str,
    ) -> Result<Vec<(Pointer, &'a Value)>, Problem> {
        let all = variants(self.document, members, keyword).into_iter();
        all.map(|(index, variant)| follow(self.document, &at.to(keyword).to(index), variant))
            .collect()
    }

    /// Returns the keyword of the variants of a schema that consists of nothing else.
    fn is_nothing_but_a_union(members: &Map<String, Value>) -> Option<&'static str> {
        let keyword = unions(members).next()?;
        let says_more =
            ["properties", "allOf", "additionalProperties", "required", "discriminator"];
        let says_more =
            says_more.iter().any(|&name| members.contains_key(name)) || unions(members).count() > 1;
        (!says_more).then_some(keyword)
    }

    /// Returns whether a schema has variants.
    pub(super) fn is_union(&self, at: &Pointer, members: &Map<String, Value>) -> bool {
        unions(members).next().is_some()
            || members.get("discriminator").is_some_and(|discriminator| {
                discriminator.get("mapping").is_some() || !self.heirs.all(at).is_empty()
            })
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

/// Returns the property that distinguishes the alternatives, if there is one. Sets the tags of the alternatives.
fn tag(
    document: &Value,
    members: &Map<String, Value>,
    base: &Structure<'_>,
    alternatives: &mut [Alternative<'_>],
) -> Option<String> {
    // The variants would lack an own property of the union that they do not inherit.
    let inherits_all = |alternative: &Alternative<'_>| {
        base.properties.iter().all(|property| alternative.property(&property.name).is_some())
    };
    if alternatives.is_empty() || !alternatives.iter().all(inherits_all) {
        return None;
    }
    if let Some(discriminator) = members.get("discriminator") {
        let tag = discriminator.get("propertyName")?.as_str()?;
        if discriminator.get("mapping").is_none() {
            // The values that the variants list are what is sent, not the names of the schemas.
            own_tags(alternatives, |alternative| alternative.listed(document, tag));
        }
        let has_tag = |alternative: &Alternative<'_>| {
            !alternative.tags.is_empty() && alternative.property(tag).is_some()
        };
        return alternatives.iter().all(has_tag).then(|| tag.to_owned());
    }
    let candidates = alternatives.first()?.structure.properties.iter();
    let candidates: Vec<String> = candidates.map(|property| property.name.clone()).collect();
    candidates.into_iter().find(|candidate| {
        let all_list = alternatives.iter().all(|a| a.values_of(candidate).is_some());
        all_list && own_tags(alternatives, |alternative| alternative.values_of(candidate))
    })
}

/// Sets the tags that each alternative lists itself, if no two have one in common.
fn own_tags<'a>(
    alternatives: &mut [Alternative<'a>],
    tags_of: impl Fn(&Alternative<'a>) -> Option<Vec<String>>,
) -> bool {
    let tags: Vec<Vec<String>> = alternatives
        .iter()
        .map(|alternative| tags_of(alternative).unwrap_or_else(|| alternative.tags.clone()))
        .collect();
    let all: BTreeSet<&String> = tags.iter().flatten().collect();
    let are_distinct = all.len() == tags.iter().map(Vec::len).sum::<usize>();
    if are_distinct {
        for (alternative, tags) in alternatives.iter_mut().zip(tags) {
            alternative.tags = tags;
        }
    }
    are_distinct
}

impl Alternative<'_> {
    fn property(&self, name: &str) -> Option<&Property<'_>> {
        self.structure.properties.iter().find(|property| property.name == name)
    }

    /// Returns the listed values of a property of this alternative.
    fn listed(&self, document: &Value, name: &str) -> Option<Vec<String>> {
        let schema = kinds::follow(document, self.property(name)?.schema)?;
        own_values(schema).filter(|values| !values.is_empty())
    }

    /// Returns the listed values of a required property of this alternative.
    fn values_of(&self, name: &str) -> Option<Vec<String>> {
        if !self.structure.required.contains(name) {
            return None;
        }
        let values = self.property(name)?.schema.get("enum")?.as_array()?;
        values.iter().map(|value| Some(value.as_str()?.to_owned())).collect()
    }
}
