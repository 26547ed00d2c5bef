//! The OpenAPI document of the simulator: the fragment as observed, with the simulator's additions.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::envelopes;
use super::error::OpenApiError;
use super::fragment::{built_in, merge, resolve};
use super::walk::{change_responses, members, operations};

/// Returns the OpenAPI 3.0 document that describes the simulator's responses.
///
/// It is the OpenAPI fragment that the simulator is made from, in which observations replace the
/// documentation: more statuses, `null` where the reference has none, `parameters` of any type. It
/// also has what the simulator adds: the headers of responses, the envelope as a second form of each
/// body, the response to a body that is too large, both responses to a cutover, the OAuth endpoints,
/// and the pages of faults. It cannot describe what faults do to connections and to the bytes of
/// bodies.
///
/// ```
/// let document = atlas_simulator::openapi()?;
/// let cutover =
///     &document["paths"]["/api/atlas/v2/groups/{groupId}/liveMigrations/{liveMigrationId}/cutover"];
/// assert!(cutover["put"]["responses"].get("409").is_some());
/// # Ok::<(), atlas_simulator::OpenApiError>(())
/// ```
///
/// # Errors
///
/// The built-in fragment has something that is not supported.
pub fn openapi() -> Result<Value, OpenApiError> {
    let mut document = observed(built_in()?)?;
    describe(&mut document)?;
    add_responses(&mut document)?;
    close_requests(&mut document)?;
    add_headers(&mut document)?;
    envelopes::add(&mut document)?;
    Ok(document)
}

/// Returns the document of a simulator that listens at that address.
pub(crate) fn served_at(base_url: &str) -> Result<Value, OpenApiError> {
    let mut document = openapi()?;
    document["servers"] = json!([{"url": base_url}]);
    Ok(document)
}

/// Replaces the documentation by the observations.
fn observed(mut fragment: Value) -> Result<Value, OpenApiError> {
    let documented = fragment.clone();
    let named = documented.pointer("/components/x-observed/responses").and_then(Value::as_object);
    let responses = members(&mut fragment, "/components/responses")?;
    for (name, response) in named.into_iter().flatten() {
        responses.insert(name.clone(), response.clone());
    }
    for operation in operations(&mut fragment)? {
        let observed = operation.pointer("/x-observed/responses").cloned();
        let Some(Value::Object(observed)) = observed else { continue };
        let responses = members(operation, "/responses")?;
        for (status, response) in observed {
            // Responses within paths have no name to refer to.
            let in_path = response["$ref"].as_str().is_some_and(|to| to.starts_with("#/paths/"));
            let response = if in_path { resolve(&documented, &response) } else { &response };
            responses.insert(status, response.clone());
        }
    }
    Ok(without_observations(&fragment))
}

/// Returns a copy without observations, which are merged into the schemas.
fn without_observations(value: &Value) -> Value {
    match value {
        Value::Object(all) => {
            let kept = all.iter().filter(|(name, _)| *name != "x-observed");
            let copy: Map<_, _> =
                kept.map(|(name, member)| (name.clone(), without_observations(member))).collect();
            let mut copy = Value::Object(copy);
            if let Some(patch) = value.pointer("/x-observed/schema") {
                merge(&mut copy, patch);
            }
            copy
        }
        Value::Array(elements) => elements.iter().map(without_observations).collect(),
        Value::String(text) => text.replace("#/components/x-observed/", "#/components/").into(),
        scalar => scalar.clone(),
    }
}

/// Describes the document itself and the tag of the OAuth endpoints.
fn describe(document: &mut Value) -> Result<(), OpenApiError> {
    if let Some(Value::String(description)) = document.pointer_mut("/info/description") {
        description.push_str(
            " This document describes them as atlas-simulator serves them: as observed, where that \
             differs from the reference.",
        );
    }
    if let Some(Value::Array(tags)) = document.get_mut("tags") {
        let description = "Bearer tokens for service accounts.";
        tags.push(json!({"name": "Service Accounts", "description": description}));
    }
    // An empty text counts as missing, as the official CLI sends it.
    let schemas = members(document, "/components/schemas")?;
    if let Some(schema) = schemas.get_mut("HostnameSchemaType").and_then(Value::as_object_mut) {
        schema.remove("minLength");
        if let Some(Value::Array(values)) = schema.get_mut("enum") {
            values.push("".into());
        }
    }
    Ok(())
}

/// Adds the responses that every operation can have, and both responses to a cutover.
fn add_responses(document: &mut Value) -> Result<(), OpenApiError> {
    for operation in operations(document)? {
        let is_cutover = operation["operationId"] == "cutoverGroupLiveMigration";
        let responses = members(operation, "/responses")?;
        for (status, name) in
            [("413", "contentTooLarge"), ("502", "badGateway"), ("503", "serviceUnavailable")]
        {
            let reference = json!({"$ref": format!("#/components/responses/{name}")});
            responses.insert(status.to_owned(), reference);
        }
        if is_cutover {
            let mut older = responses.get("202").cloned().unwrap_or_default();
            if let Some(accepted) = responses.get_mut("202") {
                set_content(accepted, "EmptyObject", &json!({}));
            }
            older["description"] = "The cutover has started, as in version 1.0.".into();
            let example = json!({
                "_id": "6296fb4c7c7aa997cf94e9a8",
                "groupId": "32b6e34b3d91647abb20e7b8",
                "sourceGroupId": "5f0a1b2c3d4e5f6071829304",
                "status": "PENDING",
            });
            set_content(&mut older, "LiveImportValidation", &example);
            responses.insert("200".to_owned(), older);
        }
    }
    Ok(())
}

