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

/// Changes all responses that are described in place: those of the operations, by status, and those
/// of the components, by name.
pub(super) fn change_responses(
    document: &mut Value,
    mut change: impl FnMut(&str, &mut Value) -> Result<(), OpenApiError>,
) -> Result<(), OpenApiError> {
    for operation in operations(document)? {
        for (status, response) in members(operation, "/responses")? {
            if response.get("$ref").is_none() {
                change(status, response)?;
            }
        }
    }
    for (name, response) in members(document, "/components/responses")? {
        change(name, response)?;
    }
    Ok(())
}
