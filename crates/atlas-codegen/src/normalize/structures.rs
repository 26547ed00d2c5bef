//! Rules for objects.
//!
//! - Inherited properties (`allOf`) are written out. An own property overrides an inherited one of the same name.
//!   typify's merging follows references without end and intersects enums until nothing is left.
//! - Properties that would have the same field name in Rust get different ones, and keep their names on the wire.
//! - Every object keeps unknown properties in the lossless profile. In the lean profile only those objects do that
//!   state that they may have any.
//! - An inherited schema with variants contributes the properties of all variants, none of them required. Nothing is
//!   lost on the wire.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::json::object;
use super::kinds::{self, unions, variants};
use super::lowering::Lowering;
use super::model::{Field, FieldChange, Profile};
use crate::document::{Pointer, Problem, follow};
use crate::names::{Scope, snake};

/// The properties of an object with all that it inherits.
#[derive(Clone, Debug, Default)]
pub(super) struct Structure<'a> {
    pub(super) properties: Vec<Property<'a>>,
    pub(super) required: BTreeSet<String>,
    /// The schema of properties that are not named, if there is one.
    pub(super) additional: Option<(Pointer, &'a Value)>,
    /// Whether it states that it may have any other property.
    pub(super) is_open: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Property<'a> {
    pub(super) name: String,
    pub(super) at: Pointer,
    pub(super) schema: &'a Value,
    /// The prefix of the name of the property's type.
    owner: String,
}

/// The schemas that an object has inherited from so far.
#[derive(Default)]
struct Lineage {
    /// From the current object upwards.
    ancestors: Vec<Pointer>,
    seen: HashSet<Pointer>,
    /// The number of ancestors that are variants.
    choices: usize,
}

/// The limit of ancestors. No real document comes near it.
const MOST_ANCESTORS: usize = 500;

impl<'a> Structure<'a> {
    /// Adds a property, or replaces one of the same name.
    fn put(&mut self, property: Property<'a>) {
        match self.properties.iter_mut().find(|known| known.name == property.name) {
            Some(known) => *known = property,
            None => self.properties.push(property),
        }
    }

    /// Adds the properties of an alternative of this object, none of them required.
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

/// Returns a schema that accepts the values of both schemas.
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

impl<'a> Lowering<'a> {
    /// Returns the content of a component that is an object.
    pub(super) fn structure(
        &mut self,
        at: &Pointer,
        members: &'a Map<String, Value>,
        name: &str,
    ) -> Result<Value, Problem> {
        let mut structure = self.flatten(at, members, name)?;
        if let Some(discriminator) = members.get("discriminator") {
            // The discriminator implies its property, which the object may leave out.
            let at = at.to("discriminator");
            let tag = object(&at, discriminator)?.get("propertyName").and_then(Value::as_str);
            let tag =
                tag.ok_or_else(|| Problem::new(&at, "this discriminator has no `propertyName`"))?;
            if structure.properties.iter().all(|property| property.name != tag) {
                structure.put(Property {
                    name: tag.to_owned(),
                    at: at.to("propertyName"),
                    schema: &TEXT,
                    owner: name.to_owned(),
                });
            }
        }
        self.lower_structure(structure, name)
    }

    /// Returns an object with all that it inherits.
    pub(super) fn flatten(
        &mut self,
        at: &Pointer,
        members: &'a Map<String, Value>,
        owner: &str,
    ) -> Result<Structure<'a>, Problem> {
        self.flatten_but(at, members, owner, None)
    }

    /// Returns an object with all that it inherits, without its own variants under a keyword.
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
                // Two different schemas admit anything.
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
            // A variant that is its own union adds nothing to the other variants.
            return if lineage.choices > 0 {
                Ok(())
            } else {
                let at = target_at.to("allOf");
                Err(Problem::new(&at, "circular `allOf`: the schema inherits from itself"))
            };
        }
        if lineage.ancestors.len() >= MOST_ANCESTORS {
            return Err(Problem::new(at, "this inherits through too many schemas"));
        }
        if !lineage.seen.insert(target_at.clone()) {
            // Inherited twice: its properties are already there.
            return Ok(());
        }
        let members = object(&target_at, target)?;
        let owner = target_at.tokens().last().unwrap_or_default();
        // The union of a parent distinguishes its heirs. The current heir is one of them, and needs no other.
        let apart =
            unions(members).find(|&keyword| self.has_variant(members, keyword, &lineage.ancestors));
        lineage.ancestors.push(target_at.clone());
        self.inherit(&target_at, members, &owner, into, lineage, apart)?;
        lineage.ancestors.pop();
        Ok(())
    }

    /// Returns whether one of some schemas is a variant under a keyword.
    fn has_variant(&self, members: &'a Map<String, Value>, keyword: &str, of: &[Pointer]) -> bool {
        let variants = variants(self.document, members, keyword).into_iter();
        let mut targets = variants
            .filter_map(|(_, variant)| follow(self.document, &Pointer::default(), variant).ok());
        targets.any(|(target, _)| of.contains(&target))
    }

    /// Inherits from all variants of a schema: each of their properties may be present.
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
                "an object with variants: generated with the properties of all variants, none of them \
                 required",
            );
        }
        Ok(())
    }

    pub(super) fn lower_structure(
        &mut self,
        structure: Structure<'a>,
        component: &str,
    ) -> Result<Value, Problem> {
        let mut properties = Map::new();
        let mut required = Vec::new();
        // The name that typify gives the field of unknown properties.
        let mut fields = Scope::with(&["extra"]);
        for property in structure.properties {
            let Property { name, at, schema, owner } = property;
            let lowered = self.schema(&at, schema, &format!("{owner} {name}"))?;
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
            properties.insert(key, lowered);
        }
        let additional = match structure.additional.filter(|_| !structure.is_open) {
            Some((at, schema)) => Some(self.schema(&at, schema, &format!("{component} value"))?),
            // With an empty schema, unlike `true`, typify keeps unknown properties.
            None => {
                let keeps = structure.is_open || self.profile == Profile::Lossless;
                keeps.then(|| json!({}))
            }
        };
        let mut lowered = json!({
            "type": "object",
            "properties": properties,
            "required": required,
        });
        if let Some(additional) = additional {
            lowered["additionalProperties"] = additional;
        }
        Ok(lowered)
    }
}
