//! Finds the parts of a document to change.

use serde_json::{Map, Value};

use super::error::OpenApiError;

/// Returns the members of the object at a JSON pointer.
pub(super) fn members<'a>(
    value: &'a mut Value,
    pointer: &str,
) -> Result<&'a mut Map<String, Value>, OpenApiError> {
    let found = value.pointer_mut(pointer).and_then(Value::as_object_mut);
    found.ok_or_else(|| OpenApiError::new(format!("there is no object at {pointer}")))
}

/// Returns all operations.
pub(super) fn operations(
    document: &mut Value,
) -> Result<impl Iterator<Item = &mut Value>, OpenApiError> {
    let paths = members(document, "/paths")?.values_mut();
    let operations = paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut);
    Ok(operations.filter(|operation| operation.get("operationId").is_some()))
}

/// Returns all responses that are described in place: those of the operations, by status, and those
/// of the components, by name.
pub(super) fn responses(document: &mut Value) -> Result<Vec<(String, &mut Value)>, OpenApiError> {
    let Value::Object(document) = document else {
        return Err(OpenApiError::new("the document is not an object"));
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
