//! What kind a schema is: an object, an enum, a union, nullable.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::document::{self, Pointer};

/// Returns the members of a schema, with references followed, or `None` if it is not an object.
pub(super) fn follow<'v>(document: &'v Value, schema: &'v Value) -> Option<&'v Map<String, Value>> {
    document::follow(document, &Pointer::default(), schema).ok()?.1.as_object()
}

/// Keywords that say nothing about values.
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

/// Keywords that limit values. No rule keeps them.
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

/// Returns whether a schema says anything about its values besides limits.
pub(super) fn asserts(schema: &Value) -> bool {
    let members = schema.as_object().into_iter().flatten();
    let mut names = members.map(|(name, _)| name.as_str());
    names
        .any(|name| !METADATA.contains(&name) && !LIMITS.contains(&name) && !name.starts_with("x-"))
}

/// Returns the schemas under `oneOf` or `anyOf` with their index, without those that admit only `null`.
pub(super) fn variants<'v>(
    document: &'v Value,
    members: &'v Map<String, Value>,
    keyword: &str,
) -> Vec<(usize, &'v Value)> {
    let all = members.get(keyword).and_then(Value::as_array).into_iter().flatten();
    all.enumerate().filter(|(_, variant)| !is_null(document, variant)).collect()
}

/// Returns whether a schema admits only `null`.
fn is_null(document: &Value, schema: &Value) -> bool {
    let values = follow(document, schema).and_then(|members| members.get("enum")?.as_array());
    values.is_some_and(|values| !values.is_empty() && values.iter().all(Value::is_null))
}

/// Returns the keywords of the variants of a schema.
pub(super) fn unions(members: &Map<String, Value>) -> impl Iterator<Item = &'static str> + '_ {
    ["oneOf", "anyOf"].into_iter().filter(|&keyword| members.contains_key(keyword))
}

/// Returns whether a schema, its target or one of its variants admits `null`.
pub(super) fn admits_null(document: &Value, schema: &Value) -> bool {
    let mut seen = HashSet::new();
    let mut waiting = vec![schema];
    while let Some(schema) = waiting.pop() {
        if !seen.insert(std::ptr::from_ref(schema)) {
            continue;
        }
        let Some(members) = schema.as_object() else { continue };
        // OpenAPI ignores it beside a `$ref`, but authors mean it.
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
        // A schema with several parts is nullable only if it says so itself.
        if let [only] = parts[..] {
            waiting.push(only);
        }
        let says_so = |part: &&Value| !asserts(part) && part.get("nullable") == Some(&json!(true));
        waiting.extend(part("allOf").filter(says_so));
    }
    false
}

/// Returns the values of a string enum, or of a union of such enums and strings.
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

/// Returns the values that a schema lists itself, if all are strings.
pub(super) fn own_values(members: &Map<String, Value>) -> Option<Vec<String>> {
    if members.get("type").is_some_and(|kind| kind != "string") {
        return None;
    }
    let values = members.get("enum")?.as_array()?.iter().filter(|value| !value.is_null());
    values.map(|value| Some(value.as_str()?.to_owned())).collect()
}

/// Returns whether a schema lists values of another type than its own. Strictly it has no values. Mostly YAML took text
/// for numbers.
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

/// Returns the variants of a schema, or `None` if it has none, or one cannot be followed.
fn followed_variants<'v>(
    document: &'v Value,
    members: &'v Map<String, Value>,
) -> Option<Vec<&'v Map<String, Value>>> {
    let keyword = unions(members).next()?;
    let variants = variants(document, members, keyword).into_iter();
    variants.map(|(_, variant)| follow(document, variant)).collect()
}

/// Returns whether a schema is an object with known properties, or a union of such objects. Results are cached by the
/// address of the schema: schemas share so many parts that a search without a cache would not end.
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
    // Until it is known: a schema that consists only of itself is not an object.
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
