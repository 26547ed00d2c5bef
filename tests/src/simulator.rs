//! The simulator's answers against the fragment.

use serde_json::{Value, json};

use crate::answers::Answer;
use crate::validation::{Schemas, as_observed};
use crate::{Disagreements, members, operations_of, resolve};

/// What the fragment documents, and the simulator has no occasion to answer.
const NEVER: &[(&str, &str)] = &[
    // Neither has a body, nor a parameter whose malformed value is a 400.
    ("listOrgLiveMigrationAvailableProjects", "400"),
    ("deleteOrgLiveMigrationLinkTokens", "400"),
    // Every recording has 201 in its place.
    ("createOrgLiveMigrationLinkToken", "200"),
];

/// Whether every kind of answer that the simulator gives is one that the fragment describes: its
/// status, its media type, its headers and its body; and whether it gives every kind.
pub fn check(fragment: &Value, answers: &[Answer]) -> Disagreements {
    let mut list = Disagreements::new();
    let observed = as_observed(fragment);
    let schemas = Schemas::of(&observed);
    for (_, _, operation) in operations_of(fragment) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let answers: Vec<_> = answers.iter().filter(|answer| answer.operation == id).collect();
        // What is not documented of the operation but observed stands beside it.
        let beside = &operation["x-observed"]["responses"];
        for answer in &answers {
            let status = answer.status.to_string();
            let response = operation["responses"].get(&status).or_else(|| beside.get(&status));
            match response {
                None => list.push(format!("simulator: {}: {status} is not described", answer.case)),
                Some(response) => one(&schemas, resolve(fragment, response), answer, &mut list),
            }
        }
        let answered =
            |status: &str| answers.iter().any(|answer| answer.status.to_string() == status);
        for (status, response) in members(operation, "responses") {
            if answered(status) == NEVER.contains(&(id, status)) {
                let times = if answered(status) { "after all" } else { "never" };
                list.push(format!("simulator: {id} is {times} answered {status}"));
            }
            for (media_type, _) in members(resolve(fragment, response), "content") {
                let served = answers.iter().any(|answer| {
                    answer.status.to_string() == *status
                        && (answer.essence() == media_type || answer.body.is_none())
                });
                if answered(status) && !served {
                    list.push(format!("simulator: {id} never answers {status} as {media_type}"));
                }
            }
        }
    }
    list
}

fn one(schemas: &Schemas<'_>, response: &Value, answer: &Answer, list: &mut Disagreements) {
    let (case, essence) = (&answer.case, answer.essence());
    match (response["content"].get(essence), &answer.body) {
        (None, Some(_)) => list.push(format!("simulator: {case}: {essence} is not described")),
        (Some(content), Some(body)) => match content.get("schema") {
            Some(schema) => {
                let problems = schemas.invalid(&as_observed(schema), body);
                list.extend(problems.iter().map(|problem| format!("simulator: {case}: {problem}")));
            }
            None if *body == json!({}) => {}
            None => list.push(format!("simulator: {case}: {body} is not described")),
        },
        (content, None) => {
            if content.is_some_and(|content| content.get("schema").is_some()) {
                list.push(format!("simulator: {case}: the body is missing"));
            }
        }
    }
    for (name, _) in members(response, "headers") {
        if answer.header(name).is_none() {
            list.push(format!("simulator: {case}: the header {name} is missing"));
        }
    }
}
