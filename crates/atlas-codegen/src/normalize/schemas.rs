//! Rules for schemas.
//!
//! - Every inline object, enum and union becomes a component with a unique name: typify names inline
//!   ones after their place or their `title`, and takes two of one name for one type.
//! - 24 hexadecimal digits become the format `object-id`, which is generated as `ObjectId`; the format
//!   `password` is generated as `Secret`, which shows itself in no `Debug`.
//! - An enum becomes an open enum: a value that is new would make the whole answer undecodable.
//! - `pattern`, `minLength`, `minimum` and the like are dropped: typify makes types of them that refuse
//!   answers, and `NonZero` integers. `default` is dropped: typify would send it with every request.
//!   `title` and `example` are dropped. Times and other formatted strings stay text.
//!
//! Nothing of this is lost on the wire.

use serde_json::{Map, Value, json};

use super::enums::open_enum;
use super::kinds::{
    admits_null, asserts, contradicts_itself, enum_values, is_structure, unions, variants,
};
use super::{Fold, object, text, words};
use crate::document::{Pointer, Problem, follow, resolve};

/// The spelling of Atlas's ids, with and without the group.
const OBJECT_ID_PATTERNS: &[&str] =
    &["^([a-f0-9]{24})$", "^[a-f0-9]{24}$", "^([0-9a-f]{24})$", "^[0-9a-f]{24}$"];

/// Keywords whose meaning no rule here would keep.
const REFUSED: &[&str] =
    &["not", "if", "const", "patternProperties", "prefixItems", "propertyNames", "$defs"];

/// How deep schemas may stand in each other where nothing becomes a component: lists of lists, say. The
/// fold recurses that deep.
pub(super) const DEEPEST: usize = 100;

/// Keywords that make more of a schema than the one that it is made of.
const SIBLINGS: &[&str] =
    &["additionalProperties", "allOf", "anyOf", "discriminator", "oneOf", "properties", "required"];

impl Fold<'_> {
    /// The folded schema of a place where one may stand inline. What becomes a component is named
    /// after the hint, unless it has a name of its own.
    pub(super) fn schema(
        &mut self,
        at: &Pointer,
        schema: &Value,
        hint: &str,
    ) -> Result<Value, Problem> {
        let members = object(at, schema)?;
        if self.depth >= DEEPEST {
            return Err(Problem::new(at, "this stands too deep in other schemas"));
        }
        self.depth += 1;
        let folded = self.shape(at, members, hint);
        self.depth -= 1;
        let mut folded = folded?;
        let mut metadata: Map<String, Value> = ["readOnly", "writeOnly"]
            .iter()
            .filter(|&&name| members.get(name) == Some(&Value::Bool(true)))
            .map(|&name| (name.to_owned(), Value::Bool(true)))
            .collect();
        if let Some(description) = words(members, "description") {
            metadata.insert("description".to_owned(), description.into());
        }
        if admits_null(self.document, schema) {
            metadata.insert("nullable".to_owned(), Value::Bool(true));
        }
        // Beside a `$ref` nothing else counts.
        if folded.get("$ref").is_some() && !metadata.is_empty() {
            folded = json!({ "allOf": [folded] });
        }
        if let Some(folded) = folded.as_object_mut() {
            folded.extend(metadata);
        }
        Ok(folded)
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
            return Err(Problem::new(
                &at.to(refused),
                format!("there is no rule that would keep the meaning of `{refused}`"),
            ));
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
            self.note(
                at,
                "one of several types of which not all are objects: generated as any JSON value",
            );
            return Ok(json!({}));
        }
        if contradicts_itself(members) {
            self.note(
                &at.to("enum"),
                "these are no values of the schema's type: generated as any JSON value",
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

    /// What a `$ref` becomes: a reference to a component, or its target's own shape. A named schema that
    /// becomes no component, such as a list, is written out where it is used.
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
                    "a list or a map of itself: what it contains is generated as any JSON value",
                );
                return Ok(json!({}));
            }
            return Err(Problem::new(
                &at,
                "this schema refers to itself, but not in a property, a list or a map: nothing is a \
                 value of it",
            ));
        }
        if self.targets.len() >= DEEPEST {
            return Err(Problem::new(&at, "this stands too deep in other schemas"));
        }
        let name = at.tokens().last().unwrap_or_default();
        let name = if name.is_empty() { hint.to_owned() } else { name };
        self.targets.push((at.clone(), self.containers));
        let folded = self.shape(&at, members, &name);
        self.targets.pop();
        folded
    }

    /// The schema of what a list or a map contains.
    fn within(&mut self, at: &Pointer, schema: &Value, hint: &str) -> Result<Value, Problem> {
        self.containers += 1;
        let folded = self.schema(at, schema, hint);
        self.containers -= 1;
        folded
    }

    /// The only thing that a schema says, where nothing stands beside it that makes more of it.
    pub(super) fn sole_member<'v>(
        &self,
        at: &Pointer,
        members: &'v Map<String, Value>,
    ) -> Option<(Pointer, &'v Value)> {
        let siblings = SIBLINGS.iter().filter(|&&name| members.contains_key(name)).count();
        self.only_member(at, members).filter(|_| siblings == 1)
    }

    /// The only thing that a schema says, where that is an `allOf`, `oneOf` or `anyOf` of one, but for what
    /// says nothing of its values.
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
            // What borrows from the document lives as long as the members do.
            let all = members.get(keyword)?.as_array()?;
            let [(index, _)] = variants(self.document, members, keyword)[..] else { return None };
            Some((at.to(keyword).to(index), all.get(index)?))
        })
    }

    /// An `allOf` of what is no object: the one kind of values that all of them are.
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
        // Some text, and text of a certain kind: what becomes a component here is an enum.
        let is_text = |shape: &Value| shape["type"] == "string" || shape.get("$ref").is_some();
        if shapes.len() > 1 && shapes.iter().all(is_text) {
            shapes.retain(|shape| *shape != json!({ "type": "string" }));
        }
        match shapes.len() {
            0 => Ok(json!({})),
            1 => Ok(shapes.remove(0)),
            _ => Err(Problem::new(
                &all_at,
                "an `allOf` of different kinds of values that are not all objects: nothing is a value \
                 of it, or it has no rule",
            )),
        }
    }

    /// An object without properties of its own: a map, or anything.
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

    /// The content of a component, from the place in the document that it was named for.
    pub(super) fn component(&mut self, at: &Pointer, name: &str) -> Result<Value, Problem> {
        let schema = self.document.pointer(at.as_str());
        let schema = schema.ok_or_else(|| Problem::new(at, "there is nothing here"))?;
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
            (component.as_object_mut(), words(members, "description"))
        {
            component.insert("description".to_owned(), description.into());
        }
        Ok(component)
    }
}

/// Whether an integer may be one that no `i64` holds.
fn exceeds_int64(members: &Map<String, Value>) -> bool {
    let maximum = members.get("maximum");
    let is_natural = members.get("minimum").is_some_and(|minimum| {
        minimum.as_u64().is_some() || minimum.as_f64().is_some_and(|minimum| minimum >= 0.0)
    });
    // As a double, i64::MAX is rounded up by one.
    is_natural && maximum.and_then(Value::as_f64).is_some_and(|maximum| maximum > 9.3e18)
}