/// Sets the schema and the example of a response's bodies.
fn set_content(response: &mut Value, schema: &str, example: &Value) {
    let contents = response.get_mut("content").and_then(Value::as_object_mut);
    for content in contents.into_iter().flat_map(Map::values_mut) {
        content["schema"] = json!({"$ref": format!("#/components/schemas/{schema}")});
        content["example"] = example.clone();
    }
}

/// Forbids unknown fields in every object of a request's body.
fn close_requests(document: &mut Value) -> Result<(), OpenApiError> {
    const SCHEMAS: &str = "#/components/schemas/";
    let bodies =
        operations(document)?.filter_map(|operation| operation.get("requestBody").cloned());
    let mut pending: Vec<Value> = bodies.collect();
    let schemas = members(document, "/components/schemas")?;
    let mut seen = BTreeSet::new();
    while let Some(value) = pending.pop() {
        let name = value.get("$ref").and_then(Value::as_str);
        if let Some(name) = name.and_then(|target| target.strip_prefix(SCHEMAS))
            && seen.insert(name.to_owned())
            && let Some(schema) = schemas.get_mut(name)
        {
            if schema.get("properties").is_some() {
                schema["additionalProperties"] = false.into();
            }
            pending.push(schema.clone());
        }
        match value {
            Value::Object(all) => pending.extend(all.into_iter().map(|(_, member)| member)),
            Value::Array(elements) => pending.extend(elements),
            _ => {}
        }
    }
    Ok(())
}

/// The headers that every response of the service can have.
const COMMON_HEADERS: [&str; 15] = [
    "Authentication-Info",
    "Content-Encoding",
    "Deprecation",
    "Referrer-Policy",
    "Server",
    "Strict-Transport-Security",
    "Sunset",
    "Vary",
    "X-Content-Type-Options",
    "X-Envoy-Upstream-Service-Time",
    "X-Frame-Options",
    "X-Java-Method",
    "X-Java-Version",
    "X-MongoDB-Service-Version",
    "X-Permitted-Cross-Domain-Policies",
];

/// Adds the headers to every response.
fn add_headers(document: &mut Value) -> Result<(), OpenApiError> {
    change_responses(document, |name, response| {
        let (common, more): (&[&str], &[&str]) = match name {
            // A gateway in front of the service has none of its headers.
            "badGateway" => (&[], &[]),
            "serviceUnavailable" => (&[], &["Retry-After"]),
            "unauthorized" => (&COMMON_HEADERS, &["WWW-Authenticate", "X-Error-Code"]),
            "contentTooLarge" => (&COMMON_HEADERS, &[]),
            name if name == "internalServerError" || name.starts_with('2') => {
                (&COMMON_HEADERS, &["RateLimit-Limit", "RateLimit-Remaining"])
            }
            _ => (&COMMON_HEADERS, &["RateLimit-Limit", "RateLimit-Remaining", "X-Error-Code"]),
        };
        for header in common.iter().chain(more) {
            // The components are named like the headers, without hyphens.
            let component = header.replace('-', "");
            response["headers"][header] =
                json!({"$ref": format!("#/components/headers/{component}")});
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_observations_remain_and_every_reference_resolves() {
        let document = openapi().unwrap();
        let text = document.to_string();
        assert!(!text.contains("x-observed"), "{text}");
        let mut pending = vec![&document];
        let mut references = 0;
        while let Some(value) = pending.pop() {
            if let Some(target) = value.get("$ref").and_then(Value::as_str) {
                references += 1;
                assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
            }
            match value {
                Value::Object(all) => pending.extend(all.values()),
                Value::Array(elements) => pending.extend(elements),
                _ => {}
            }
        }
        assert!(references > 100, "{references}");
    }

    #[test]
    fn observations_replace_the_documentation() {
        let document = openapi().unwrap();
        let parameters = &document["components"]["schemas"]["ApiError"]["properties"]["parameters"];
        assert_eq!((&parameters["nullable"], &parameters["items"]), (&json!(true), &json!({})));
        let links = &document["paths"]["/api/atlas/v2/orgs/{orgId}/liveMigrations/linkTokens"];
        let link = &links["post"]["responses"];
        assert_eq!(link["201"]["content"], link["200"]["content"]);
        let conflict = &links["delete"]["responses"]["409"];
        assert_eq!(conflict["$ref"], "#/components/responses/conflict");
    }

    #[test]
    fn the_served_document_names_its_server() {
        let document = served_at("http://127.0.0.1:1").unwrap();
        assert_eq!(document["servers"], json!([{"url": "http://127.0.0.1:1"}]));
    }
}
