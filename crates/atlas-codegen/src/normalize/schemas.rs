//! Rules for schemas.
//!
//! - Every inline object, enum and union becomes a component with a unique name: typify names inline schemas after
//!   their place or their `title`, and merges two of the same name into one type.
//! - 24 hexadecimal digits become the format `object-id`, which is generated as `ObjectId`. The format `password` is
//!   generated as `Secret`, which `Debug` does not show.
//! - An enum becomes an open enum: otherwise a new value would make the whole response undecodable.
//! - `pattern`, `minLength`, `minimum` and similar keywords are dropped: typify generates types from them that reject
//!   responses, and `NonZero` integers. `default` is dropped: typify would send it with every request. `title` and
//!   `example` are dropped. Dates, times and other formatted strings remain text.
//!
//! Nothing of this is lost on the wire.

use serde_json::{Map, Value, json};

use super::enums::open_enum;
use super::json::{object, text};
use super::kinds::{
    admits_null, asserts, contradicts_itself, enum_values, is_structure, unions, variants,
};
use super::lowering::Lowering;
use super::prose::prose;
use crate::document::{Pointer, Problem, follow, resolve};

/// The patterns of Atlas' ids, with and without a group.
const OBJECT_ID_PATTERNS: &[&str] =
    &["^([a-f0-9]{24})$", "^[a-f0-9]{24}$", "^([0-9a-f]{24})$", "^[0-9a-f]{24}$"];

/// Keywords that no rule supports.
const REFUSED: &[&str] =
    &["not", "if", "const", "patternProperties", "prefixItems", "propertyNames", "$defs"];

/// The limit of nested schemas that do not become components, such as lists of lists. The lowering is recursive.
pub(super) const DEEPEST: usize = 100;

/// Keywords that add to a schema that wraps another one.
const SIBLINGS: &[&str] =
    &["additionalProperties", "allOf", "anyOf", "discriminator", "oneOf", "properties", "required"];

