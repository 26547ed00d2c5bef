//! Fragment, generated client and simulator agree.

use atlas_contract_tests::responses::responses;
use atlas_contract_tests::{
    FRAGMENT, components, examples, operations, places, schemas, simulator, tolerance,
};

use crate::fragment;

const NONE: [&str; 0] = [];

#[test]
fn the_fragment_is_an_openapi_document() {
    let document: openapiv3::OpenAPI = serde_json::from_str(FRAGMENT).unwrap();
    assert!(document.openapi.starts_with("3.0."));
    assert_eq!(document.servers[0].url, "https://cloud.mongodb.com");
    let schemes: Vec<_> = document.components.unwrap().security_schemes.into_keys().collect();
    assert_eq!(schemes, ["ServiceAccounts", "DigestAuth"]);
}

#[test]
fn every_component_has_a_generated_type() {
    assert_eq!(components::check(&fragment()), NONE);
}

#[test]
fn every_example_decodes_into_its_generated_type_and_encodes_unchanged() {
    let fragment = fragment();
    assert_eq!(examples::check(&fragment), NONE);
    // The other examples belong to parts of a schema.
    let in_schema = |at: &str| at.contains("/schema/") || at.contains("/schemas/");
    let places = places(&fragment);
    let mentions = places.iter().filter(|(at, _)| at.ends_with("/example") && !in_schema(at));
    assert_eq!(examples::of(&fragment).len(), mentions.count());
}

#[test]
fn the_generated_types_agree_with_the_schemas() {
    assert_eq!(schemas::check(&fragment()), NONE);
}

#[test]
fn the_operation_table_agrees_with_the_fragment() {
    assert_eq!(operations::check(&fragment()), NONE);
}

#[test]
fn missing_null_new_and_unknown_values_are_kept() {
    assert_eq!(tolerance::check(&fragment()), NONE);
}

#[tokio::test]
async fn the_fragment_describes_every_response_of_the_simulator() {
    let fragment = fragment();
    let responses = responses(&fragment).await.unwrap();
    assert_eq!(simulator::check(&fragment, &responses), NONE);
}
