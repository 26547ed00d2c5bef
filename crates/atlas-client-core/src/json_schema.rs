//! The JSON Schemas of the types of this crate, for the feature `schemars`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::object_id::ObjectId;
use crate::secret::Secret;

impl JsonSchema for ObjectId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ObjectId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 24,
            "maxLength": 24,
            "pattern": "^([a-f0-9]{24})$",
        })
    }
}

impl JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "password" })
    }
}

/// Returns the JSON Schema of an open enum: a listed value or any other string.
pub fn open_enum(known_values: &[&str]) -> Schema {
    json_schema!({
        "anyOf": [{ "type": "string", "enum": known_values }, { "type": "string" }],
    })
}

/// Returns the JSON Schema of a tagged union: one of its types or any other object.
pub fn tagged_union(
    generator: &mut SchemaGenerator,
    variants: &[fn(&mut SchemaGenerator) -> Schema],
) -> Schema {
    let mut schemas: Vec<Schema> = variants.iter().map(|variant| variant(generator)).collect();
    schemas.push(json_schema!({ "type": "object" }));
    json_schema!({ "anyOf": schemas })
}
