//! The organization's link.

use std::collections::HashSet;

use atlas_simulator::Simulator;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::client::{GROUP, Response, advance, manual, request, start};
use crate::requests::{
    LINK, PROJECTS, assert_code, create_link, created, cut_over, migration_with, post_json,
};

async fn unlink(simulator: &Simulator) -> Response {
    request(simulator, "DELETE", LINK).await
}

#[tokio::test]
async fn a_link_token_is_201_and_has_the_recorded_format() {
    let simulator = manual().start().await.unwrap();
    let response = create_link(&simulator).await;
    assert_eq!(response.status_line(), "HTTP/1.1 201 Created");
    response.assert_service_headers(&[
        "content-length: 208",
        "content-type: application/vnd.atlas.2023-01-01+json;charset=utf-8",
        "ratelimit-limit: 500",
        "ratelimit-remaining: 499",
        "x-frame-options: DENY",
        "x-java-method: SyntheticResource::createOrgLiveMigrationLinkToken",
        "x-java-version: 17.0.19+10-LTS",
        "x-mongodb-service-version: gitHash=0000000000000000000000000000000000000000; versionString=master",
    ]);
    let token = response.json()["linkToken"].as_str().unwrap().to_owned();
    assert_eq!((token.len(), token.matches('=').count()), (192, 1));
    assert!(token.starts_with("eyJ") && token.ends_with('='), "{token}");
    let decoded = String::from_utf8(STANDARD.decode(&token).unwrap()).unwrap();
    assert!(decoded.contains("not a real link token"), "{decoded}");
}

#[tokio::test]
async fn several_link_tokens_belong_to_one_link() {
    let simulator = manual().start().await.unwrap();
    let mut tokens = HashSet::new();
    for _ in 0..3 {
        let response = create_link(&simulator).await;
        assert_eq!(response.status(), 201);
        tokens.insert(response.json()["linkToken"].as_str().unwrap().to_owned());
    }
    assert_eq!((tokens.len(), simulator.control().link_tokens_issued()), (3, 3));
    assert_eq!(unlink(&simulator).await.status(), 204);
    assert_eq!(unlink(&simulator).await.status(), 404);
}

#[tokio::test]
async fn the_documented_status_can_be_configured() {
    let simulator = start(r#"{"success_statuses": {"link_token": 200}}"#).await;
    assert_eq!(create_link(&simulator).await.status(), 200);
}

#[tokio::test]
async fn without_a_link_deletion_fails_and_no_projects_are_available() {
    let simulator = manual().start().await.unwrap();
    assert_eq!(request(&simulator, "GET", PROJECTS).await.body(), "[]");
    let response = unlink(&simulator).await;
    assert_eq!(response.status(), 404);
    let body = r#"{"detail":"Could not find the requested external organization link.","error":404,"errorCode":"UNEXPECTED_ERROR","parameters":null,"reason":"Not Found"}"#;
    assert_eq!(response.body(), body);
    response.assert_service_headers(&[
        &format!("content-length: {}", body.len()),
        "content-type: application/json",
        "ratelimit-limit: 500",
        "ratelimit-remaining: 498",
        "x-error-code: UNEXPECTED_ERROR",
        "x-frame-options: DENY",
        "x-java-method: SyntheticResource::deleteOrgLiveMigrationLinkTokens",
        "x-java-version: 17.0.19+10-LTS",
        "x-mongodb-service-version: gitHash=0000000000000000000000000000000000000000; versionString=master",
    ]);
}

#[tokio::test]
async fn deleting_a_link_returns_no_body_but_a_content_type() {
    // A 204 has nothing to wrap, to format or to compress.
    for query in ["", "?envelope=true", "?pretty=true", "?pretty=maybe"] {
        let simulator = manual().start().await.unwrap();
        create_link(&simulator).await;
        let response = request(&simulator, "DELETE", &format!("{LINK}{query}")).await;
        assert_eq!(response.status_line(), "HTTP/1.1 204 No Content");
        assert_eq!(response.bytes(), b"");
        response.assert_service_headers(&[
            "content-type: application/vnd.atlas.2023-01-01+json;charset=utf-8",
            "ratelimit-limit: 500",
            "ratelimit-remaining: 498",
            "x-frame-options: DENY",
            "x-java-method: SyntheticResource::deleteOrgLiveMigrationLinkTokens",
            "x-java-version: 17.0.19+10-LTS",
            "x-mongodb-service-version: gitHash=0000000000000000000000000000000000000000; versionString=master",
        ]);
        assert!(!simulator.control().is_linked());
    }
    let simulator = manual().start().await.unwrap();
    create_link(&simulator).await;
    let response = request(&simulator, "DELETE", &format!("{LINK}?envelope=maybe")).await;
    assert_code(&response, 400, "INVALID_QUERY_PARAMETER");
    assert!(simulator.control().is_linked());
}

#[tokio::test]
async fn a_link_cannot_be_deleted_before_its_migrations_end() {
    let other = "0123456789abcdef01234567";
    let empty = format!(r#"{{"id": "{other}", "live_migrations": []}}"#);
    let simulator = start(&format!(r#"{{"projects": [{{}}, {empty}]}}"#)).await;
    let control = simulator.control();
    create_link(&simulator).await;
    let held = async |ids: &str| {
        let response = unlink(&simulator).await;
        let body = format!(
            r#"{{"detail":"Cannot delete organization link while there is active migration in following project ids: {ids}","error":409,"errorCode":"CANNOT_DELETE_ORG_ACTIVE_LIVE_MIGRATION_ATLAS_ORG_LINK","parameters":["{ids}"],"reason":"Conflict"}}"#
        );
        assert_eq!((response.status(), response.body()), (409, body.as_str()));
        let code = "CANNOT_DELETE_ORG_ACTIVE_LIVE_MIGRATION_ATLAS_ORG_LINK";
        assert_eq!(response.header("x-error-code"), Some(code));
        assert!(control.is_linked());
    };
    let first = created(&simulator).await;
    held(GROUP).await;
    let body = migration_with("/destination/groupId", json!(other)).to_string();
    let target = crate::requests::CREATE.replace(GROUP, other);
    let second = post_json(&simulator, &target, &body).await.json()["_id"].clone();
    held(&format!("{other}, {GROUP}")).await;
    control.fail(GROUP, &first).unwrap();
    held(other).await;
    advance(&control, 3660);
    control.cut_over(other, second.as_str().unwrap()).unwrap();
    held(other).await;
    advance(&control, 300);
    assert_eq!(unlink(&simulator).await.status(), 204);
}

#[tokio::test]
async fn a_scenario_can_start_with_a_link_that_its_migrations_hold() {
    let simulator = start(r#"{"linked": true}"#).await;
    assert!(simulator.control().is_linked());
    assert_eq!(simulator.control().link_tokens_issued(), 0);
    assert_eq!(request(&simulator, "GET", PROJECTS).await.json().as_array().unwrap().len(), 2);
    assert_eq!(unlink(&simulator).await.status(), 409);
    assert_eq!(cut_over(&simulator, crate::requests::READY).await.status(), 202);
    advance(&simulator.control(), 300);
    assert_eq!(unlink(&simulator).await.status(), 409);
    simulator.control().fail(GROUP, crate::client::MIGRATION).unwrap();
    assert_eq!(unlink(&simulator).await.status(), 204);
}
