//! Rules for objects.
//!
//! - What inherits (`allOf`) is written out, own properties before inherited ones of the same name:
//!   typify's merging follows references without end and intersects enums until nothing is left.
//! - Properties that would be one field in Rust get different ones, and keep their names on the wire.
//! - Every object keeps the properties that it does not know, in the lossless profile; in the lean one
//!   only those do that say that they may have any.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value, json};

use super::names::{Scope, snake};
use super::schemas::{LONGEST_CHAIN, is_union};
use super::{Field, FieldChange, Fold, Profile, object, text};
use crate::document::{Pointer, Problem, resolve};

/// The properties of an object with all that it inherits.
#[derive(Clone, Debug, Default)]
pub(super) struct Structure<'a> {
    pub(super) properties: Vec<Property<'a>>,
    pub(super) required: BTreeSet<String>,
    /// The schema of properties that are not named, where there is one.
    additional: Option<(Pointer, &'a Value)>,
    /// Whether it says that it may have any other property.
    is_open: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Property<'a> {
    pub(super) name: String,
    pub(super) at: Pointer,
    pub(super) schema: &'a Value,
    /// What the property's type is named after, with the property itself.
    owner: String,
}

/// What an object has inherited from so far.
#[derive(Default)]
struct Lineage {
    /// From the object at hand up.
    ancestors: Vec<Pointer>,
    seen: HashSet<Pointer>,
}

impl<'a> Structure<'a> {
    /// Adds a property, or puts it in the place of one of the same name.
    fn put(&mut self, property: Property<'a>) {
        match self.properties.iter_mut().find(|known| known.name == property.name) {
            Some(known) => *known = property,
            None => self.properties.push(property),
        }
    }
}

impl<'a> Fold<'a> {
    /// The content of a component that is an object.
    pub(super) fn structure(
        &mut self,
        at: &Pointer,
        members: &'a Map<String, Value>,
        name: &str,
    ) -> Result<Value, Problem> {
        let structure = self.flatten(at, members, name)?;
        self.fold_structure(structure, name)
    }

    /// An object with all that it inherits.
    pub(super) fn flatten(
        &mut self,
        at: &Pointer,
        members: &'a Map<String, Value>,
        owner: &str,
    ) -> Result<Structure<'a>, Problem> {
        let mut structure = Structure::default();
        self.inherit(at, members, owner, &mut structure, &mut Lineage::default())?;
        Ok(structure)
    }

    fn inherit(
        &mut self,
        at: &Pointer,
        members: &'a Map<String, Value>,
        owner: &str,
        into: &mut Structure<'a>,
        lineage: &mut Lineage,
    ) -> Result<(), Problem> {
        if let Some(reference) = members.get("$ref") {
            let (target_at, target) = resolve(self.document, at, text(&at.to("$ref"), reference)?)?;
            if lineage.ancestors.contains(&target_at) {
                return Err(Problem::new(at, "this inherits from itself"));
            }
            if lineage.ancestors.len() >= LONGEST_CHAIN {
                return Err(Problem::new(at, "this inherits through too many others"));
            }
            if !lineage.seen.insert(target_at.clone()) {
                // Inherited twice over, and all there already.
                return Ok(());
            }
            let target_members = object(&target_at, target)?;
            let owner = target_at.tokens().last().unwrap_or_default();
            lineage.ancestors.push(target_at.clone());
            self.inherit(&target_at, target_members, &owner, into, lineage)?;
            if is_union(target_members) && !target_members.contains_key("discriminator") {
                self.note(&target_at, "inherited without its `oneOf`: the properties of its variants are read as unknown ones");
            }
            lineage.ancestors.pop();
            return Ok(());
        }
        for (index, parent) in
            members.get("allOf").and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            let parent_at = at.to("allOf").to(index);
            self.inherit(&parent_at, object(&parent_at, parent)?, owner, into, lineage)?;
        }
        let properties_at = at.to("properties");
        if let Some(properties) = members.get("properties") {
            for (name, schema) in object(&properties_at, properties)? {
                into.put(Property {
                    name: name.clone(),
                    at: properties_at.to(name),
                    schema,
                    owner: owner.to_owned(),
                });
            }
        }
        let required = members.get("required").and_then(Value::as_array).into_iter().flatten();
        into.required.extend(required.filter_map(|name| Some(name.as_str()?.to_owned())));
        match members.get("additionalProperties") {
            Some(additional @ Value::Object(schema)) if !schema.is_empty() => {
                into.additional = Some((at.to("additionalProperties"), additional));
            }
            Some(Value::Object(_) | Value::Bool(true)) => into.is_open = true,
            _ => {}
        }
        Ok(())
    }

    pub(super) fn fold_structure(
        &mut self,
        structure: Structure<'a>,
        component: &str,
    ) -> Result<Value, Problem> {
        let mut properties = Map::new();
        let mut required = Vec::new();
        // What typify calls the field of unknown properties.
        let mut fields = Scope::with(&["extra"]);
        for property in structure.properties {
            let Property { name, at, schema, owner } = property;
            let folded = self.schema(&at, schema, &format!("{owner} {name}"))?;
            let wanted = snake(&name);
            let field = fields.claim(&wanted);
            let key = if field == wanted && name.is_ascii() {
                name.clone()
            } else {
                self.fields.push(Field {
                    component: component.to_owned(),
                    name: field.clone(),
                    change: FieldChange::Rename(name.clone()),
                });
                field
            };
            if structure.required.contains(&name) {
                required.push(key.clone());
            }
            properties.insert(key, folded);
        }
        let additional = match structure.additional {
            Some((at, schema)) => Some(self.schema(&at, schema, &format!("{component} value"))?),
            // An empty schema, unlike `true`, makes typify keep the properties that it does not know.
            None => {
                let keeps = structure.is_open || self.profile == Profile::Lossless;
                keeps.then(|| json!({}))
            }
        };
        let mut folded = json!({
            "type": "object",
            "properties": properties,
            "required": required,
        });
        if let Some(additional) = additional {
            folded["additionalProperties"] = additional;
        }
        Ok(folded)
    }
}