impl Lowering<'_> {
    /// Lowers a schema that may be inline. One that becomes a component is named after the hint, unless it has a name.
    pub(super) fn schema(
        &mut self,
        at: &Pointer,
        schema: &Value,
        hint: &str,
    ) -> Result<Value, Problem> {
        let members = object(at, schema)?;
        if self.depth >= DEEPEST {
            return Err(Problem::new(at, "the schemas nest too deep"));
        }
        self.depth += 1;
        let lowered = self.shape(at, members, hint);
        self.depth -= 1;
        let mut lowered = lowered?;
        let mut metadata: Map<String, Value> = ["readOnly", "writeOnly"]
            .iter()
            .filter(|&&name| members.get(name) == Some(&Value::Bool(true)))
            .map(|&name| (name.to_owned(), Value::Bool(true)))
            .collect();
        if let Some(description) = prose(members, "description") {
            metadata.insert("description".to_owned(), description.into());
        }
        if admits_null(self.document, schema) {
            metadata.insert("nullable".to_owned(), Value::Bool(true));
        }
        // OpenAPI ignores what is beside a `$ref`.
        if lowered.get("$ref").is_some() && !metadata.is_empty() {
            lowered = json!({ "allOf": [lowered] });
        }
        if let Some(lowered) = lowered.as_object_mut() {
            lowered.extend(metadata);
        }
        Ok(lowered)
    }

    fn shape(
        &mut self,
        at: &Pointer,
        members: &Map<String, Value>,
        hint: &str,
    ) -> Result<Value, Problem> {
        if members.contains_key("$ref") {
            return self.reference(at, members, hint);
        }
        if let Some(refused) = REFUSED.iter().find(|&&name| members.contains_key(name)) {
            return Err(Problem::new(&at.to(refused), format!("`{refused}` is not supported")));
        }
        if let Some((only_at, only)) = self.sole_member(at, members) {
            return self.schema(&only_at, only, hint);
        }
        if enum_values(self.document, members).is_some() || is_structure(self.document, members) {
            return Ok(self.reference_to(at, hint));
        }
        if let Some((only_at, only)) = self.only_member(at, members) {
            return self.schema(&only_at, only, hint);
        }
        if members.contains_key("allOf") {
            return self.all_of(at, members, hint);
        }
        if unions(members).next().is_some() {
            self.note(at, "variants of which not all are objects: generated as any JSON value");
            return Ok(json!({}));
        }
        if contradicts_itself(members) {
            self.note(
                &at.to("enum"),
                "the listed values are not of the schema's type: generated as any JSON value",
            );
            return Ok(json!({}));
        }
        match members.get("type").map(|kind| text(&at.to("type"), kind)).transpose()? {
            Some("object") => self.map(at, members, hint),
            Some("array") => {
                let any = json!({});
                let items = members.get("items").unwrap_or(&any);
                let items = self.within(&at.to("items"), items, &format!("{hint} item"))?;
                Ok(json!({ "type": "array", "items": items }))
            }
            Some("string") => {
                let format = match members.get("pattern").and_then(Value::as_str) {
                    Some(pattern) if OBJECT_ID_PATTERNS.contains(&pattern) => "object-id",
                    _ if members.get("format") == Some(&json!("password")) => "password",
                    _ => return Ok(json!({ "type": "string" })),
                };
                Ok(json!({ "type": "string", "format": format }))
            }
            Some("integer") => Ok(match members.get("format").and_then(Value::as_str) {
                Some("int32") => json!({ "type": "integer", "format": "int32" }),
                Some("int64") => json!({ "type": "integer", "format": "int64" }),
                Some("uint64") => json!({ "type": "integer", "format": "uint64" }),
                _ if exceeds_int64(members) => json!({ "type": "integer", "format": "uint64" }),
                _ => json!({ "type": "integer", "format": "int64" }),
            }),
            Some(kind @ ("number" | "boolean")) => Ok(json!({ "type": kind })),
            Some(kind) => {
                Err(Problem::new(&at.to("type"), format!("`{kind}` is not a type of OpenAPI 3.0")))
            }
            None => Ok(json!({})),
        }
    }

    /// Lowers a `$ref`: to a reference to a component, or to its target, which is written out if it does not become a
    /// component, such as a list.
    fn reference(
        &mut self,
        at: &Pointer,
        members: &Map<String, Value>,
        hint: &str,
    ) -> Result<Value, Problem> {
        let reference = text(&at.to("$ref"), members.get("$ref").unwrap_or(&Value::Null))?;
        let (at, target) = resolve(self.document, at, reference)?;
        let (at, target) = follow(self.document, &at, target)?;
        let members = object(&at, target)?;
        if let Some((_, depth)) = self.targets.iter().find(|(known, _)| *known == at) {
            if *depth < self.containers {
                self.note(
                    &at,
                    "a list or a map of itself: its items are generated as any JSON value",
                );
                return Ok(json!({}));
            }
            return Err(Problem::new(&at, "the schema consists of itself: it has no values"));
        }
        if self.targets.len() >= DEEPEST {
            return Err(Problem::new(&at, "the schemas nest too deep"));
        }
        let name = at.tokens().last().unwrap_or_default();
        let name = if name.is_empty() { hint.to_owned() } else { name };
        self.targets.push((at.clone(), self.containers));
        let lowered = self.shape(&at, members, &name);
        self.targets.pop();
        lowered
    }

    /// Lowers the schema of the items of a list or a map.
    fn within(&mut self, at: &Pointer, schema: &Value, hint: &str) -> Result<Value, Problem> {
        self.containers += 1;
        let lowered = self.schema(at, schema, hint);
        self.containers -= 1;
        lowered
    }

    /// Returns the schema that a schema wraps, if nothing beside it adds to it.
    pub(super) fn sole_member<'v>(
        &self,
        at: &Pointer,
        members: &'v Map<String, Value>,
    ) -> Option<(Pointer, &'v Value)> {
        let siblings = SIBLINGS.iter().filter(|&&name| members.contains_key(name)).count();
        self.only_member(at, members).filter(|_| siblings == 1)
    }

    /// Returns the only member of an `allOf`, `oneOf` or `anyOf`, apart from those that say nothing about values.
    pub(super) fn only_member<'v>(
        &self,
        at: &Pointer,
        members: &'v Map<String, Value>,
    ) -> Option<(Pointer, &'v Value)> {
        let all = members.get("allOf").and_then(Value::as_array).into_iter().flatten();
        let all: Vec<_> = all.enumerate().filter(|(_, part)| asserts(part)).collect();
        if let [(index, only)] = all[..] {
            return Some((at.to("allOf").to(index), only));
        }
        unions(members).find_map(|keyword| {
            // The result borrows from the members, not from the document.
            let all = members.get(keyword)?.as_array()?;
            let [(index, _)] = variants(self.document, members, keyword)[..] else { return None };
            Some((at.to(keyword).to(index), all.get(index)?))
        })
    }

    /// Lowers an `allOf` of schemas that are not objects to the one kind of value that they share.
    fn all_of(
        &mut self,
        at: &Pointer,
        members: &Map<String, Value>,
        hint: &str,
    ) -> Result<Value, Problem> {
        let all_at = at.to("allOf");
        let all = members.get("allOf").and_then(Value::as_array).into_iter().flatten();
        let mut shapes: Vec<Value> = Vec::new();
        for (index, part) in all.enumerate().filter(|(_, part)| asserts(part)) {
            let part_at = all_at.to(index);
            let shape = self.shape(&part_at, object(&part_at, part)?, hint)?;
            if shape != json!({}) && !shapes.contains(&shape) {
                shapes.push(shape);
            }
        }
        // Text, and a special kind of text. A reference here is to an enum.
        let is_text = |shape: &Value| shape["type"] == "string" || shape.get("$ref").is_some();
        if shapes.len() > 1 && shapes.iter().all(is_text) {
            shapes.retain(|shape| *shape != json!({ "type": "string" }));
        }
        match shapes.len() {
            0 => Ok(json!({})),
            1 => Ok(shapes.remove(0)),
            _ => Err(Problem::new(
                &all_at,
                "an `allOf` of different kinds of values is only supported for objects",
            )),
        }
    }

    /// Lowers an object without properties: a map, or any object.
    fn map(
        &mut self,
        at: &Pointer,
        members: &Map<String, Value>,
        hint: &str,
    ) -> Result<Value, Problem> {
        match members.get("additionalProperties") {
            Some(values @ Value::Object(schema)) if !schema.is_empty() => {
                let values_at = at.to("additionalProperties");
                let values = self.within(&values_at, values, &format!("{hint} value"))?;
                Ok(json!({ "type": "object", "additionalProperties": values }))
            }
            _ => Ok(json!({ "type": "object" })),
        }
    }

    /// Lowers the schema at a place to the content of a component.
    pub(super) fn component(&mut self, at: &Pointer, name: &str) -> Result<Value, Problem> {
        let schema = self.document.pointer(at.as_str());
        let schema = schema.ok_or_else(|| Problem::new(at, "there is no schema here"))?;
        let members = object(at, schema)?;
        let mut component = if let Some(values) = enum_values(self.document, members) {
            self.enums.push(open_enum(name, members, &values));
            json!({ "type": "string", "enum": values })
        } else if self.is_union(at, members) {
            self.union(at, members, name)?
        } else {
            self.structure(at, members, name)?
        };
        if let (Some(component), Some(description)) =
            (component.as_object_mut(), prose(members, "description"))
        {
            component.insert("description".to_owned(), description.into());
        }
        Ok(component)
    }
}

/// Returns whether an integer may exceed an `i64`.
fn exceeds_int64(members: &Map<String, Value>) -> bool {
    let maximum = members.get("maximum");
    let is_natural = members.get("minimum").is_some_and(|minimum| {
        minimum.as_u64().is_some() || minimum.as_f64().is_some_and(|minimum| minimum >= 0.0)
    });
    // As a double, i64::MAX is rounded up by one.
    is_natural && maximum.and_then(Value::as_f64).is_some_and(|maximum| maximum > 9.3e18)
}
