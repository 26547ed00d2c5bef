//! What the simulator answers and takes besides what was observed.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{members, operations};
use crate::fragment::FragmentError;

/// Adds it to the document.
pub(super) fn add(document: &mut Value) -> Result<(), FragmentError> {
    if let Some(Value::String(description)) = document.pointer_mut("/info/description") {
        description.push_str(
            " This document describes them as atlas-simulator serves them: as observed, where that \
             differs from the reference.",
        );
    }
    let schemas = members(document, "/components/schemas")?;
    schemas.insert(
        "EmptyObject".to_owned(),
        json!({
            "type": "object",
            "description": "Nothing.",
            "additionalProperties": false,
        }),
    );
    // An empty text counts as not given, as the official CLI sends it.
    if let Some(name) = schemas.get_mut("HostnameSchemaType") {
        if let Some(Value::Array(values)) = name.get_mut("enum") {
            values.push("".into());
        }
        if let Some(name) = name.as_object_mut() {
            name.remove("minLength");
        }
    }
    let responses = members(document, "/components/responses")?;
    responses.insert(
        "contentTooLarge".to_owned(),
        json!({"description": "The request's body is larger than the simulator reads."}),
    );
    for (name, what) in [
        ("badGateway", "A gateway cannot reach the service. Only where a fault asks for it."),
        ("serviceUnavailable", "The service is down. Only where a fault asks for it."),
    ] {
        let page = json!({"text/html": {"schema": {"type": "string"}}});
        responses.insert(name.to_owned(), json!({"description": what, "content": page}));
    }
    close_requests(document)?;
    for operation in operations(document)? {
        let cuts_over = operation["operationId"] == "cutoverGroupLiveMigration";
        let responses = members(operation, "/responses")?;
        for (status, name) in
            [("413", "contentTooLarge"), ("502", "badGateway"), ("503", "serviceUnavailable")]
        {
            let reference = json!({"$ref": format!("#/components/responses/{name}")});
            responses.insert(status.to_owned(), reference);
        }
        if cuts_over {
            let mut older = responses.get("202").cloned().unwrap_or_default();
            if let Some(accepted) = responses.get_mut("202") {
                contents(accepted, "EmptyObject", &json!({}));
            }
            older["description"] = "The cutover has begun, as version 1.0 says so.".into();
            let example = json!({
                "_id": "6296fb4c7c7aa997cf94e9a8",
                "groupId": "32b6e34b3d91647abb20e7b8",
                "sourceGroupId": "5f0a1b2c3d4e5f6071829304",
                "status": "PENDING",
            });
            contents(&mut older, "LiveImportValidation", &example);
            responses.insert("200".to_owned(), older);
        }
    }
    Ok(())
}

/// Says of every object that a request's body may hold that unknown fields are refused.
fn close_requests(document: &mut Value) -> Result<(), FragmentError> {
    const SCHEMAS: &str = "#/components/schemas/";
    let bodies =
        operations(document)?.filter_map(|operation| operation.get("requestBody").cloned());
    let mut waiting: Vec<Value> = bodies.collect();
    let schemas = members(document, "/components/schemas")?;
    let mut seen = BTreeSet::new();
    while let Some(value) = waiting.pop() {
        let name = value.get("$ref").and_then(Value::as_str);
        if let Some(name) = name.and_then(|target| target.strip_prefix(SCHEMAS))
            && seen.insert(name.to_owned())
            && let Some(schema) = schemas.get_mut(name)
        {
            if schema.get("properties").is_some() {
                schema["additionalProperties"] = false.into();
            }
            waiting.push(schema.clone());
        }
        match value {
            Value::Object(all) => waiting.extend(all.into_iter().map(|(_, member)| member)),
            Value::Array(elements) => waiting.extend(elements),
            _ => {}
        }
    }
    Ok(())
}

/// Says what the bodies of a response are.
fn contents(response: &mut Value, schema: &str, example: &Value) {
    let contents = response.get_mut("content").and_then(Value::as_object_mut);
    for content in contents.into_iter().flat_map(serde_json::Map::values_mut) {
        content["schema"] = json!({"$ref": format!("#/components/schemas/{schema}")});
        content["example"] = example.clone();
    }
}
