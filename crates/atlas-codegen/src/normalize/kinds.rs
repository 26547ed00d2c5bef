//! What a schema is, before anything is made of it: an object, a list of values, one of several, nullable.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::document::{self, Pointer};

/// The members of a schema, or of what it refers to in the end. None where that is no object.
pub(super) fn follow<'v>(document: &'v Value, schema: &'v Value) -> Option<&'v Map<String, Value>> {
    document::follow(document, &Pointer::default(), schema).ok()?.1.as_object()
}

/// Keywords that say nothing of the values.
const METADATA: &[&str] = &[
    "default",
    "deprecated",
    "description",
    "example",
    "externalDocs",
    "nullable",
    "readOnly",
    "title",
    "writeOnly",
    "xml",
];

/// Keywords that bound the values, and that no rule keeps.
const LIMITS: &[&str] = &[
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maximum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "minimum",
    "minItems",
    "minLength",
    "minProperties",
    "multipleOf",
    "pattern",
    "uniqueItems",
];

/// Whether a schema says anything of its values but how large they may be.
pub(super) fn asserts(schema: &Value) -> bool {
    let members = schema.as_object().into_iter().flatten();
    let mut names = members.map(|(name, _)| name.as_str());
    names
        .any(|name| !METADATA.contains(&name) && !LIMITS.contains(&name) && !name.starts_with("x-"))
}

/// The schemas under `oneOf` or `anyOf` with their index, but for those that are nothing but `null`.
pub(super) fn variants<'v>(
    document: &'v Value,
    members: &'v Map<String, Value>,
    keyword: &str,
) -> Vec<(usize, &'v Value)> {
    let all = members.get(keyword).and_then(Value::as_array).into_iter().flatten();
    all.enumerate().filter(|(_, variant)| !is_null(document, variant)).collect()
}

/// Whether a schema admits nothing but `null`.
fn is_null(document: &Value, schema: &Value) -> bool {
    let values = follow(document, schema).and_then(|members| members.get("enum")?.as_array());
    values.is_some_and(|values| !values.is_empty() && values.iter().all(Value::is_null))
}

/// The keywords under which a schema is one of several.
pub(super) fn unions(members: &Map<String, Value>) -> impl Iterator<Item = &'static str> + '_ {
    ["oneOf", "anyOf"].into_iter().filter(|&keyword| members.contains_key(keyword))
}

/// Whether a schema, what it refers to or one of those that it may be admits `null`.
pub(super) fn admits_null(document: &Value, schema: &Value) -> bool {
    let mut seen = HashSet::new();
    let mut waiting = vec![schema];
    while let Some(schema) = waiting.pop() {
        if !seen.insert(std::ptr::from_ref(schema)) {
            continue;
        }
        let Some(members) = schema.as_object() else { continue };
        // Beside a `$ref` it does not count by the letter, but is meant.
        if members.get("nullable") == Some(&Value::Bool(true)) {
            return true;
        }
        if members.contains_key("$ref") {
            let reference = members.get("$ref").and_then(Value::as_str).unwrap_or_default();
            let target = document::resolve(document, &Pointer::default(), reference);
            waiting.extend(target.ok().map(|(_, target)| target));
            continue;
        }
        let lists_null = members.get("enum").and_then(Value::as_array);
        if lists_null.is_some_and(|values| values.contains(&Value::Null)) {
            return true;
        }
        let part = |keyword| members.get(keyword).and_then(Value::as_array).into_iter().flatten();
        waiting.extend(unions(members).flat_map(part));
        let parts: Vec<&Value> = part("allOf").filter(|part| asserts(part)).collect();
        // What is more than one thing is null only where it says so itself.
        if let [only] = parts[..] {
            waiting.push(only);
        }
        let says_so = |part: &&Value| !asserts(part) && part.get("nullable") == Some(&json!(true));
        waiting.extend(part("allOf").filter(says_so));
    }
    false
}

