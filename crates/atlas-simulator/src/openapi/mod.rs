//! The OpenAPI document of what the simulator does: the fragment as it was observed, with what the
//! simulator adds of its own.

use serde_json::{Map, Value, json};

use crate::fragment::{self, FragmentError};

mod additions;
mod envelope;
mod headers;
mod oauth;

/// The OpenAPI 3.0 document that the simulator's answers follow.
///
/// It is the fragment that everything here is made from, with what was observed in the place of what
/// is documented: more statuses, `null` where the reference has none, `parameters` of any type. The
/// simulator's own are there too: the headers that its answers carry, the envelope as a second form
/// of each body, a body that is too large, both answers to a cutover, the token endpoint and the one
/// that revokes, and the pages of the faults that stand for a gateway. What faults do to a connection or to a body's bytes, no document can say.
///
/// ```
/// let document = atlas_simulator::openapi()?;
/// let cutover =
///     &document["paths"]["/api/atlas/v2/groups/{groupId}/liveMigrations/{liveMigrationId}/cutover"];
/// assert!(cutover["put"]["responses"].get("409").is_some());
/// # Ok::<(), atlas_simulator::FragmentError>(())
/// ```
///
/// # Errors
///
/// The built-in fragment has something that cannot be put together.
pub fn openapi() -> Result<Value, FragmentError> {
    let fragment: Value = serde_json::from_str(fragment::BUILT_IN)
        .map_err(|error| FragmentError::new(error.to_string()))?;
    let mut document = observed(fragment)?;
    oauth::add(&mut document)?;
    additions::add(&mut document)?;
    headers::add(&mut document)?;
    envelope::add(&mut document)?;
    Ok(document)
}

/// The document of a simulator that listens at that address.
pub(crate) fn served_at(base_url: &str) -> Result<Value, FragmentError> {
    let mut document = openapi()?;
    document["servers"] = json!([{"url": base_url}]);
    Ok(document)
}

/// The fragment with what was observed in the place of what is documented.
fn observed(mut fragment: Value) -> Result<Value, FragmentError> {
    let documented = fragment.clone();
    let beside = documented.pointer("/components/x-observed/responses").and_then(Value::as_object);
    let responses = members(&mut fragment, "/components/responses")?;
    for (name, response) in beside.into_iter().flatten() {
        responses.insert(name.clone(), response.clone());
    }
    for operation in operations(&mut fragment)? {
        let Some(Value::Object(beside)) = operation.pointer("/x-observed/responses").cloned()
        else {
            continue;
        };
        let responses = members(operation, "/responses")?;
        for (status, response) in beside {
            // Within a path there is no name to refer to.
            let is_of_path = response["$ref"].as_str().is_some_and(|to| to.starts_with("#/paths/"));
            let response =
                if is_of_path { fragment::resolve(&documented, &response) } else { &response };
            responses.insert(status, response.clone());
        }
    }
    Ok(folded(&fragment))
}

/// A copy without observations, in which those of schemas have been merged into the schemas.
fn folded(value: &Value) -> Value {
    match value {
        Value::Object(all) => {
            let kept = all.iter().filter(|(name, _)| *name != "x-observed");
            let copy: Map<_, _> =
                kept.map(|(name, member)| (name.clone(), folded(member))).collect();
            let mut copy = Value::Object(copy);
            if let Some(patch) = value.pointer("/x-observed/schema") {
                fragment::merge(&mut copy, patch);
            }
            copy
        }
        Value::Array(elements) => elements.iter().map(folded).collect(),
        Value::String(text) => text.replace("#/components/x-observed/", "#/components/").into(),
        scalar => scalar.clone(),
    }
}

/// The members of the object at a JSON pointer.
fn members<'a>(
    value: &'a mut Value,
    pointer: &str,
) -> Result<&'a mut Map<String, Value>, FragmentError> {
    let found = value.pointer_mut(pointer).and_then(Value::as_object_mut);
    found.ok_or_else(|| FragmentError::new(format!("there is no object at {pointer}")))
}

/// All operations.
fn operations(document: &mut Value) -> Result<impl Iterator<Item = &mut Value>, FragmentError> {
    let paths = members(document, "/paths")?.values_mut();
    let operations = paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut);
    Ok(operations.filter(|operation| operation.get("operationId").is_some()))
}

/// All responses that are described in place: those of the operations and those that have a name.
fn responses(document: &mut Value) -> Result<Vec<(String, &mut Value)>, FragmentError> {
    let Value::Object(document) = document else {
        return Err(FragmentError::new("the document is no object"));
    };
    let mut found = Vec::new();
    for (name, part) in document {
        match name.as_str() {
            "components" => {
                let named = members(part, "/responses")?;
                found.extend(named.iter_mut().map(|(name, response)| (name.clone(), response)));
            }
            "paths" => {
                let paths = part.as_object_mut().into_iter().flat_map(Map::values_mut);
                let operations = paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut);
                let all = operations.filter_map(|operation| {
                    operation.get_mut("responses").and_then(Value::as_object_mut)
                });
                let all = all.flatten().filter(|(_, response)| response.get("$ref").is_none());
                found.extend(all.map(|(status, response)| (status.clone(), response)));
            }
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_observation_is_left_and_every_reference_leads_somewhere() {
        let document = openapi().unwrap();
        let text = document.to_string();
        assert!(!text.contains("x-observed"), "{text}");
        let mut waiting = vec![&document];
        let mut references = 0;
        while let Some(value) = waiting.pop() {
            if let Some(target) = value.get("$ref").and_then(Value::as_str) {
                references += 1;
                assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
            }
            match value {
                Value::Object(all) => waiting.extend(all.values()),
                Value::Array(elements) => waiting.extend(elements),
                _ => {}
            }
        }
        assert!(references > 100, "{references}");
    }

    #[test]
    fn what_was_observed_takes_the_place_of_what_is_documented() {
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
    fn a_simulator_says_where_it_listens() {
        let document = served_at("http://127.0.0.1:1").unwrap();
        assert_eq!(document["servers"], json!([{"url": "http://127.0.0.1:1"}]));
    }
}
