//! The simulator's answers against the document that it prints of itself.

use serde_json::{Value, json};

use crate::answers::Answer;
use crate::validation::Schemas;
use crate::{Disagreements, members, operations_of, resolve};

/// The headers that HTTP itself has, of which no document speaks.
const OF_HTTP: &[&str] = &["connection", "content-length", "content-type", "date"];

/// What has a body only within an envelope, which no document can say.
const ENVELOPED_ONLY: (&str, u16) = ("revokeToken", 200);

/// Whether every answer is one that the document describes, to the last header and property, and
/// whether each status that it describes was answered.
pub fn check(document: &Value, answers: &[Answer]) -> Disagreements {
    let document = &closed(document);
    let schemas = Schemas::of(document);
    let mut list = Disagreements::new();
    for (_, _, operation) in operations_of(document) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let answers: Vec<_> = answers.iter().filter(|answer| answer.operation == id).collect();
        for answer in &answers {
            match operation["responses"].get(answer.status.to_string()) {
                None => list.push(format!("{}: {} is not described", answer.case, answer.status)),
                Some(response) => {
                    let response = resolve(document, response);
                    if (answer.operation, answer.status) != ENVELOPED_ONLY {
                        body(&schemas, response, answer, &mut list);
                    }
                    headers(document, &schemas, response, answer, &mut list);
                }
            }
        }
        for (status, _) in members(operation, "responses") {
            if !answers.iter().any(|answer| answer.status.to_string() == *status) {
                list.push(format!("{id} is never answered {status}"));
            }
        }
    }
    list
}

fn body(schemas: &Schemas<'_>, response: &Value, answer: &Answer, list: &mut Disagreements) {
    let (case, essence) = (&answer.case, answer.essence());
    let content = response.get("content").and_then(|content| content.get(essence));
    match (content.map(|content| content.get("schema")), &answer.body) {
        (Some(Some(schema)), Some(body)) => {
            let problems = schemas.wrong(schema, body);
            list.extend(problems.iter().map(|problem| format!("{case}: {problem} in {body}")));
        }
        (_, Some(_)) => list.push(format!("{case}: a body of {essence:?} is not described")),
        (Some(Some(_)), None) => list.push(format!("{case}: the body is missing")),
        (Some(None), None) => {}
        (None, None) => {
            if !essence.is_empty() || response.get("content").is_some() {
                list.push(format!("{case}: no body of {essence:?} is described"));
            }
        }
    }
}

fn headers(
    document: &Value,
    schemas: &Schemas<'_>,
    response: &Value,
    answer: &Answer,
    list: &mut Disagreements,
) {
    for (name, value) in &answer.headers {
        if OF_HTTP.contains(&name.as_str()) {
            continue;
        }
        let mut described = members(response, "headers");
        match described.find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            None => list.push(format!("{}: the header {name} is not described", answer.case)),
            Some((_, header)) => {
                let schema = &resolve(document, header)["schema"];
                let value =
                    value.parse::<u64>().map_or_else(|_| json!(value), |value| json!(value));
                for problem in schemas.wrong(schema, &value) {
                    list.push(format!("{}: the header {name}: {problem}", answer.case));
                }
            }
        }
    }
}

/// The document with objects that have no other properties than those described: a client has to bear
/// more, but the simulator sends nothing that is not described.
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
