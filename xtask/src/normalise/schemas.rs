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

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::names::{Scope, pascal};
use super::{Fold, OpenEnum, Variant, flag, object, string, text};
use crate::document::{Pointer, Problem, resolve};

/// The spelling of Atlas's ids, with and without the group.
const OBJECT_ID_PATTERNS: &[&str] =
    &["^([a-f0-9]{24})$", "^[a-f0-9]{24}$", "^([0-9a-f]{24})$", "^[0-9a-f]{24}$"];

/// Keywords whose meaning no rule here would keep.
const REFUSED: &[&str] =
    &["not", "if", "const", "patternProperties", "prefixItems", "propertyNames", "$defs"];

/// More references to references than any document has that does not go in circles.
pub(super) const LONGEST_CHAIN: usize = 32;

/// How deep schemas may stand in each other where nothing becomes a component: lists of lists, say. The
/// fold recurses that deep.
const DEEPEST: usize = 100;

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
        let metadata: Map<String, Value> = ["description", "nullable", "readOnly", "writeOnly"]
            .iter()
            .filter_map(|&name| Some((name.to_owned(), members.get(name)?.clone())))
            .filter(|(_, value)| *value != Value::Bool(false))
            .collect();
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
        if let Some(reference) = members.get("$ref") {
            return self.reference(at, text(&at.to("$ref"), reference)?);
        }
        if let Some(refused) = REFUSED.iter().find(|&&name| members.contains_key(name)) {
            return Err(Problem::new(
                &at.to(refused),
                format!("there is no rule that would keep the meaning of `{refused}`"),
            ));
        }
        if let Some((only_at, only)) = only_member(at, members) {
            return self.schema(&only_at, only, hint);
        }
        if is_component(self.document, members) {
            let reference = self.reference_to(at, hint);
            return Ok(if has_null(members) {
                json!({ "allOf": [reference], "nullable": true })
            } else {
                reference
            });
        }
        if members.contains_key("allOf") {
            return Err(Problem::new(
                &at.to("allOf"),
                "there is no rule for an `allOf` of anything but objects",
            ));
        }
        if is_union(members) {
            self.note(
                at,
                "one of several types of which not all are objects: generated as any JSON value",
            );
            return Ok(json!({}));
        }
        match members.get("type").map(|kind| text(&at.to("type"), kind)).transpose()? {
            Some("object") => self.map(at, members, hint),
            Some("array") => {
                let items_at = at.to("items");
                let any = json!({});
                let items = members.get("items").unwrap_or(&any);
                let items = self.schema(&items_at, items, &format!("{hint} item"))?;
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
                _ => json!({ "type": "integer", "format": "int64" }),
            }),
            Some(kind @ ("number" | "boolean")) => Ok(json!({ "type": kind })),
            Some(kind) => {
                Err(Problem::new(&at.to("type"), format!("`{kind}` is not a type of OpenAPI 3.0")))
            }
            None => Ok(json!({})),
        }
    }

    /// What a `$ref` becomes: a reference to a component, or its target's own shape.
    fn reference(&mut self, at: &Pointer, reference: &str) -> Result<Value, Problem> {
        let (mut target_at, mut target) = resolve(self.document, at, reference)?;
        let mut nullable = false;
        for _ in 0..LONGEST_CHAIN {
            let members = object(&target_at, target)?;
            nullable |= flag(members, "nullable");
            let Some(next) = members.get("$ref").and_then(Value::as_str) else {
                let mut folded = self.target(&target_at, members)?;
                if nullable {
                    if folded.get("$ref").is_some() {
                        folded = json!({ "allOf": [folded] });
                    }
                    folded["nullable"] = Value::Bool(true);
                }
                return Ok(folded);
            };
            (target_at, target) = resolve(self.document, &target_at, next)?;
        }
        Err(Problem::new(at, format!("`{reference}` goes in circles")))
    }

    /// The shape of what a reference points to. A named schema that becomes no component, such as a
    /// list, is written out where it is used.
    fn target(&mut self, at: &Pointer, members: &Map<String, Value>) -> Result<Value, Problem> {
        if self.targets.len() >= LONGEST_CHAIN || self.targets.contains(at) {
            return Err(Problem::new(
                at,
                "this refers to itself, but not as the property of an object",
            ));
        }
        let name = at.tokens().last().unwrap_or_default();
        self.targets.push(at.clone());
        let folded = self.shape(at, members, &name);
        self.targets.pop();
        folded
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
                let values = self.schema(&values_at, values, &format!("{hint} value"))?;
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
        let description = string(members, "description");
        let mut component = if let Some(values) = enum_values(self.document, members) {
            let open_enum = open_enum(name, description.clone(), members, &values);
            self.enums.push(open_enum);
            json!({ "type": "string", "enum": values })
        } else if is_union(members) {
            self.union(at, members, name)?
        } else {
            self.structure(at, members, name)?
        };
        if let (Some(component), Some(description)) = (component.as_object_mut(), description) {
            component.insert("description".to_owned(), description.into());
        }
        Ok(component)
    }
}

