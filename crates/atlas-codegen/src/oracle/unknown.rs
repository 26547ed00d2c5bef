//! The properties of a value that the document does not define.

use serde_json::{Map, Value};

use super::reader::{Choice, Reader};

/// Returns the places of properties that no variant of the schema has.
pub fn unknown<'a>(reader: Reader<'a>, schema: &'a Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(reader, &[schema], value, "", &mut found);
    found
}

fn walk<'a>(
    reader: Reader<'a>,
    schemas: &[&'a Value],
    value: &Value,
    at: &str,
    found: &mut Vec<String>,
) {
    // Most values are plain, and a plain value has no properties.
    if !value.is_object() && !value.is_array() {
        return;
    }
    let readings = readings(reader, schemas, value);
    match value {
        Value::Object(object) => {
            let is_open = readings.iter().any(|reading| is_open(reading));
            for (name, value) in object {
                let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                let of_name = readings.iter().filter_map(|reading| {
                    let own = reading.get("properties").and_then(|own| own.get(name));
                    own.or_else(|| reading.get("additionalProperties").filter(|a| a.is_object()))
                });
                let of_name: Vec<&Value> = of_name.collect();
                if !of_name.is_empty() {
                    walk(reader, &of_name, value, &at, found);
                } else if !is_open {
                    found.push(at);
                }
            }
        }
        Value::Array(elements) => {
            let items: Vec<&Value> =
                readings.iter().filter_map(|reading| reading.get("items")).collect();
            for (index, element) in elements.iter().enumerate() {
                walk(reader, &items, element, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Returns the schemas, their ancestors and their variants: only the one that the tag of the value names, if it names
/// one.
fn readings<'a>(
    reader: Reader<'a>,
    schemas: &[&'a Value],
    value: &Value,
) -> Vec<&'a Map<String, Value>> {
    let is_announced = |choice: &Choice<'a>| {
        let announced = choice.tag.as_ref().zip(value.as_object());
        announced.is_some_and(|((property, tags), value)| {
            let tag = value.get(property).and_then(Value::as_str);
            tag.is_some_and(|tag| tags.iter().any(|known| known == tag))
        })
    };
    let mut readings: Vec<&'a Map<String, Value>> = Vec::new();
    let mut waiting: Vec<&'a Value> = schemas.to_vec();
    while let Some(schema) = waiting.pop() {
        let Some(members) = reader.target(schema).as_object() else { continue };
        if readings.iter().any(|known| std::ptr::eq(*known, members)) {
            continue;
        }
        readings.push(members);
        waiting.extend(members.get("allOf").and_then(Value::as_array).into_iter().flatten());
        let mut choices = reader.choices(members);
        if choices.iter().any(is_announced) {
            choices.retain(is_announced);
        }
        waiting.extend(choices.iter().map(|choice| choice.schema));
    }
    readings
}

/// Returns whether a schema does not define properties, and so admits all.
fn is_open(members: &Map<String, Value>) -> bool {
    let says = ["properties", "allOf", "oneOf", "anyOf", "discriminator", "enum"];
    let is_free = members.get("additionalProperties");
    let is_free =
        is_free.is_some_and(|a| *a == Value::Bool(true) || *a == Value::Object(Map::new()));
    let kind = members.get("type").and_then(Value::as_str);
    is_free
        || (kind.is_none_or(|kind| kind == "object")
            && !says.iter().any(|&k| members.contains_key(k)))
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
        assert_eq!(unknown(Reader::new(&document), &schema, &value), ["/toys/1/a~1b", "/other"],);
    }
}
