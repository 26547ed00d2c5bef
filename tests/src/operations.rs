//! Compares the generated operation table with the fragment.

use std::collections::BTreeSet;

use atlas_client_core::{Operation, ParameterLocation};
use atlas_migrations_generated::operations;
use serde_json::Value;

use crate::{Disagreements, members, operations_of, resolve};

/// Checks that the table has each operation of the fragment, with the same properties, and no other.
pub fn check(fragment: &Value) -> Disagreements {
    let mut list = Disagreements::new();
    for (method, path, operation) in operations_of(fragment) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let Some(row) = operations::ALL.iter().find(|row| row.id == id) else {
            list.push(format!("operations: {id} is not in the table"));
            continue;
        };
        let mut same = |what: &str, documented: String, generated: String| {
            if documented != generated {
                list.push(format!(
                    "operations: {id}: {what} is {documented}, in the table {generated}"
                ));
            }
        };
        same("method", method.to_uppercase(), row.method.to_owned());
        same("path", path.clone(), row.path.to_owned());
        same("Accept", accept(fragment, operation), row.accept.to_owned());
        same(
            "Content-Type",
            content_type(operation),
            row.content_type.unwrap_or("none").to_owned(),
        );
        if row.content_type.is_some() {
            let body = &operation["requestBody"];
            same("whether there is a body", body["required"].to_string(), "true".to_owned());
            // Each version accepts a request of the same version.
            let accepted: BTreeSet<_> =
                members(body, "content").map(|(name, _)| name.clone()).collect();
            let served = versions(fragment, operation);
            same("the request's version", format!("{accepted:?}"), format!("{served:?}"));
        }
        same("parameters", parameters(fragment, operation), parameters_of(row));
        let statuses: Vec<String> =
            members(operation, "responses").map(|(status, _)| status.clone()).collect();
        same(
            "statuses",
            format!("{statuses:?}"),
            format!("{:?}", row.statuses.iter().map(u16::to_string).collect::<Vec<_>>()),
        );
        same(
            "roles",
            operation["x-rolesRequirements"].to_string(),
            serde_json::json!(row.roles).to_string(),
        );
        same("sunset", sunset(fragment, operation), row.sunset.unwrap_or("none").to_owned());
        same("idempotent", (method == "get").to_string(), row.idempotent.to_string());
    }
    for row in operations::ALL {
        if !operations_of(fragment).any(|(_, _, operation)| operation["operationId"] == row.id) {
            list.push(format!("operations: {} is in the table only", row.id));
        }
    }
    list
}

/// Returns the media types of all successful responses.
fn versions(fragment: &Value, operation: &Value) -> BTreeSet<String> {
    let successes = members(operation, "responses").filter(|(status, _)| status.starts_with('2'));
    let media_types =
        successes.flat_map(|(_, response)| members(resolve(fragment, response), "content"));
    media_types.map(|(name, _)| name.clone()).collect()
}

/// Returns the newest media type: ISO dates sort as text.
fn accept(fragment: &Value, operation: &Value) -> String {
    let newest = versions(fragment, operation).pop_last();
    newest.unwrap_or_else(|| "application/json".to_owned())
}

/// Returns the sunset date of the version that [`accept`] asks for.
fn sunset(fragment: &Value, operation: &Value) -> String {
    let newest = accept(fragment, operation);
    let mut contents = members(operation, "responses")
        .filter_map(|(_, response)| resolve(fragment, response)["content"].get(&newest));
    let sunset = contents.find_map(|content| content.get("x-sunset")?.as_str());
    sunset.unwrap_or("none").to_owned()
}

fn content_type(operation: &Value) -> String {
    let media_types = members(&operation["requestBody"], "content").map(|(name, _)| name.clone());
    media_types.max().unwrap_or_else(|| "none".to_owned())
}

fn parameters(fragment: &Value, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let parameters = parameters.map(|parameter| resolve(fragment, parameter));
    let words = parameters.map(|parameter| {
        let required = parameter["required"] == true;
        format!("{} in {} {required}", parameter["name"], parameter["in"])
    });
    words.collect::<Vec<_>>().join(", ")
}

fn parameters_of(row: &Operation) -> String {
    let words = row.parameters.iter().map(|parameter| {
        let location = match parameter.location {
            ParameterLocation::Path => "path",
            ParameterLocation::Query => "query",
            ParameterLocation::Header => "header",
            _ => "elsewhere",
        };
        format!("{:?} in {location:?} {}", parameter.name, parameter.required)
    });
    words.collect::<Vec<_>>().join(", ")
}
