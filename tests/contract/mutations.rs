//! Every change of the fragment that matters over HTTP fails a check.

use atlas_contract_tests::responses::{Response, responses};
use atlas_contract_tests::{
    components, examples, operations, places, schemas, simulator, tolerance,
};
use serde_json::{Value, json};

use crate::fragment;

/// Returns whether any check finds a disagreement with a fragment. The fast checks run first.
fn is_detected(fragment: &Value, responses: &[Response]) -> bool {
    let cheap = [components::check, operations::check, schemas::check, tolerance::check];
    cheap.iter().any(|check| !check(fragment).is_empty())
        || !examples::check(fragment).is_empty()
        || !simulator::check(fragment, responses).is_empty()
}

/// Returns the fragment with one member renamed, or removed if there is no new name.
fn rename(fragment: &Value, at: &str, new: Option<&str>) -> Value {
    let (parent, name) = at.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/").replace("~0", "~");
    let mut changed = fragment.clone();
    match changed.pointer_mut(parent).unwrap() {
        Value::Object(members) => {
            let value = members.remove(&name).unwrap();
            if let Some(new) = new {
                members.insert(new.to_owned(), value);
            }
        }
        Value::Array(elements) => {
            elements.remove(name.parse().unwrap());
        }
        _ => unreachable!("a member has a parent"),
    }
    changed
}

fn replace(fragment: &Value, at: &str, new: Value) -> Value {
    let mut changed = fragment.clone();
    *changed.pointer_mut(at).unwrap() = new;
    changed
}

/// Returns the changes that matter over HTTP, each with a name.
fn mutations(fragment: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    let mut add =
        |what: &str, at: &str, changed: Value| all.push((format!("{what} {at}"), changed));
    for (at, value) in places(fragment) {
        // Observations concern only the simulator and the generator.
        if at.contains("x-observed") {
            continue;
        }
        let (parent, name) = at.rsplit_once('/').unwrap_or_default();
        let container = parent.rsplit('/').next().unwrap_or_default();
        let in_schema = at.starts_with("/components/schemas");
        let in_operation = at.starts_with("/paths");
        match (container, name) {
            ("properties", _) => {
                add("rename", &at, rename(fragment, &at, Some("renamed")));
                add("remove", &at, rename(fragment, &at, None));
                let nullable = value.get("nullable").is_some()
                    || atlas_contract_tests::resolve(fragment, value).get("nullable").is_some();
                let mut toggled = atlas_contract_tests::resolve(fragment, value).clone();
                toggled["nullable"] = (!nullable).into();
                add("toggle nullable of", &at, replace(fragment, &at, toggled));
            }
            ("enum", _) => {
                add("change", &at, replace(fragment, &at, json!("CHANGED")));
                add("remove", &at, rename(fragment, &at, None));
            }
            ("required", _) if in_schema => add("remove", &at, rename(fragment, &at, None)),
            ("schemas", _) => add("rename", &at, rename(fragment, &at, Some("Renamed"))),
            ("paths", _) => {
                add("change", &at, rename(fragment, &at, Some("/api/atlas/v2/other")));
                let other = json!({ "get": { "operationId": "another", "responses": {} } });
                let mut more = fragment.clone();
                more["paths"]["/another"] = other;
                add("add a path beside", &at, more);
            }
            ("responses", status) if in_operation => {
                add("remove", &at, rename(fragment, &at, None));
                add("change", &at, rename(fragment, &at, Some(&format!("{}99", &status[..1]))));
            }
            ("content", media_type) if media_type.contains("vnd") => {
                let other = "application/vnd.atlas.2023-02-01+json";
                add("change the date of", &at, rename(fragment, &at, Some(other)));
            }
            ("parameters", _) if in_operation => add("remove", &at, rename(fragment, &at, None)),
            ("example", _) => {
                add("rename", &at, rename(fragment, &at, Some("renamed")));
                add("change the type of", &at, replace(fragment, &at, json!({ "other": [] })));
            }
            ("x-rolesRequirements", _) => {
                add("change", &at, replace(fragment, &at, json!("Other")));
            }
            (_, "type") if in_schema && value != "object" => {
                let other = if value == "boolean" { "integer" } else { "boolean" };
                add("change", &at, replace(fragment, &at, json!(other)));
            }
            (_, "format") => add("change", &at, replace(fragment, &at, json!("int16"))),
            (_, "pattern") if in_schema => add("change", &at, replace(fragment, &at, json!("^x$"))),
            (_, "operationId") => add("change", &at, replace(fragment, &at, json!("other"))),
            ("groupId" | "liveMigrationId" | "envelope" | "pretty", "name" | "in") => {
                add("change", &at, replace(fragment, &at, json!("header")));
            }
            (_, "required") if value == true => {
                add("change", &at, replace(fragment, &at, json!(false)));
            }
            _ => {}
        }
    }
    all
}

#[tokio::test]
async fn every_change_that_matters_over_http_is_detected() {
    let fragment = fragment();
    let responses = responses(&fragment).await.unwrap();
    let mutations = mutations(&fragment);
    assert!(mutations.len() > 700, "{}", mutations.len());
    let undetected: Vec<_> = mutations
        .iter()
        .filter(|(_, changed)| !is_detected(changed, &responses))
        .map(|(name, _)| name)
        .collect();
    assert!(undetected.is_empty(), "{undetected:#?}");
}