/// The only thing that a schema says, where that is an `allOf`, `oneOf` or `anyOf` of one.
fn only_member<'v>(at: &Pointer, members: &'v Map<String, Value>) -> Option<(Pointer, &'v Value)> {
    if members.contains_key("properties") || members.contains_key("discriminator") {
        return None;
    }
    ["allOf", "oneOf", "anyOf"].iter().find_map(|&keyword| {
        let [only] = members.get(keyword)?.as_array()?.as_slice() else {
            return None;
        };
        Some((at.to(keyword).to(0), only))
    })
}

/// Whether a schema becomes a component.
fn is_component(document: &Value, members: &Map<String, Value>) -> bool {
    enum_values(document, members).is_some()
        || is_structure(document, members, 0, &mut HashMap::new())
}

/// Whether a schema is one of several.
pub(super) fn is_union(members: &Map<String, Value>) -> bool {
    members.contains_key("oneOf")
        || members.contains_key("anyOf")
        || members.get("discriminator").is_some_and(|d| d.get("mapping").is_some())
}

/// Whether a schema is an object with known properties, or a union of such objects. What has been found
/// out is kept by the schema's address: schemas may share parts, and so many that asking each time
/// would never end.
fn is_structure(
    document: &Value,
    members: &Map<String, Value>,
    depth: usize,
    known: &mut HashMap<*const Map<String, Value>, bool>,
) -> bool {
    let address = std::ptr::from_ref(members);
    if let Some(&known) = known.get(&address) {
        return known;
    }
    // Until it is known: what is only made of itself is no structure.
    known.insert(address, false);
    let members_of = |keyword: &str| members.get(keyword).and_then(Value::as_array);
    let mut is_member_structure = |member| {
        follow(document, member, depth)
            .is_some_and(|member| is_structure(document, member, depth + 1, known))
    };
    let properties = members.get("properties").and_then(Value::as_object);
    let found = if properties.is_some_and(|properties| !properties.is_empty())
        || members.contains_key("discriminator")
    {
        true
    } else if let Some(variants) = members_of("oneOf").or_else(|| members_of("anyOf")) {
        variants.iter().all(&mut is_member_structure)
    } else {
        members_of("allOf").is_some_and(|parents| parents.iter().any(&mut is_member_structure))
    };
    known.insert(address, found);
    found
}

/// The members of a schema, or of what it refers to.
pub(super) fn follow<'v>(
    document: &'v Value,
    schema: &'v Value,
    depth: usize,
) -> Option<&'v Map<String, Value>> {
    let mut schema = schema;
    for _ in depth..LONGEST_CHAIN {
        match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let at = Pointer::of_reference(reference)?;
                schema = document.pointer(at.as_str())?;
            }
            None => return schema.as_object(),
        }
    }
    None
}

/// The values of a string enum, or of a union of such enums and strings.
fn enum_values(document: &Value, members: &Map<String, Value>) -> Option<Vec<String>> {
    if members.contains_key("enum") {
        return own_values(members).filter(|values| !values.is_empty());
    }
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    let mut waiting = variants(document, members)?;
    while let Some(variant) = waiting.pop() {
        if !seen.insert(std::ptr::from_ref(variant)) {
            continue;
        }
        if variant.contains_key("enum") {
            all.extend(own_values(variant)?);
        } else if let Some(variants) = variants(document, variant) {
            waiting.extend(variants);
        } else if variant.get("type") != Some(&json!("string")) {
            return None;
        }
    }
    all.sort();
    all.dedup();
    (!all.is_empty()).then_some(all)
}

/// The values that a schema lists itself, where all of them are strings.
fn own_values(members: &Map<String, Value>) -> Option<Vec<String>> {
    if members.get("type").is_some_and(|kind| kind != "string") {
        return None;
    }
    let values = members.get("enum")?.as_array()?.iter().filter(|value| !value.is_null());
    values.map(|value| Some(value.as_str()?.to_owned())).collect()
}

/// What a schema may be one of. None where it is no union, or one of which something is missing.
fn variants<'v>(
    document: &'v Value,
    members: &'v Map<String, Value>,
) -> Option<Vec<&'v Map<String, Value>>> {
    let variants = members.get("oneOf").or_else(|| members.get("anyOf"))?.as_array()?;
    variants.iter().map(|variant| follow(document, variant, 0)).collect()
}

/// Whether `null` is one of an enum's values.
fn has_null(members: &Map<String, Value>) -> bool {
    let values = members.get("enum").and_then(Value::as_array);
    values.is_some_and(|values| values.contains(&Value::Null))
}

fn open_enum(
    name: &str,
    description: Option<String>,
    members: &Map<String, Value>,
    values: &[String],
) -> OpenEnum {
    let descriptions = members.get("x-enum-descriptions").and_then(Value::as_object);
    // The macro's own variant.
    let mut variants = Scope::with(&["Unknown"]);
    let mut seen = std::collections::HashSet::new();
    let values = values.iter().filter(|&value| seen.insert(value));
    OpenEnum {
        name: name.to_owned(),
        description,
        variants: values
            .map(|value| Variant {
                name: variants.claim(&pascal(value)),
                value: value.clone(),
                description: descriptions.and_then(|descriptions| string(descriptions, value)),
            })
            .collect(),
    }
}
