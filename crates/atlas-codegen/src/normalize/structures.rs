//! Rules for objects.
//!
//! - What inherits (`allOf`) is written out, own properties before inherited ones of the same name:
//!   typify's merging follows references without end and intersects enums until nothing is left.
//! - Properties that would be one field in Rust get different ones, and keep their names on the wire.
//! - Every object keeps the properties that it does not know, in the lossless profile; in the lean one
//!   only those do that say that they may have any.
//! - Where part of what is inherited is one of several, the properties of all of these are there, none
//!   of them required. Nothing is lost on the wire.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::kinds::{self, unions, variants};
use super::names::{Scope, snake};
use super::{Field, FieldChange, Fold, Profile, object};
use crate::document::{Pointer, Problem, follow};

/// The properties of an object with all that it inherits.
#[derive(Clone, Debug, Default)]
pub(super) struct Structure<'a> {
    pub(super) properties: Vec<Property<'a>>,
    pub(super) required: BTreeSet<String>,
    /// The schema of properties that are not named, where there is one.
    pub(super) additional: Option<(Pointer, &'a Value)>,
    /// Whether it says that it may have any other property.
    pub(super) is_open: bool,
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
    /// How many of the objects at hand are each one of several.
    choices: usize,
}

/// More that an object may inherit through than any document has.
const MOST_ANCESTORS: usize = 500;

impl<'a> Structure<'a> {
    /// Adds a property, or puts it in the place of one of the same name.
    fn put(&mut self, property: Property<'a>) {
        match self.properties.iter_mut().find(|known| known.name == property.name) {
            Some(known) => *known = property,
            None => self.properties.push(property),
        }
    }

    /// Adds what another object has that may be in the place of this one. What that requires is not
    /// required.
    pub(super) fn add(&mut self, document: &'a Value, other: Self) {
        for property in other.properties {
            match self.properties.iter_mut().find(|known| known.name == property.name) {
                None => self.properties.push(property),
                Some(known) => known.schema = common(document, known.schema, property.schema),
            }
        }
        if other.is_open || other.additional.is_some() {
            self.is_open = true;
        }
    }
}

static ANY: LazyLock<Value> = LazyLock::new(|| json!({}));
static TEXT: LazyLock<Value> = LazyLock::new(|| json!({ "type": "string" }));
static TEXT_OR_NULL: LazyLock<Value> =
    LazyLock::new(|| json!({ "type": "string", "nullable": true }));

/// A schema for what fits either of two.
fn common<'a>(document: &'a Value, one: &'a Value, other: &'a Value) -> &'a Value {
    let meaning = |schema| {
        let mut members = kinds::follow(document, schema).cloned().unwrap_or_default();
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
        self.flatten_but(at, members, owner, None)
    }

    /// An object with all that it inherits, but for what it is one of itself under a keyword.
    pub(super) fn flatten_but(
        &mut self,
        at: &Pointer,
        members: &'a Map<String, Value>,
        owner: &str,
        apart: Option<&str>,
    ) -> Result<Structure<'a>, Problem> {
        let mut structure = Structure::default();
        let mut lineage = Lineage { ancestors: vec![at.clone()], ..Lineage::default() };
        self.inherit(at, members, owner, &mut structure, &mut lineage, apart)?;
        Ok(structure)
    }

    fn inherit(
        &mut self,
        at: &Pointer,
        members: &'a Map<String, Value>,
        owner: &str,
        into: &mut Structure<'a>,
        lineage: &mut Lineage,
        apart: Option<&str>,
    ) -> Result<(), Problem> {
        for (index, parent) in
            members.get("allOf").and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            let parent_at = at.to("allOf").to(index);
            self.inherit_from(&parent_at, parent, owner, into, lineage)?;
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
                // What two of them say in different ways may be anything.
                into.is_open |= into.additional.as_ref().is_some_and(|(_, one)| *one != additional);
                into.additional = Some((at.to("additionalProperties"), additional));
            }
            Some(Value::Object(_) | Value::Bool(true)) => into.is_open = true,
            _ => {}
        }
        for keyword in unions(members).filter(|&keyword| Some(keyword) != apart) {
            self.inherit_any(at, members, keyword, owner, into, lineage)?;
        }
        Ok(())
    }

    /// Inherits from a schema that may be a reference.
    fn inherit_from(
        &mut self,
        at: &Pointer,
        schema: &'a Value,
        owner: &str,
        into: &mut Structure<'a>,
        lineage: &mut Lineage,
    ) -> Result<(), Problem> {
        if schema.get("$ref").is_none() {
            return self.inherit(at, object(at, schema)?, owner, into, lineage, None);
        }
        let (target_at, target) = follow(self.document, at, schema)?;
        if lineage.ancestors.contains(&target_at) {
            // What is one of several, among them itself, is no more than the others.
            return if lineage.choices > 0 {
                Ok(())
            } else {
                let at = target_at.to("allOf");
                Err(Problem::new(&at, "this `allOf` goes in circles: the schema is part of itself"))
            };
        }
        if lineage.ancestors.len() >= MOST_ANCESTORS {
            return Err(Problem::new(at, "this inherits through too many others"));
        }
        if !lineage.seen.insert(target_at.clone()) {
            // Inherited twice over, and all there already.
            return Ok(());
        }
        let members = object(&target_at, target)?;
        let owner = target_at.tokens().last().unwrap_or_default();
        // A parent that its heirs are told apart by is one of them; the heir at hand is itself.
        let apart =
            unions(members).find(|&keyword| self.has_variant(members, keyword, &lineage.ancestors));
        lineage.ancestors.push(target_at.clone());
        self.inherit(&target_at, members, &owner, into, lineage, apart)?;
        lineage.ancestors.pop();
        Ok(())
    }

    /// Whether one of some schemas is one of those under a keyword.
    fn has_variant(&self, members: &'a Map<String, Value>, keyword: &str, of: &[Pointer]) -> bool {
        let variants = variants(self.document, members, keyword).into_iter();
        let mut targets = variants
            .filter_map(|(_, variant)| follow(self.document, &Pointer::default(), variant).ok());
        targets.any(|(target, _)| of.contains(&target))
    }

    /// Inherits from all that a schema may be one of: each of their properties may be there.
    fn inherit_any(
        &mut self,
        at: &Pointer,
        members: &'a Map<String, Value>,
        keyword: &str,
        owner: &str,
        into: &mut Structure<'a>,
        lineage: &mut Lineage,
    ) -> Result<(), Problem> {
        let mut says_something = false;
        lineage.choices += 1;
        for (index, variant) in variants(self.document, members, keyword) {
            let mut structure = Structure::default();
            let at = at.to(keyword).to(index);
            self.inherit_from(&at, variant, owner, &mut structure, lineage)?;
            says_something |= !structure.properties.is_empty() || structure.is_open;
            into.add(self.document, structure);
        }
        lineage.choices -= 1;
        if says_something {
            self.note(
                &at.to(keyword),
                "one of several within an object: generated with the properties of all of them, none \
                 of them required",
            );
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
        let additional = match structure.additional.filter(|_| !structure.is_open) {
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
