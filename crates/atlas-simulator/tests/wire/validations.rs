//! Validations and their results.

use atlas_simulator::Simulator;
use serde_json::{Value, json};

use crate::client::{GROUP, Response, advance, manual, request, start};
use crate::requests::{SOURCE, VALIDATE, assert_code, migration, migration_with, post_json};

async fn validate(simulator: &Simulator, body: &Value) -> Response {
    post_json(simulator, VALIDATE, &body.to_string()).await
}

fn validation_json(id: &str, status: &str) -> String {
    format!(
        r#"{{"_id":"{id}","groupId":"{GROUP}","sourceGroupId":"{SOURCE}","status":"{status}"}}"#
    )
}

async fn get_validation(simulator: &Simulator, id: &str) -> Response {
    request(simulator, "GET", &format!("{VALIDATE}/{id}")).await
}

#[tokio::test]
async fn a_validation_is_pending_for_a_while_and_then_successful() {
    let simulator = start(r#"{"validation_rules": {"pending_seconds": 7}}"#).await;
    let control = simulator.control();
    advance(&control, 100);
    let response = validate(&simulator, &migration()).await;
    let id = "aaaaaaaa0000000000000001";
    assert_eq!(
        (response.status(), response.body()),
        (200, validation_json(id, "PENDING").as_str())
    );
    assert_eq!(get_validation(&simulator, id).await.body(), validation_json(id, "PENDING"));
    advance(&control, 6);
    assert_eq!(get_validation(&simulator, id).await.body(), validation_json(id, "PENDING"));
    advance(&control, 1);
    let response = get_validation(&simulator, id).await;
    assert_eq!(
        (response.status(), response.body()),
        (200, validation_json(id, "SUCCESS").as_str())
    );
    assert_eq!(
        response.header("content-type"),
        Some("application/vnd.atlas.2023-01-01+json;charset=utf-8")
    );
    // A validation is not a migration.
    assert_eq!(control.created_live_migrations(GROUP), [""; 0]);
}

#[tokio::test]
async fn the_status_of_version_1_can_be_configured() {
    let simulator = start(r#"{"success_statuses": {"validate": 201}}"#).await;
    assert_eq!(validate(&simulator, &migration()).await.status(), 201);
}

#[tokio::test]
async fn a_listed_name_fails_the_validation_and_the_first_list_gives_the_reason() {
    let simulator = start(
        r#"{"validation_rules": {
            "pending_seconds": 0, "unreachable_hosts": ["h1", "h2"],
            "unreachable_source_clusters": ["s"], "unreachable_destination_clusters": ["d"]
        }}"#,
    )
    .await;
    for (host, source, destination, reason) in [
        ("h2", "s", "d", Some("The migration host h2 cannot be reached.")),
        ("h", "s", "d", Some("The source cluster s cannot be reached.")),
        ("h", "d", "d", Some("The destination cluster d cannot be reached.")),
        ("h", "d", "s", None),
    ] {
        let mut body = migration_with("/migrationHosts", json!([host]));
        body["source"]["clusterName"] = json!(source);
        body["destination"]["clusterName"] = json!(destination);
        let validation = validate(&simulator, &body).await.json();
        let status = if reason.is_some() { "FAILED" } else { "SUCCESS" };
        assert_eq!(validation["status"], status);
        assert_eq!(validation.get("errorMessage").and_then(Value::as_str), reason);
    }
}

#[tokio::test]
async fn the_default_scenario_has_unreachable_names() {
    let simulator = manual().start().await.unwrap();
    let body = migration_with("/source/clusterName", json!("unreachable-source"));
    let pending = validate(&simulator, &body).await.json();
    assert_eq!((&pending["status"], pending.get("errorMessage")), (&json!("PENDING"), None));
    advance(&simulator.control(), 30);
    let validation = get_validation(&simulator, pending["_id"].as_str().unwrap()).await.json();
    assert_eq!(validation["status"], "FAILED");
    assert_eq!(
        validation["errorMessage"],
        "The source cluster unreachable-source cannot be reached."
    );
}

#[tokio::test]
async fn validations_of_the_scenario_have_finished() {
    let simulator = start(
        r#"{"projects": [{"validations": [{}, {
            "id": "507f1f77bcf86cd799439012", "error_message": "No."
        }]}]}"#,
    )
    .await;
    let id = simulator.scenario().validation_id().unwrap().to_owned();
    assert_eq!(id, "507f1f77bcf86cd799439011");
    assert_eq!(get_validation(&simulator, &id).await.body(), validation_json(&id, "SUCCESS"));
    let failed = get_validation(&simulator, "507f1f77bcf86cd799439012").await.json();
    assert_eq!((&failed["status"], &failed["errorMessage"]), (&json!("FAILED"), &json!("No.")));
}

#[tokio::test]
async fn an_unknown_validation_is_404_and_a_malformed_id_is_400() {
    let simulator = manual().start().await.unwrap();
    let unknown = get_validation(&simulator, "000000000000000000000000").await;
    assert_code(&unknown, 404, "RESOURCE_NOT_FOUND");
    let detail = "Cannot find resource Validation with id 000000000000000000000000.";
    assert_eq!(unknown.json()["detail"], detail);
    let malformed = get_validation(&simulator, "x").await;
    assert_code(&malformed, 400, "INVALID_PATH_PARAMETER");
    assert_eq!(malformed.json()["parameters"], json!(["validationId"]));
    // The id of a migration is not that of a validation.
    assert_eq!(get_validation(&simulator, crate::client::MIGRATION).await.status(), 404);
}

#[tokio::test]
async fn operations_without_pretty_ignore_it() {
    let simulator = manual().start().await.unwrap();
    let id = "507f1f77bcf86cd799439011";
    for query in ["pretty=true", "pretty=maybe", "x=1"] {
        let response = get_validation(&simulator, &format!("{id}?{query}")).await;
        assert_eq!(
            (response.status(), response.body()),
            (200, validation_json(id, "SUCCESS").as_str())
        );
    }
    let wrapped = get_validation(&simulator, &format!("{id}?envelope=true")).await;
    let body = format!(r#"{{"content":{},"status":200}}"#, validation_json(id, "SUCCESS"));
    assert_eq!(wrapped.body(), body);
}
