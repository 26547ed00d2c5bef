//! [`Sampler`]: samples of a schema, for documents without examples.

use serde_json::{Map, Value, json};

use super::text;
use crate::api::openapi::{elements, resolve};

/// The deepest nesting of a sample, and the most schemas that one is made from: a schema can contain itself.
const MAX_DEPTH: usize = 32;
const MAX_SCHEMAS: usize = 10_000;
/// The most bytes of the examples in a sample.
const MAX_BYTES: usize = 1 << 20;
/// The most elements of an array.
const MAX_ITEMS: usize = 8;

/// Makes samples of schemas. The same schema always gives the same sample.
pub(super) struct Sampler<'a> {
    document: &'a Value,
    /// The references that are being followed.
    open: Vec<&'a str>,
    depth: usize,
    schemas: usize,
    bytes: usize,
}

impl<'a> Sampler<'a> {
    pub(super) fn new(document: &'a Value) -> Self {
        Self { document, open: Vec::new(), depth: 0, schemas: 0, bytes: 0 }
    }

    /// Returns a sample of what a response has.
    pub(super) fn sample(&mut self, schema: &'a Value) -> Value {
        self.value(schema).unwrap_or_default()
    }

    /// Returns a sample, or `None` where a schema contains itself or a limit is reached.
    fn value(&mut self, schema: &'a Value) -> Option<Value> {
        if self.depth >= MAX_DEPTH || self.schemas >= MAX_SCHEMAS || self.bytes >= MAX_BYTES {
            return None;
        }
        self.schemas += 1;
        self.depth += 1;
        let value = match schema["$ref"].as_str() {
            Some(reference) if self.open.contains(&reference) => None,
            Some(reference) => {
                self.open.push(reference);
                let target = resolve(self.document, schema);
                let value = if target.get("$ref") == schema.get("$ref") {
                    None
                } else {
                    self.value(target)
                };
                self.open.pop();
                value
            }
            None => Some(self.inline(schema)),
        };
        self.depth -= 1;
        value
    }

    fn inline(&mut self, schema: &'a Value) -> Value {
        let first = schema["enum"].as_array().and_then(|values| values.first());
        let known = ["example", "const", "default"].into_iter().find_map(|name| schema.get(name));
        // `null` says nothing about the rest of a value.
        if let Some(known) = known.filter(|known| !known.is_null()).or(first) {
            self.bytes = self.bytes.saturating_add(known.to_string().len());
            return known.clone();
        }
        let own = match kind(schema) {
            "object" => Some(Value::Object(self.object(schema))),
            "array" => Some(self.array(schema)),
            "string" => Some(text::string(schema).into()),
            "integer" | "number" => Some(text::number(schema)),
            "boolean" => Some(false.into()),
            _ => None,
        };
        let parts = elements(&schema["allOf"]).iter().filter_map(|part| self.value(part));
        let mut parts: Vec<_> = parts.collect();
        parts.extend(self.variant(schema));
        let whole = parts.into_iter().chain(own).reduce(merge);
        whole.unwrap_or_else(|| json!({}))
    }

    /// Returns a sample of the first variant of a union that has one.
    fn variant(&mut self, schema: &'a Value) -> Option<Value> {
        let variants = [&schema["oneOf"], &schema["anyOf"]];
        let variants = variants.into_iter().flat_map(elements);
        let (variant, mut value) = variants
            .map(|variant| Some((variant, self.value(variant)?)))
            .find_map(|found| found)?;
        let discriminator = &schema["discriminator"];
        if let (Some(property), Some(reference), Some(fields)) = (
            discriminator["propertyName"].as_str(),
            variant["$ref"].as_str(),
            value.as_object_mut(),
        ) {
            let mapping = discriminator["mapping"].as_object().into_iter().flatten();
            let name = reference.rsplit('/').next().unwrap_or(reference);
            let mapped = mapping.filter(|(_, to)| *to == reference || *to == name);
            let mut mapped = mapped.map(|(value, _)| value.as_str());
            let is_known = fields.get(property).and_then(Value::as_str).is_some_and(|known| {
                discriminator["mapping"].get(known).is_some_and(|to| to == reference || to == name)
            });
            if !is_known {
                fields.insert(property.to_owned(), mapped.next().unwrap_or(name).into());
            }
        }
        Some(value)
    }

