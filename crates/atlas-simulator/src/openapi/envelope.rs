//! The second form of each body: within an envelope.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{members, responses};
use crate::fragment::FragmentError;

/// Lets each body in JSON be enveloped or not.
pub(super) fn add(document: &mut Value) -> Result<(), FragmentError> {
    let mut envelopes = BTreeMap::new();
    for (_, response) in responses(document)? {
        let contents = response.get_mut("content").and_then(Value::as_object_mut);
        for (media_type, content) in contents.into_iter().flatten() {
            let Some(schema) = content.get_mut("schema") else { continue };
            if media_type.ends_with("json") {
                let name = name(schema)?;
                let reference = json!({"$ref": format!("#/components/schemas/{name}")});
                envelopes.insert(name, envelope(schema));
                *schema = json!({"anyOf": [schema.take(), reference]});
            }
        }
    }
    members(document, "/components/schemas")?.extend(envelopes);
    Ok(())
}

/// Such as `EnvelopedApiError`, and for a list `EnvelopedListOfLink`.
fn name(schema: &Value) -> Result<String, FragmentError> {
    let (before, named) = match schema.get("items") {
        Some(items) => ("EnvelopedListOf", items),
        None => ("Enveloped", schema),
    };
    let name = named["$ref"].as_str().and_then(|target| target.rsplit('/').next());
    let name = name.ok_or_else(|| FragmentError::new("the schema of a body has no name"))?;
    Ok(format!("{before}{name}"))
}

fn envelope(content: &Value) -> Value {
    let mut properties = Map::new();
    properties.insert("content".to_owned(), content.clone());
    let status = json!({
        "type": "integer",
        "format": "int32",
        "minimum": 100,
        "maximum": 599,
        "description": "The HTTP status code.",
    });
    properties.insert("status".to_owned(), status);
    json!({
        "type": "object",
        "description": "A body and the status that it came with.",
        "required": ["content", "status"],
        "properties": properties,
    })
}
