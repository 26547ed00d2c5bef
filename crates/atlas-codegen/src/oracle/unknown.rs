//! The properties of a value that the document does not define.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::reader::{Choice, Reader};

/// Returns the places of properties that no variant of the schema has.
pub fn unknown<'a>(reader: &Reader<'a>, schema: &'a Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(reader, &Place { all: vec![schema], any: Vec::new() }, value, "", &mut found);
    found
}

/// Returns whether a value can meet a schema without any property that the schema names.
pub(super) fn is_free<'a>(reader: &Reader<'a>, schema: &'a Value) -> bool {
    let place = Place { all: vec![schema], any: Vec::new() };
    is_met_freely(reader, &place, &readings(reader, &place, &Value::Null))
}

/// The schemas at a place of a value.
struct Place<'a> {
    /// The value meets all of these.
    all: Vec<&'a Value>,
    /// These are parts of variants: the value may meet them.
    any: Vec<&'a Value>,
}

/// A schema that a value meets or may meet, and what it consists of.
struct Reading<'a> {
    members: &'a Map<String, Value>,
    /// Whether it is a variant or a part of one.
    is_optional: bool,
    parents: Vec<&'a Map<String, Value>>,
    variants: Vec<&'a Map<String, Value>>,
}

fn walk<'a>(
    reader: &Reader<'a>,
    place: &Place<'a>,
    value: &Value,
    at: &str,
    found: &mut Vec<String>,
) {
    // Most values are plain, and a plain value has no properties.
    if !value.is_object() && !value.is_array() {
        return;
    }
    let readings = readings(reader, place, value);
    match value {
        Value::Object(object) => {
            let mut is_open = None;
            for (name, value) in object {
                let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                let of_name = Place::of(&readings, |members| {
                    let own = members.get("properties").and_then(|own| own.get(name));
                    own.or_else(|| members.get("additionalProperties").filter(|a| a.is_object()))
                });
                if !of_name.all.is_empty() || !of_name.any.is_empty() {
                    walk(reader, &of_name, value, &at, found);
                } else if !*is_open.get_or_insert_with(|| self::is_open(reader, place, &readings)) {
                    found.push(at);
                }
            }
        }
        Value::Array(elements) => {
            let items = Place::of(&readings, |members| members.get("items"));
            for (index, element) in elements.iter().enumerate() {
                walk(reader, &items, element, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

impl<'a> Place<'a> {
    /// Returns a place within another one, by the schema that each reading has for it.
    fn of(
        readings: &[Reading<'a>],
        schema: impl Fn(&'a Map<String, Value>) -> Option<&'a Value>,
    ) -> Self {
        let schemas = |is_optional| {
            let readings = readings.iter().filter(move |known| known.is_optional == is_optional);
            readings.filter_map(|reading| schema(reading.members)).collect()
        };
        Self { all: schemas(false), any: schemas(true) }
    }
}

/// Returns the schemas, their ancestors and their variants: only the one that the tag of the value names, if it names
/// one.
fn readings<'a>(reader: &Reader<'a>, place: &Place<'a>, value: &Value) -> Vec<Reading<'a>> {
    let is_announced = |choice: &Choice<'a>| {
        let announced = choice.tag.as_ref().zip(value.as_object());
        announced.is_some_and(|((property, tags), value)| {
            let tag = value.get(property).and_then(Value::as_str);
            tag.is_some_and(|tag| tags.iter().any(|known| known == tag))
        })
    };
    let members_of = |schema| reader.target(schema).as_object();
    let mut readings: Vec<Reading<'a>> = Vec::new();
    // What is certain is taken first: a schema may also be a variant of what it inherits from.
    let mut waiting: Vec<_> = place.all.iter().copied().filter_map(members_of).collect();
    let mut variants: Vec<_> = place.any.iter().copied().filter_map(members_of).collect();
    let mut is_optional = false;
    loop {
        let Some(members) = waiting.pop() else {
            if variants.is_empty() {
                break;
            }
            is_optional = true;
            waiting.append(&mut variants);
            continue;
        };
        if readings.iter().any(|known| std::ptr::eq(known.members, members)) {
            continue;
        }
        let parents = members.get("allOf").and_then(Value::as_array).into_iter().flatten();
        let choices = reader.choices(members);
        let has_announced = choices.iter().any(is_announced);
        let choices = choices.iter().filter(|choice| !has_announced || is_announced(choice));
        let reading = Reading {
            members,
            is_optional,
            parents: parents.filter_map(members_of).collect(),
            variants: choices.filter_map(|choice| members_of(choice.schema)).collect(),
        };
        waiting.extend(&reading.parents);
        // A value certainly meets the only variant.
        let is_certain = reading.variants.len() == 1;
        if is_certain { &mut waiting } else { &mut variants }.extend(&reading.variants);
        readings.push(reading);
    }
    readings
}

/// Returns whether the schemas admit properties that they do not name: one states that, or a value can meet them
/// without any named property.
fn is_open<'a>(reader: &Reader<'a>, place: &Place<'a>, readings: &[Reading<'a>]) -> bool {
    let states_it = |reading: &Reading<'a>| {
        let additional = reading.members.get("additionalProperties");
        additional.is_some_and(|a| *a == Value::Bool(true) || *a == Value::Object(Map::new()))
    };
    readings.iter().any(states_it) || is_met_freely(reader, place, readings)
}

/// Returns whether a value can meet the schemas at a place without any named property.
fn is_met_freely<'a>(reader: &Reader<'a>, place: &Place<'a>, readings: &[Reading<'a>]) -> bool {
    let free = free(readings);
    let is_free = |schema: &&'a Value| {
        let members = reader.target(schema).as_object();
        members.is_some_and(|members| free.contains(&std::ptr::from_ref(members)))
    };
    if place.all.is_empty() { place.any.iter().any(is_free) } else { place.all.iter().all(is_free) }
}