    fn object(&mut self, schema: &'a Value) -> Map<String, Value> {
        let required = elements(&schema["required"]);
        let properties = schema["properties"].as_object().into_iter().flatten();
        let mut fields = Map::new();
        for (name, property) in properties {
            if resolve(self.document, property)["writeOnly"] == true {
                continue;
            }
            match self.value(property) {
                Some(value) => {
                    fields.insert(name.clone(), value);
                }
                None if required.iter().any(|required| required == name) => {
                    fields.insert(name.clone(), Value::Null);
                }
                None => {}
            }
        }
        let additional = &schema["additionalProperties"];
        if fields.is_empty() && additional.is_object() {
            fields.extend(self.value(additional).map(|value| ("example".to_owned(), value)));
        }
        fields
    }

    fn array(&mut self, schema: &'a Value) -> Value {
        let bound =
            |name: &str| schema[name].as_u64().and_then(|bound| usize::try_from(bound).ok());
        let least = bound("minItems").unwrap_or(0);
        let count = bound("maxItems").unwrap_or(MAX_ITEMS).min(least.max(1)).min(MAX_ITEMS);
        let items = (0..count).map_while(|_| self.value(&schema["items"]));
        items.collect::<Vec<_>>().into()
    }
}

/// Returns the type of a schema: the one that it names, or the one that its other fields are about.
fn kind(schema: &Value) -> &str {
    let named = match &schema["type"] {
        // Since version 3.1 there can be several.
        Value::Array(types) => types.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        named => named.as_str(),
    };
    let has = |name| schema.get(name).is_some();
    named.unwrap_or(match () {
        () if has("properties") || has("additionalProperties") => "object",
        () if has("items") => "array",
        () => "",
    })
}

/// Adds the fields of a part to those before it. Of other values the later one counts.
fn merge(whole: Value, part: Value) -> Value {
    match (whole, part) {
        (Value::Object(mut whole), Value::Object(part)) => {
            whole.extend(part);
            Value::Object(whole)
        }
        (_, part) => part,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(schema: &Value) -> Value {
        let document = json!({"components": {"schemas": {
            "Node": {"type": "object", "required": ["parent"], "properties": {
                "name": {"type": "string"}, "parent": {"$ref": "#/components/schemas/Node"},
                "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}}}},
            "Cat": {"type": "object", "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}},
            "Loop": {"$ref": "#/components/schemas/Loop"},
        }}});
        Sampler::new(&document).sample(schema)
    }

    #[test]
    fn a_sample_has_every_property_of_a_response() {
        let schema = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "string"}, "b": {"type": "integer", "minimum": 5}, "c": {"type": "boolean"},
            "d": {"type": "array", "minItems": 2, "items": {"type": "number"}},
            "e": {"enum": ["RED", "BLUE"]}, "f": {"type": "string", "example": "said"},
            "g": {"type": "string", "writeOnly": true}, "h": {"type": "string", "default": null},
            "i": {"type": "object", "additionalProperties": {"type": "integer"}},
            "j": {"type": ["null", "string"], "format": "date"}}});
        let expected = json!({"a": "example", "b": 5, "c": false, "d": [1, 1], "e": "RED",
            "f": "said", "h": "example", "i": {"example": 1}, "j": "2026-01-02"});
        assert_eq!(sample(&schema), expected);
    }

    #[test]
    fn parts_are_merged_and_a_union_is_its_first_variant() {
        let cat = "#/components/schemas/Cat";
        let schema = json!({"properties": {"id": {"type": "integer"}},
            "allOf": [{"type": "object", "properties": {"name": {"type": "string"}}}],
            "oneOf": [{"$ref": cat}, {"type": "string"}],
            "discriminator": {"propertyName": "kind", "mapping": {"CAT": cat}}});
        let expected = json!({"id": 1, "name": "example", "kind": "CAT", "lives": 1});
        assert_eq!(sample(&schema), expected);
    }

    #[test]
    fn a_schema_that_contains_itself_ends() {
        let node = json!({"$ref": "#/components/schemas/Node"});
        assert_eq!(sample(&node), json!({"name": "example", "parent": null, "children": []}));
        assert_eq!(sample(&json!({"$ref": "#/components/schemas/Loop"})), Value::Null);
    }

    #[test]
    fn a_document_that_grows_exponentially_is_sampled_within_bounds() {
        let mut schemas = Map::new();
        for level in 0..100 {
            let next = json!({"$ref": format!("#/components/schemas/S{}", level + 1)});
            let properties: Map<_, _> =
                (0..10).map(|name| (name.to_string(), next.clone())).collect();
            schemas.insert(format!("S{level}"), json!({"properties": properties}));
        }
        let document = json!({"components": {"schemas": schemas}});
        let schema = json!({"$ref": "#/components/schemas/S0"});
        let sample = Sampler::new(&document).sample(&schema);
        assert!(sample.to_string().len() < 1 << 20);
    }
}
