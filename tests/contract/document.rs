//! The document that the simulator prints of itself, and what public linters say of it and of the
//! fragment.

use std::collections::HashSet;

use serde_json::{Value, json};
use tests::answers::all_answers;
use tests::validation::Schemas;
use tests::{examples, places, printed};

use crate::fragment;

const NONE: [&str; 0] = [];

fn document() -> Value {
    atlas_simulator::openapi().unwrap()
}

#[tokio::test]
async fn every_answer_of_the_simulator_is_as_the_printed_document_says() {
    let answers = all_answers(&fragment()).await.unwrap();
    assert!(answers.len() > 4_000, "{}", answers.len());
    let mut found = printed::check(&document(), &answers);
    // The same thing is often found in thousands of answers.
    found.truncate(20);
    assert_eq!(found, NONE);
}

#[tokio::test]
async fn an_answer_that_is_not_described_shows() {
    let mut answers = all_answers(&fragment()).await.unwrap();
    // One of each shape, as there are many that only differ in what they say.
    let mut seen = HashSet::new();
    answers.retain(|answer| {
        let body = answer.body.as_ref().map(places).unwrap_or_default();
        let body: Vec<_> = body.into_iter().map(|(at, value)| (at, value.is_null())).collect();
        let wait = answer.header("retry-after").map(|wait| wait.parse::<u64>().is_ok());
        seen.insert((answer.operation, answer.status, body, wait))
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
            // No answer of the simulator has it.
            if property == "badRequestDetail" {
                continue;
            }
            let mut changed = document();
            let place = &mut changed["components"]["schemas"][&name]["properties"];
            place.as_object_mut().unwrap().remove(property);
            assert!(!printed::check(&changed, &answers).is_empty(), "{name}.{property}");
        }
    }
    let mut changed = document();
    changed["components"]["headers"]["RetryAfter"]["schema"] = json!({ "type": "integer" });
    assert_ne!(printed::check(&changed, &answers), NONE);
}

/// What Spectral and Redocly hold against a document, as far as it was once wrong here.
#[test]
fn the_fragment_and_the_printed_document_are_what_linters_ask_for() {
    for (what, document) in [("fragment", fragment()), ("printed", document())] {
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