/// Returns the schemas that name no property, nor does anything that they inherit, nor one of their variants. Others
/// only limit what is defined around them, for example by `required`.
fn free<'a>(readings: &[Reading<'a>]) -> HashSet<*const Map<String, Value>> {
    let mut free = HashSet::new();
    loop {
        let known = free.len();
        // Ancestors and variants come after their heirs and unions.
        for reading in readings.iter().rev().filter(|reading| !names_properties(reading)) {
            let is_free = |members: &&'a Map<String, Value>| {
                free.contains(&std::ptr::from_ref::<Map<String, Value>>(members))
            };
            if reading.parents.iter().all(is_free)
                && (reading.variants.is_empty() || reading.variants.iter().any(is_free))
            {
                free.insert(std::ptr::from_ref(reading.members));
            }
        }
        if free.len() == known {
            return free;
        }
    }
}

/// Returns whether a schema itself names properties or states which others there may be, or its values have none.
fn names_properties(reading: &Reading<'_>) -> bool {
    let members = reading.members;
    let properties = members.get("properties").and_then(Value::as_object);
    let kind = members.get("type").and_then(Value::as_str);
    properties.is_some_and(|properties| !properties.is_empty())
        || members.get("additionalProperties").is_some_and(|a| *a != Value::Bool(false))
        || (members.contains_key("discriminator") && reading.variants.is_empty())
        || members.contains_key("enum")
        || kind.is_some_and(|kind| kind != "object")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn properties_that_no_schema_has_are_unknown() {
        let document = json!({ "components": { "schemas": {
            "Pet": {
                "type": "object", "properties": { "kind": { "type": "string" } },
                "discriminator": { "propertyName": "kind", "mapping": { "cat": "Cat", "any": "Any" } },
            },
            "Any": { "type": "object" },
            "Cat": { "allOf": [{ "$ref": "#/components/schemas/Pet" }, {
                "type": "object", "properties": {
                    "lives": { "type": "integer" },
                    "toys": { "type": "array", "items": {
                        "type": "object", "properties": { "name": { "type": "string" } },
                    } },
                    "map": { "type": "object", "additionalProperties": { "type": "string" } },
                    "free": { "type": "object" },
                },
            }] },
        } } });
        let schema = json!({ "oneOf": [{ "$ref": "#/components/schemas/Pet" }] });
        let value = json!({
            "kind": "cat", "lives": 9, "toys": [{ "name": "x" }, { "name": "y", "a/b": 1 }],
            "map": { "any": "x" }, "free": { "any": { "thing": 1 } }, "other": { "name": 1 },
        });
        assert_eq!(unknown(&Reader::new(&document), &schema, &value), ["/toys/1/a~1b", "/other"],);
    }

    /// Returns the unknown properties of a value that has a named property `a` and two others.
    fn others(schema: &Value) -> Vec<String> {
        let document = json!({ "components": { "schemas": {
            "Named": { "type": "object", "properties": { "a": {}, "b": {} } },
            "Limit": { "required": ["a"] },
            "Same": { "$ref": "#/components/schemas/Limit" },
            "Free": { "type": "object" },
        } } });
        unknown(&Reader::new(&document), schema, &json!({ "a": 1, "x": 2, "y": 3 }))
    }

    fn reference(name: &str) -> Value {
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    #[test]
    fn a_schema_that_only_limits_others_does_not_admit_unnamed_properties() {
        for limit in [
            json!({ "required": ["a"] }),
            json!({ "type": "object", "required": ["a"] }),
            json!({ "not": { "required": ["a", "b"] } }),
            json!({ "minProperties": 1 }),
            json!({}),
            reference("Limit"),
            reference("Same"),
            json!({ "allOf": [reference("Same"), { "required": ["b"] }] }),
            json!({ "anyOf": [{ "required": ["a"] }, { "required": ["b"] }] }),
            json!({ "oneOf": [{ "allOf": [{ "anyOf": [reference("Limit"), {}] }] }, { "required": ["b"] }] }),
        ] {
            for keyword in ["anyOf", "oneOf", "allOf"] {
                let own = json!({
                    "type": "object", "properties": { "a": {}, "b": {} },
                    keyword: [limit, { "required": ["b"] }],
                });
                assert_eq!(others(&own), ["/x", "/y"], "{own}");
                let inherited = json!({ "allOf": [reference("Named"), { keyword: [limit, {}] }] });
                assert_eq!(others(&inherited), ["/x", "/y"], "{inherited}");
            }
            let beside = json!({ "allOf": [limit, reference("Named")] });
            assert_eq!(others(&beside), ["/x", "/y"], "{beside}");
        }
    }

    #[test]
    fn a_value_without_any_named_property_may_have_all() {
        for open in [
            json!({ "oneOf": [reference("Named"), reference("Free")] }),
            json!({ "oneOf": [reference("Named"), { "anyOf": [reference("Limit"), reference("Named")] }] }),
            json!({ "anyOf": [{ "required": ["a"] }, { "required": ["b"] }] }),
            json!({ "allOf": [reference("Free"), { "minProperties": 1 }] }),
            json!({ "allOf": [{ "oneOf": [reference("Named"), {}] }, { "required": ["a"] }] }),
            json!({ "allOf": [reference("Named"), { "additionalProperties": true }] }),
            json!({ "anyOf": [reference("Named"), { "additionalProperties": {} }] }),
        ] {
            assert!(others(&open).is_empty(), "{open}");
        }
        for closed in [
            json!({ "oneOf": [reference("Named"), { "type": "string" }] }),
            json!({ "allOf": [{ "oneOf": [reference("Named"), {}] }, reference("Named")] }),
        ] {
            assert_eq!(others(&closed), ["/x", "/y"], "{closed}");
        }
    }

    #[test]
    fn a_limit_of_a_property_does_not_admit_what_its_schema_does_not_name() {
        let named =
            json!({ "properties": { "p": { "type": "object", "properties": { "a": {} } } } });
        let limit = json!({ "properties": { "p": { "required": ["a"] } } });
        let value = json!({ "p": { "a": 1, "x": 2 } });
        let unknown = |schema: &Value| unknown(&Reader::new(&json!({})), schema, &value);
        assert_eq!(unknown(&json!({ "allOf": [named, limit] })), ["/p/x"]);
        assert_eq!(unknown(&json!({ "allOf": [limit, named] })), ["/p/x"]);
        assert_eq!(unknown(&json!({ "allOf": [named], "oneOf": [limit, {}] })), ["/p/x"]);
        let free = json!({ "properties": { "p": { "type": "object" } } });
        assert!(unknown(&json!({ "oneOf": [named, free] })).is_empty());
    }
}