/// The values of a string enum, or of a union of such enums and strings.
pub(super) fn enum_values(document: &Value, members: &Map<String, Value>) -> Option<Vec<String>> {
    if members.contains_key("enum") {
        return own_values(members).filter(|values| !values.is_empty());
    }
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    let mut waiting = followed_variants(document, members)?;
    while let Some(variant) = waiting.pop() {
        if !seen.insert(std::ptr::from_ref(variant)) {
            continue;
        }
        if variant.contains_key("enum") {
            all.extend(own_values(variant)?);
        } else if let Some(variants) = followed_variants(document, variant) {
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
pub(super) fn own_values(members: &Map<String, Value>) -> Option<Vec<String>> {
    if members.get("type").is_some_and(|kind| kind != "string") {
        return None;
    }
    let values = members.get("enum")?.as_array()?.iter().filter(|value| !value.is_null());
    values.map(|value| Some(value.as_str()?.to_owned())).collect()
}

/// Whether a schema lists values of another type than its own. By the letter it has no value at all; meant is
/// mostly text that YAML takes for numbers.
pub(super) fn contradicts_itself(members: &Map<String, Value>) -> bool {
    let is_one = |value: &Value| match members.get("type").and_then(Value::as_str) {
        Some("string") => value.is_string(),
        Some("integer" | "number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    };
    let values = members.get("enum").and_then(Value::as_array).into_iter().flatten();
    values.into_iter().any(|value| !value.is_null() && !is_one(value))
}

/// What a schema may be one of. None where it is no union, or one of which something is missing.
fn followed_variants<'v>(
    document: &'v Value,
    members: &'v Map<String, Value>,
) -> Option<Vec<&'v Map<String, Value>>> {
    let keyword = unions(members).next()?;
    let variants = variants(document, members, keyword).into_iter();
    variants.map(|(_, variant)| follow(document, variant)).collect()
}

/// Whether a schema is an object with known properties, or a union of such objects. What has been found
/// out is kept by the schema's address: schemas may share parts, and so many that asking each time
/// would never end.
pub(super) fn is_structure(document: &Value, members: &Map<String, Value>) -> bool {
    is_structure_within(document, members, &mut HashMap::new())
}

fn is_structure_within(
    document: &Value,
    members: &Map<String, Value>,
    known: &mut HashMap<*const Map<String, Value>, bool>,
) -> bool {
    let address = std::ptr::from_ref(members);
    if let Some(&known) = known.get(&address) {
        return known;
    }
    // Until it is known: what is only made of itself is no structure.
    known.insert(address, false);
    let mut is_member_structure = |member| {
        follow(document, member).is_some_and(|member| is_structure_within(document, member, known))
    };
    let properties = members.get("properties").and_then(Value::as_object);
    let union = unions(members).next();
    let found = if properties.is_some_and(|properties| !properties.is_empty())
        || members.contains_key("discriminator")
        || members
            .get("allOf")
            .and_then(Value::as_array)
            .is_some_and(|parents| parents.iter().any(&mut is_member_structure))
    {
        true
    } else if let Some(keyword) = union {
        let variants = variants(document, members, keyword);
        !variants.is_empty() && variants.iter().all(|(_, variant)| is_member_structure(variant))
    } else {
        false
    };
    known.insert(address, found);
    found
}

/// Whether a schema has its heirs for variants: it has a discriminator, but lists none.
pub fn stands_for_heirs(schema: &Value) -> bool {
    let discriminator = schema.get("discriminator");
    discriminator.is_some_and(|discriminator| discriminator.get("mapping").is_none())
        && schema.as_object().is_some_and(|members| unions(members).next().is_none())
}

/// The components that inherit from each component, directly or through others.
pub struct Heirs(HashMap<Pointer, Vec<Pointer>>);

impl Heirs {
    pub fn of(document: &Value) -> Self {
        let at = Pointer::default().to("components").to("schemas");
        let schemas = document.pointer(at.as_str()).and_then(Value::as_object);
        let mut direct: HashMap<Pointer, Vec<Pointer>> = HashMap::new();
        for (name, schema) in schemas.into_iter().flatten() {
            let parents = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
            for parent in parents.filter(|parent| parent.get("$ref").is_some()) {
                if let Ok((parent, _)) = document::follow(document, &Pointer::default(), parent) {
                    direct.entry(parent).or_default().push(at.to(name));
                }
            }
        }
        Self(direct)
    }

    /// All heirs of a schema, in the order of the document as far as they are direct ones.
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
