//! The second form of each body: in an envelope.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::error::OpenApiError;
use super::walk::{change_responses, members};

/// Allows each JSON body to be in an envelope.
pub(super) fn add(document: &mut Value) -> Result<(), OpenApiError> {
    let mut envelopes = BTreeMap::new();
    change_responses(document, |_, response| {
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
        Ok(())
    })?;
    members(document, "/components/schemas")?.extend(envelopes);
    Ok(())
}

/// Returns a name such as `EnvelopedApiError`, and for a list `EnvelopedListOfLink`.
fn name(schema: &Value) -> Result<String, OpenApiError> {
    let (prefix, named) = match schema.get("items") {
        Some(items) => ("EnvelopedListOf", items),
        None => ("Enveloped", schema),
    };
    let name = named["$ref"].as_str().and_then(|target| target.rsplit('/').next());
    let name = name.ok_or_else(|| OpenApiError::new("the schema of a body has no name"))?;
    Ok(format!("{prefix}{name}"))
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
        "description": "A body with its status.",
        "required": ["content", "status"],
        "properties": properties,
    })
}
