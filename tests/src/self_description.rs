//! Compares the simulator's responses with the OpenAPI document that it serves.

use serde_json::{Value, json};

use crate::responses::Response;
use crate::validation::Schemas;
use crate::{Disagreements, members, operations_of, resolve};

/// Headers of HTTP itself, which no document describes.
const OF_HTTP: &[&str] = &["connection", "content-length", "content-type", "date"];

/// A response that has a body only in an envelope, which OpenAPI cannot express.
const ENVELOPED_ONLY: (&str, u16) = ("revokeToken", 200);

/// Checks that the document describes every response with all headers and properties, and that the
/// simulator returned each status that the document describes.
pub fn check(document: &Value, responses: &[Response]) -> Disagreements {
    let document = &closed(document);
    let schemas = Schemas::of(document);
    let mut list = Disagreements::new();
    for (_, _, operation) in operations_of(document) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let responses: Vec<_> =
            responses.iter().filter(|response| response.operation == id).collect();
        for response in &responses {
            match operation["responses"].get(response.status.to_string()) {
                None => {
                    list.push(format!("{}: {} is not described", response.case, response.status));
                }
                Some(documented) => {
                    let documented = resolve(document, documented);
                    if (response.operation, response.status) != ENVELOPED_ONLY {
                        body(&schemas, documented, response, &mut list);
                    }
                    headers(document, &schemas, documented, response, &mut list);
                }
            }
        }
        for (status, _) in members(operation, "responses") {
            if !responses.iter().any(|response| response.status.to_string() == *status) {
                list.push(format!("{id} never returns {status}"));
            }
        }
    }
    list
}

fn body(schemas: &Schemas<'_>, documented: &Value, response: &Response, list: &mut Disagreements) {
    let (case, essence) = (&response.case, response.essence());
    let content = documented.get("content").and_then(|content| content.get(essence));
    match (content.map(|content| content.get("schema")), &response.body) {
        (Some(Some(schema)), Some(body)) => {
            let problems = schemas.wrong(schema, body);
            list.extend(problems.iter().map(|problem| format!("{case}: {problem} in {body}")));
        }
        (_, Some(_)) => list.push(format!("{case}: a body of {essence:?} is not described")),
        (Some(Some(_)), None) => list.push(format!("{case}: the body is missing")),
        (Some(None), None) => {}
        (None, None) => {
            if !essence.is_empty() || documented.get("content").is_some() {
                list.push(format!("{case}: no body of {essence:?} is described"));
            }
        }
    }
}

fn headers(
    document: &Value,
    schemas: &Schemas<'_>,
    documented: &Value,
    response: &Response,
    list: &mut Disagreements,
) {
    for (name, value) in &response.headers {
        if OF_HTTP.contains(&name.as_str()) {
            continue;
        }
        let mut described = members(documented, "headers");
        match described.find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            None => list.push(format!("{}: the header {name} is not described", response.case)),
            Some((_, header)) => {
                let schema = &resolve(document, header)["schema"];
                let value =
                    value.parse::<u64>().map_or_else(|_| json!(value), |value| json!(value));
                for problem in schemas.wrong(schema, &value) {
                    list.push(format!("{}: the header {name}: {problem}", response.case));
                }
            }
        }
    }
}

/// Forbids undescribed properties in the document. A client must accept them, but the simulator sends none.
fn closed(value: &Value) -> Value {
    match value {
        Value::Object(all) => {
            let mut copy: Value = all
                .iter()
                .map(|(name, member)| (name.clone(), closed(member)))
                .collect::<serde_json::Map<_, _>>()
                .into();
            if value["type"] == "object" && value.get("properties").is_some() {
                copy["additionalProperties"] = false.into();
            }
            copy
        }
        Value::Array(elements) => elements.iter().map(closed).collect(),
        scalar => scalar.clone(),
    }
}
