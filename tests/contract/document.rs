//! The OpenAPI document that the simulator serves, and the rules of public linters for it and the fragment.

use std::collections::HashSet;

use atlas_contract_tests::responses::all_responses;
use atlas_contract_tests::validation::Schemas;
use atlas_contract_tests::{examples, places, self_description};
use serde_json::{Value, json};

use crate::fragment;

const NONE: [&str; 0] = [];

fn document() -> Value {
    atlas_simulator::openapi().unwrap()
}

#[tokio::test]
async fn the_served_document_describes_every_response_of_the_simulator() {
    let responses = all_responses(&fragment()).await.unwrap();
    assert!(responses.len() > 4_000, "{}", responses.len());
    let mut found = self_description::check(&document(), &responses);
    // Thousands of responses often share one disagreement.
    found.truncate(20);
    assert_eq!(found, NONE);
}

#[tokio::test]
async fn a_response_that_is_not_described_is_a_disagreement() {
    let mut responses = all_responses(&fragment()).await.unwrap();
    // Keep one response of each shape; most differ only in their text.
    let mut seen = HashSet::new();
    responses.retain(|response| {
        let body = response.body.as_ref().map(places).unwrap_or_default();
        let body: Vec<_> = body.into_iter().map(|(at, value)| (at, value.is_null())).collect();
        let wait = response.header("retry-after").map(|wait| wait.parse::<u64>().is_ok());
        seen.insert((response.operation, response.status, body, wait))
    });
    let schemas = [
        "AccessToken",
        "ApiError",
        "LiveImportValidation",
        "LiveMigrationResponse",
        "OAuthError",
        "TargetOrg",
    ];
    for name in schemas.iter().flat_map(|name| [(*name).to_owned(), format!("Enveloped{name}")]) {
        let schema = &document()["components"]["schemas"][&name];
        for (property, _) in schema["properties"].as_object().unwrap() {
            // The simulator never sends it.
            if property == "badRequestDetail" {
                continue;
            }
            let mut changed = document();
            let place = &mut changed["components"]["schemas"][&name]["properties"];
            place.as_object_mut().unwrap().remove(property);
            assert!(!self_description::check(&changed, &responses).is_empty(), "{name}.{property}");
        }
    }
    let mut changed = document();
    changed["components"]["headers"]["RetryAfter"]["schema"] = json!({ "type": "integer" });
    assert_ne!(self_description::check(&changed, &responses), NONE);
}

#[test]
fn the_components_that_both_fragments_have_are_equal() {
    let (first, second) = (fragment(), crate::clusters_fragment());
    let mut shared = 0;
    for (kind, components) in second["components"].as_object().unwrap() {
        for (name, component) in components.as_object().unwrap() {
            if kind != "x-observed"
                && let Some(known) = first["components"][kind].get(name)
            {
                assert_eq!(component, known, "{kind}/{name}");
                shared += 1;
            }
        }
    }
    assert!(shared > 15, "{shared}");
}

/// The rules of Spectral and Redocly that the documents once broke.
#[test]
fn the_fragment_and_the_served_document_follow_the_rules_of_linters() {
    for (what, document) in
        [("fragment", fragment()), ("clusters", crate::clusters_fragment()), ("served", document())]
    {
        let schemas = Schemas::of(&document);
        for (at, schema, example) in examples::of(&document) {
            assert_eq!(schemas.wrong(schema, example), NONE, "{what}: {at}");
        }
        let all = places(&document);
        let is_beside = |at: &str| at.contains("/x-observed/");
        for (at, value) in &all {
            if value.get("nullable").is_some() && !is_beside(at) {
                assert!(value["type"].is_string(), "{what}: {at} is nullable and has no type");
            }
        }
        let references: Vec<_> = all
            .iter()
            .filter(|(at, _)| at.ends_with("/$ref") && !is_beside(at))
            .filter_map(|(_, value)| value.as_str())
            .collect();
        for kind in ["headers", "parameters", "responses", "schemas"] {
            for (name, _) in document["components"][kind].as_object().unwrap() {
                let reference = format!("#/components/{kind}/{name}");
                assert!(references.contains(&reference.as_str()), "{what}: nothing uses {name}");
            }
        }
        assert!(document["info"]["license"]["url"].is_string(), "{what}");
        assert!(document["info"]["contact"].is_object(), "{what}");
    }
}
