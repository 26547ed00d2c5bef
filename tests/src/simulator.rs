//! The simulator's answers against the fragment.

use std::error::Error;
use std::time::Duration;

use atlas_client_core::Transport;
use atlas_simulator::{Clock, Fault, FaultRule, Scenario, Simulator};
use serde_json::{Value, json};

use crate::validation::{as_observed, invalid};
use crate::{Disagreements, members, operations_of, resolve};

/// An answer of the simulator.
pub struct Answer {
    /// What was asked, for the message.
    case: String,
    status: u16,
    content_type: String,
    headers: Vec<String>,
    body: Value,
}

/// Whether every kind of answer that the simulator gives is one that the fragment describes: its
/// status, its media type, its headers and its body.
pub fn check(fragment: &Value, answers: &[Answer]) -> Disagreements {
    let mut list = Disagreements::new();
    let observed = as_observed(fragment);
    for (method, path, operation) in operations_of(&observed) {
        if method != "get" || operation["operationId"] != "getGroupLiveMigration" {
            list.push(format!("simulator: {method} {path} is not called here"));
            continue;
        }
        if !path_matches(path, PATH) {
            list.push(format!("simulator: {path} is not the path that it answers"));
        }
        // What is not documented of the operation but observed stands beside it.
        let beside = operations_of(fragment)
            .find(|(_, _, other)| other["operationId"] == operation["operationId"])
            .map_or(&Value::Null, |(_, _, operation)| &operation["x-observed"]);
        for answer in answers {
            let status = answer.status.to_string();
            let response =
                operation["responses"].get(&status).or_else(|| beside["responses"].get(&status));
            match response {
                None => list.push(format!("simulator: {}: {status} is not described", answer.case)),
                Some(response) => one(&observed, resolve(&observed, response), answer, &mut list),
            }
        }
        for (status, _) in members(operation, "responses") {
            if !answers.iter().any(|answer| answer.status.to_string() == *status) {
                list.push(format!("simulator: it never answers {status}"));
            }
        }
    }
    list
}

fn one(fragment: &Value, response: &Value, answer: &Answer, list: &mut Disagreements) {
    let case = &answer.case;
    let essence = answer.content_type.split(';').next().unwrap_or_default();
    let Some(content) = response["content"].get(essence) else {
        list.push(format!("simulator: {case}: {essence} is not described"));
        return;
    };
    for problem in invalid(fragment, &content["schema"], &answer.body) {
        list.push(format!("simulator: {case}: {problem}"));
    }
    for (name, _) in members(response, "headers") {
        if !answer.headers.contains(&name.to_lowercase()) {
            list.push(format!("simulator: {case}: the header {name} is missing"));
        }
    }
}

const PATH: &str =
    "/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/liveMigrations/6296fb4c7c7aa997cf94e9a8";

fn path_matches(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(wanted, given)| wanted == given || wanted.starts_with('{'))
}

/// One answer of each kind.
///
/// # Errors
///
/// The simulator could not be started or called.
pub async fn answers() -> Result<Vec<Answer>, Box<dyn Error>> {
    let mut scenario = Scenario::default();
    scenario.projects[0].live_migrations[0].timeline.expires_after_ready_seconds = 600;
    let json = json!({ "bearer_tokens": [
        { "token": "member" },
        { "token": "no-role", "access": "no_role" },
        { "token": "other", "access": "other_project" },
        { "token": "blocked", "access": "blocked_address" },
    ] });
    scenario.bearer_tokens = Scenario::from_json(&json.to_string())?.bearer_tokens;
    let simulator = Simulator::builder().scenario(scenario).clock(Clock::manual()).start().await?;
    let (url, control) = (simulator.base_url(), simulator.control());
    let http = Transport::builder().base_url(url).bearer_token("x").build()?.http().clone();
    let get = async |case: &str, path: &str, token: &str, accept: &str| {
        let request = http.get(format!("{url}{path}")).bearer_auth(token).header("accept", accept);
        let response = request.send().await?;
        let headers = response.headers();
        let content_type =
            headers.get("content-type").map_or("", |value| value.to_str().unwrap_or(""));
        Ok::<_, Box<dyn Error>>(Answer {
            case: case.to_owned(),
            status: response.status().as_u16(),
            content_type: content_type.to_owned(),
            headers: headers.keys().map(ToString::to_string).collect(),
            body: serde_json::from_slice(&response.bytes().await?)?,
        })
    };
    let version = "application/vnd.atlas.2023-01-01+json";
    let mut answers = Vec::new();
    for (stage, seconds) in [("new", 0), ("working", 120), ("ready", 3_700), ("expired", 1_000)] {
        control.advance(Duration::from_secs(seconds))?;
        answers.push(get(stage, PATH, "member", version).await?);
    }
    for token in ["nobody", "no-role", "other", "blocked"] {
        answers.push(get(token, PATH, token, version).await?);
    }
    for (case, from, to) in [
        ("unknown project", "32b6e34b", "00000000"),
        ("malformed project", "32b6e34b", "X"),
        ("unknown migration", "6296fb4c", "00000000"),
        ("malformed migration", "6296fb4c", "X"),
    ] {
        answers.push(get(case, &PATH.replace(from, to), "member", version).await?);
    }
    for accept in ["application/json", "application/vnd.atlas.2022-01-01+json"] {
        answers.push(get(accept, PATH, "member", accept).await?);
    }
    for fault in [
        Fault::RateLimited { retry_after: Some(3) },
        Fault::UnexpectedError,
        Fault::Unauthorized,
        Fault::Forbidden,
    ] {
        let case = format!("{fault:?}");
        control.inject(FaultRule::new(fault).times(1));
        answers.push(get(&case, PATH, "member", version).await?);
    }
    Ok(answers)
}
