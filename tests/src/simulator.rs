//! Compares the simulator's responses with the fragment.

use serde_json::{Value, json};

use crate::responses::Response;
use crate::validation::{Schemas, as_observed};
use crate::{Disagreements, members, operations_of, resolve};

/// Statuses that the fragment documents and the simulator never returns.
const NEVER: &[(&str, &str)] = &[
    // Neither has a body, nor a parameter whose malformed value is a 400.
    ("listOrgLiveMigrationAvailableProjects", "400"),
    ("deleteOrgLiveMigrationLinkTokens", "400"),
    // Every recording has 201 instead.
    ("createOrgLiveMigrationLinkToken", "200"),
];

/// Checks that the fragment describes every response of the simulator: its status, media type, headers and
/// body, and that the simulator returns every documented status.
pub fn check(fragment: &Value, responses: &[Response]) -> Disagreements {
    let mut list = Disagreements::new();
    let observed = as_observed(fragment);
    let schemas = Schemas::of(&observed);
    for (_, _, operation) in operations_of(fragment) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let responses: Vec<_> =
            responses.iter().filter(|response| response.operation == id).collect();
        // Responses that are observed, but not documented.
        let beside = &operation["x-observed"]["responses"];
        for response in &responses {
            let status = response.status.to_string();
            let documented = operation["responses"].get(&status).or_else(|| beside.get(&status));
            match documented {
                None => {
                    list.push(format!("simulator: {}: {status} is not described", response.case));
                }
                Some(documented) => {
                    check_response(&schemas, resolve(fragment, documented), response, &mut list);
                }
            }
        }
        let returned =
            |status: &str| responses.iter().any(|response| response.status.to_string() == status);
        for (status, documented) in members(operation, "responses") {
            if returned(status) == NEVER.contains(&(id, status)) {
                let verb = if returned(status) { "returns" } else { "never returns" };
                list.push(format!("simulator: {id} {verb} {status}"));
            }
            for (media_type, _) in members(resolve(fragment, documented), "content") {
                let served = responses.iter().any(|response| {
                    response.status.to_string() == *status
                        && (response.essence() == media_type || response.body.is_none())
                });
                if returned(status) && !served {
                    list.push(format!("simulator: {id} never returns {status} as {media_type}"));
                }
            }
        }
    }
    list
}

fn check_response(
    schemas: &Schemas<'_>,
    documented: &Value,
    response: &Response,
    list: &mut Disagreements,
) {
    let (case, essence) = (&response.case, response.essence());
    match (documented["content"].get(essence), &response.body) {
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
    for (name, _) in members(documented, "headers") {
        if response.header(name).is_none() {
            list.push(format!("simulator: {case}: the header {name} is missing"));
        }
    }
}
